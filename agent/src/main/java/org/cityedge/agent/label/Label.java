package org.cityedge.agent.label;

import io.nayuki.qrcodegen.QrCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.Sha256;

/**
 * The sticker of a gateway: a QR code (ISO/IEC 18004, error correction M) of
 *
 * <pre>
 *   CE1:GATEWAY;MODEL;SERIAL;FINGERPRINT
 * </pre>
 *
 * and below it the same for people. Nothing of it is secret. Parts that are not known are empty.
 *
 * @param gateway its id
 * @param title a name for people
 * @param model of the board
 * @param serial of the board
 * @param fingerprint of the SSH host key, as ssh prints it: {@code SHA256:…}
 */
public record Label(String gateway, String title, String model, String serial, String fingerprint) {
  /** Modules of white that a reader needs around the code (ISO/IEC 18004 §5.3.8). */
  private static final int QUIET = 4;

  /** Height of a line of text, in modules. */
  private static final int LINE = 4;

  public Label {
    model = plain(model);
    serial = plain(serial);
  }

  /**
   * @param root of the system's files, {@code /} but for tests
   * @param hostKey a public key of OpenSSH; none when it is missing
   * @throws IOException when the host key is there and is none
   */
  public static Label ofMachine(String gateway, String title, Path root, Path hostKey)
      throws IOException {
    String model = first(root, List.of("proc/device-tree/model", "sys/class/dmi/id/product_name"));
    String serial =
        first(
            root,
            List.of(
                "proc/device-tree/serial-number",
                "sys/class/dmi/id/product_serial",
                "etc/machine-id"));
    return new Label(gateway, title, model, serial, fingerprint(hostKey).orElse(""));
  }

  private static String first(Path root, List<String> files) {
    for (String file : files) {
      try {
        // The device tree ends its texts with a zero.
        String text = plain(Files.readString(root.resolve(file)).replace("\0", ""));
        if (!text.isEmpty()) {
          return text;
        }
      } catch (IOException _) {
        // Not every board has each of them, and some only for root.
      }
    }
    return "";
  }

  private static String plain(String text) {
    return text.replaceAll("[;\\p{Cntrl}]", " ").strip();
  }

  /** RFC 4253 §6.6 has the key's form, the fingerprint is OpenSSH's: SHA-256 in base64. */
  private static Optional<String> fingerprint(Path hostKey) throws IOException {
    String text;
    try {
      text = Files.readString(hostKey);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
    String[] words = text.strip().split(" ", -1);
    try {
      byte[] key = Base64.getDecoder().decode(words.length < 2 ? "-" : words[1]);
      byte[] digest = Sha256.of(key);
      return Optional.of("SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest));
    } catch (IllegalArgumentException e) {
      throw new IOException(hostKey + " must be a public key of OpenSSH, ssh-ed25519 AAAA…", e);
    }
  }

  /** What a scanner reads. */
  public String text() {
    return "CE1:%s;%s;%s;%s".formatted(gateway, model, serial, fingerprint);
  }

  private List<String> lines() {
    return List.of(gateway + "  " + title, model, serial, fingerprint);
  }

  /** For a terminal, dark on light: two modules a character. */
  public String terminal() {
    QrCode code = code();
    StringBuilder out = new StringBuilder();
    for (int y = -QUIET; y < code.size + QUIET; y += 2) {
      for (int x = -QUIET; x < code.size + QUIET; x++) {
        boolean above = code.getModule(x, y);
        boolean below = code.getModule(x, y + 1);
        // A terminal is dark: what it paints is the paper.
        out.append(above ? below ? ' ' : '▄' : below ? '▀' : '█');
      }
      out.append('\n');
    }
    lines().stream().filter(line -> !line.isBlank()).forEach(line -> out.append(line).append('\n'));
    return out.toString();
  }

  /** For a printer: 40 mm wide, text below the code. */
  public String svg() {
    QrCode code = code();
    int width = code.size + 2 * QUIET;
    List<String> lines = lines().stream().filter(line -> !line.isBlank()).toList();
    int height = width + LINE * lines.size() + QUIET;
    StringBuilder out = new StringBuilder();
    out.append(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="%dmm" viewBox="0 0 %d %d">
        <rect width="%d" height="%d" fill="#fff"/>
        <path shape-rendering="crispEdges" d=\""""
            .formatted(40 * height / width, width, height, width, height));
    for (int y = 0; y < code.size; y++) {
      for (int x = 0; x < code.size; x++) {
        if (code.getModule(x, y)) {
          out.append("M%d %dh1v1h-1z".formatted(x + QUIET, y + QUIET));
        }
      }
    }
    out.append("\"/>\n<g font-family=\"sans-serif\" font-size=\"2.4\">\n");
    for (int i = 0; i < lines.size(); i++) {
      out.append(
          "<text x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\">%s</text>\n"
              .formatted(
                  QUIET,
                  width + LINE * i + 1,
                  Math.min(code.size, 2 * lines.get(i).length()),
                  escaped(lines.get(i))));
    }
    return out.append("</g>\n</svg>\n").toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }

  private QrCode code() {
    byte[] bytes = text().getBytes(StandardCharsets.UTF_8);
    return QrCode.encodeBinary(bytes, QrCode.Ecc.MEDIUM);
  }
}
