package org.cityedge.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A centre's keys and what it signs with them. */
final class Signers {
  /** 2026-06-01T00:00:00Z. */
  static final long NOW = 1_780_272_000;

  static final long YEAR = 365 * 86_400;

  private final Map<String, KeyPair> pairs = new LinkedHashMap<>();

  KeyPair pair(String name) {
    return pairs.computeIfAbsent(name, _ -> generate());
  }

  private static KeyPair generate() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One entry of a key list. */
  String entry(String name, String role, long expires) {
    return "{\"kid\":\"%s\",\"role\":\"%s\",\"x\":\"%s\",\"exp\":%d}"
        .formatted(name, role, Base64Url.encode(Ed25519.raw(pair(name).getPublic())), expires);
  }

  KeyList keys(int epoch, int required, String... entries) throws ConfigException {
    return KeyList.verify(list(epoch, required, entries), pair("root").getPublic());
  }

  byte[] list(int epoch, int required, String... entries) {
    String text =
        "{\"typ\":\"keys\",\"epoch\":%d,\"requiredSignatures\":%d,\"keys\":[%s]}"
            .formatted(epoch, required, String.join(",", entries));
    return sign(text, KeyList.TYPE, "root");
  }

  byte[] sign(String payload, String type, String... names) {
    Map<String, Jws.Signer> signers = new LinkedHashMap<>();
    for (String name : names) {
      signers.put(name, text -> Ed25519.sign(pair(name).getPrivate(), text));
    }
    return Jws.sign(payload.getBytes(UTF_8), type, signers);
  }

  byte[] order(long sequence, String... names) {
    return sign(claims(sequence, ""), SignedConfig.TYPE, names);
  }

  /** Claims for gw-0042 with a configuration of one key; {@code more} begins with a comma. */
  static String claims(long sequence, String more) {
    return claims(sequence, NOW - 60, more);
  }

  static String claims(long sequence, long issued, String more) {
    return """
        {"typ":"config","iss":"centre-510108","aud":["gw-0001","gw-0042"],"seq":%d,"jti":"01JWN93Q7H",
        "iat":%d,"exp":%d,"by":"ops-li","approvedBy":["ops-wang"],"reason":"raise the threshold",
        "gate":{"deadline":"90s","need":["broker","queue","cameras>=1","sensors>=80%%"]},
        "config":{"threshold":30}%s}"""
        .formatted(sequence, issued, NOW + YEAR, more);
  }

  /** The text with one thing wrong: a bit, a byte more or less, a piece cut out or doubled. */
  static byte[] mutated(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    return switch (random.nextInt(5)) {
      case 0 -> {
        byte[] out = bytes.clone();
        out[at] ^= (byte) (1 << random.nextInt(8));
        yield out;
      }
      case 1 -> {
        byte[] out = bytes.clone();
        out[at] = (byte) random.nextInt(256);
        yield out;
      }
      case 2 -> concat(bytes, 0, at, bytes, Math.min(bytes.length, at + 1 + random.nextInt(8)));
      case 3 -> concat(bytes, 0, at, bytes, Math.max(0, at - random.nextInt(8)));
      default -> java.util.Arrays.copyOf(bytes, at);
    };
  }

  private static byte[] concat(byte[] a, int from, int to, byte[] b, int rest) {
    byte[] out = new byte[to - from + b.length - rest];
    System.arraycopy(a, from, out, 0, to - from);
    System.arraycopy(b, rest, out, to - from, b.length - rest);
    return out;
  }
}
