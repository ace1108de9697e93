package org.cityedge.agent.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.cityedge.config.Section;
import org.cityedge.config.Standing;

/** A folder of versions in which the factory document is active after one order, number 7. */
public final class LastOrder {
  private LastOrder() {}

  /**
   * @param versions made when it is missing
   * @param state what became of the order
   */
  public static void ended(Path versions, Standing.State state, String code)
      throws IOException, NoSuchAlgorithmException {
    String body =
        "{\"generation\":3,\"last\":{\"epoch\":1,\"seq\":7,\"state\":\"%s\",\"code\":\"%s\"}}\n"
            .formatted(Section.wordFor(state), code);
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(body.getBytes(UTF_8));
    Files.writeString(
        Files.createDirectories(versions).resolve("state.a"),
        HexFormat.of().formatHex(sha256) + "\n" + body);
  }
}
