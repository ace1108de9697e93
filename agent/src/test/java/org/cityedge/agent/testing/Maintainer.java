package org.cityedge.agent.testing;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.KeyList;
import org.cityedge.config.SignedCommand;
import org.cityedge.config.SignedConfig;
import org.cityedge.config.SigningKey;

/** Holds the keys, and signs what a gateway is to follow. */
public final class Maintainer {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long YEAR = 365 * 86_400;

  private final Path keys;

  private Maintainer(Path keys) {
    this.keys = keys;
  }

  /** Makes a root key and one each for configurations and commands, and provisions a gateway. */
  public static Maintainer provision(Path folder, Path data) throws Exception {
    Path keys = Files.createDirectory(folder.resolve("maintainer"));
    long end = System.currentTimeMillis() / 1000 + YEAR;
    String root = SigningKey.generate(keys.resolve("root.key"));
    ObjectNode list = JSON.createObjectNode().put("typ", "keys").put("epoch", 1);
    list.put("requiredSignatures", 1);
    var entries = list.putArray("keys");
    for (String role : List.of("config", "command")) {
      String key = SigningKey.generate(keys.resolve(role + "-1.key"));
      entries.addObject().put("kid", role + "-1").put("role", role).put("x", key).put("exp", end);
    }
    Path provisioned = Files.createDirectories(data.resolve("keys"));
    Files.writeString(
        provisioned.resolve("root.pub.json"),
        JSON.createObjectNode().put("kid", "root").put("x", root).toString());
    Files.write(
        provisioned.resolve("keys.jws"),
        KeyList.sign(list.toString(), SigningKey.read(keys.resolve("root.key"))));
    return new Maintainer(keys);
  }

  /** A key's file, {@code config-1.key} or {@code command-1.key}. */
  public Path key(String name) {
    return keys.resolve(name);
  }

  /**
   * A signed command.
   *
   * @param args as JSON
   */
  public String command(String gateway, String verb, String id, String args)
      throws IOException, ConfigException {
    long now = System.currentTimeMillis() / 1000;
    ObjectNode claims = JSON.createObjectNode().put("typ", "command").put("verb", verb);
    claims.putArray("aud").add(gateway);
    claims.put("jti", id).put("iat", now - 5).put("exp", now + 295).put("by", "ops-li");
    claims.set("args", JSON.readTree(args));
    byte[] signed =
        SignedCommand.sign(claims.toString(), SigningKey.read(keys.resolve("command-1.key")));
    return new String(signed, StandardCharsets.UTF_8);
  }

  /**
   * An order with the configuration of a file.
   *
   * @param gate as JSON
   */
  public String order(long sequence, Path config, String gate) throws IOException, ConfigException {
    return order(sequence, config, gate, System.currentTimeMillis() / 1000 + YEAR);
  }

  /**
   * As {@link #order(long, Path, String)}.
   *
   * @param expires Unix seconds
   */
  public String order(long sequence, Path config, String gate, long expires)
      throws IOException, ConfigException {
    long now = System.currentTimeMillis() / 1000;
    ObjectNode claims = JSON.createObjectNode().put("typ", "config").put("iss", "centre-510108");
    claims.putArray("aud").add("gw-test");
    claims.put("seq", sequence).put("jti", UUID.randomUUID().toString());
    claims.put("iat", now - 60).put("exp", expires);
    claims.put("by", "ops-li").put("reason", "a test");
    claims.set("gate", JSON.readTree(gate));
    claims.set("config", JSON.readTree(ConfigLoader.json("config", Files.readString(config))));
    byte[] signed =
        SignedConfig.sign(
            claims.toString(), List.of(SigningKey.read(keys.resolve("config-1.key"))));
    return new String(signed, StandardCharsets.UTF_8);
  }
}
