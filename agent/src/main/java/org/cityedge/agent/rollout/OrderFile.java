package org.cityedge.agent.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Sha256;
import org.cityedge.config.SignedConfig;

/**
 * A signed order as it lies with the maintainer. What it says is not verified here: the gateway
 * does that.
 *
 * @param gateway the one that it configures
 * @param deadline of its gate
 * @param sha256 of its payload, as the gateway reports it
 * @param config as JSON, its numbers as text
 */
public record OrderFile(
    byte[] signed,
    String gateway,
    String district,
    long sequence,
    Duration deadline,
    Instant expires,
    String sha256,
    JsonNode config) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern ID = Pattern.compile("[a-z0-9-]{1,32}");
  private static final Pattern DISTRICT = Pattern.compile("[0-9]{6}");
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,5}s");
  private static final Duration USUAL = Duration.ofMinutes(2);

  /**
   * @throws IOException when it is no order for a gateway; the text names the file
   */
  public static OrderFile read(Path file) throws IOException {
    return of(file.toString(), Files.readAllBytes(file));
  }

  /** As {@link #read}, of bytes that came from elsewhere. */
  public static OrderFile of(String place, byte[] signed) throws IOException {
    String text;
    try {
      text = SignedConfig.claims(signed);
    } catch (ConfigException e) {
      throw new IOException(place + " is no order of config sign: " + e.getMessage(), e);
    }
    JsonNode claims = JSON.readTree(text);
    JsonNode config = DocumentTree.of(text).path("config");
    String gateway = config.at("/gateway/id").asText();
    String district = config.at("/gateway/district").asText();
    if (!ID.matcher(gateway).matches() || !DISTRICT.matcher(district).matches()) {
      throw new IOException(place + " configures no gateway: gateway.id or district is missing");
    }
    boolean meant = false;
    for (JsonNode name : claims.path("aud")) {
      meant |= name.asText().equals(gateway);
    }
    if (!meant) {
      throw new IOException(
          "%s configures %s and is signed for others: sign it with --gateway %s"
              .formatted(place, gateway, gateway));
    }
    String deadline = claims.at("/gate/deadline").asText();
    return new OrderFile(
        signed,
        gateway,
        district,
        claims.path("seq").asLong(),
        SECONDS.matcher(deadline).matches()
            ? Duration.ofSeconds(Long.parseLong(deadline.substring(0, deadline.length() - 1)))
            : USUAL,
        Instant.ofEpochSecond(claims.path("exp").asLong()),
        Sha256.hex(text.getBytes(StandardCharsets.UTF_8)),
        config);
  }
}
