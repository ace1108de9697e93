package org.cityedge.agent.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_objdetect.QRCodeDetector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelTest {
  private static final String KEY =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPWkA/eZSLHxYovA8qjg17m55wehVTLrtSxB5wDs3+QP gateway\n";

  /** As ssh-keygen -lf prints it. */
  private static final String FINGERPRINT = "SHA256:RQpdYSMwd2igTy3b0R2LWK4ZsMIrI0r7KJNSlpz1O9Y";

  @TempDir Path root;

  private Label label() throws IOException {
    Files.createDirectories(root.resolve("proc/device-tree"));
    Files.writeString(root.resolve("proc/device-tree/model"), "Raspberry Pi 4 Model B Rev 1.5\0");
    Files.writeString(root.resolve("proc/device-tree/serial-number"), "10000000abcdef01\0");
    return Label.ofMachine(
        "gw-0042", "建设路3号网关", root, Files.writeString(root.resolve("key.pub"), KEY));
  }

  @Test
  void namesTheGatewayItsBoardAndItsHostKey() throws IOException {
    assertThat(label().text())
        .isEqualTo("CE1:gw-0042;Raspberry Pi 4 Model B Rev 1.5;10000000abcdef01;" + FINGERPRINT);
  }

  @Test
  void leavesOutWhatABoardDoesNotTell() throws IOException {
    assertThat(Label.ofMachine("gw-1", "x", root, root.resolve("none")).text())
        .isEqualTo("CE1:gw-1;;;");
    assertThat(new Label("gw-1", "x", "a;b\n", "s", "").text()).isEqualTo("CE1:gw-1;a b;s;");
  }

  @Test
  void aScannerReadsTheTextFromWhatATerminalShows() throws IOException {
    List<String> lines = label().terminal().lines().filter(l -> l.matches("[ ▀▄█]+")).toList();
    assertThat(scanned(lines)).isEqualTo(label().text());
  }

  @Test
  void thePrintersDrawingHasTheTextForPeople() throws IOException {
    assertThat(label().svg())
        .startsWith("<?xml")
        .contains("gw-0042  建设路3号网关", "10000000abcdef01", FINGERPRINT)
        .contains("M4 4h1v1h-1z");
    assertThat(new Label("gw-1", "<&\"", "", "", "").svg()).contains("&lt;&amp;&quot;");
  }

  @Test
  void aFileThatIsNoKeyIsNamed() throws IOException {
    Path file = Files.writeString(root.resolve("key.pub"), "hello");
    assertThatThrownBy(() -> Label.ofMachine("gw-1", "x", root, file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("key.pub");
  }

  private static String scanned(List<String> lines) {
    int scale = 8;
    int columns = lines.getFirst().length();
    byte[] pixels = new byte[lines.size() * 2 * scale * columns * scale];
    for (int y = 0; y < lines.size() * 2 * scale; y++) {
      for (int x = 0; x < columns * scale; x++) {
        char two = lines.get(y / scale / 2).charAt(x / scale);
        boolean light = two == '█' || two == (y / scale % 2 == 0 ? '▀' : '▄');
        pixels[y * columns * scale + x] = (byte) (light ? 255 : 0);
      }
    }
    try (Mat picture =
            new Mat(
                lines.size() * 2 * scale, columns * scale, opencv_core.CV_8UC1, new Scalar(255));
        QRCodeDetector detector = new QRCodeDetector();
        BytePointer text = decode(detector, picture, pixels)) {
      return text.getString();
    }
  }

  private static BytePointer decode(QRCodeDetector detector, Mat picture, byte[] pixels) {
    picture.data().put(pixels);
    return detector.detectAndDecode(picture);
  }
}
