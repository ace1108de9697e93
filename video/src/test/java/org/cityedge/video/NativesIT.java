package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_video;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.RectVector;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_objdetect.HOGDescriptor;
import org.bytedeco.opencv.opencv_video.BackgroundSubtractorMOG2;
import org.cityedge.video.evidence.Evidence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A developer's machine has GTK and a BLAS of its own, a gateway has neither; so this looks at
 * OpenCV with both hidden and nothing unpacked.
 */
class NativesIT {
  private static final List<String> FOREIGN =
      List.of("libgtk-x11-2.0.so.0", "libgdk-x11-2.0.so.0", "libopenblas.so.0");
  private static final List<String> LIBRARY_FOLDERS =
      List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib");

  @Test
  void findsPeopleAndMotionWithTheLibrariesThatTheAgentBrings(@TempDir Path folder)
      throws Exception {
    List<Path> present = foreignLibraries();
    List<String> command = new ArrayList<>();
    if (!present.isEmpty()) {
      assumeTrue(mayHide(), "hiding GTK and OpenBLAS needs root and unshare; skipped");
      String binds =
          String.join(
              "; ", present.stream().map(file -> "mount --bind /dev/null " + file).toList());
      command.addAll(List.of("unshare", "-m", "sh", "-ec", binds + "; exec \"$@\"", "sh"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("natives"),
            "-cp",
            System.getProperty("java.class.path"),
            Headless.class.getName()));

    Path output = folder.resolve("output");
    Process child =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = child.waitFor(120, TimeUnit.SECONDS);
    child.destroyForcibly().waitFor();

    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(ended).as(text).isTrue();
    assertThat(text)
        .contains("HOG and MOG2 ran", folder + "/natives/openblas")
        // What nobody calls is neither loaded nor unpacked.
        .doesNotContain("libgtk", "jniopenblas", "nolapack");
    assertThat(child.exitValue()).as(text).isZero();
  }

  private static List<Path> foreignLibraries() {
    return LIBRARY_FOLDERS.stream()
        .flatMap(folder -> FOREIGN.stream().map(name -> Path.of(folder, name)))
        .filter(Files::exists)
        .toList();
  }

  private static boolean mayHide() throws Exception {
    Process probe = new ProcessBuilder("unshare", "-m", "true").start();
    return probe.waitFor() == 0;
  }

  /** Runs in the child. */
  static final class Headless {
    public static void main(String[] args) throws Exception {
      // A camera's evidence is the first that it needs of OpenCV.
      new Evidence().close();
      try (PointerScope _ = new PointerScope();
          Mat frame = new Mat(240, 320, opencv_core.CV_8UC3, Scalar.all(90));
          Mat mask = new Mat();
          RectVector found = new RectVector();
          HOGDescriptor hog = new HOGDescriptor()) {
        hog.setSVMDetector(new Mat(HOGDescriptor.getDefaultPeopleDetector()));
        hog.detectMultiScale(frame, found);
        BackgroundSubtractorMOG2 background = opencv_video.createBackgroundSubtractorMOG2();
        background.apply(frame, mask);
        Files.readAllLines(Path.of("/proc/self/maps")).stream()
            .filter(line -> line.matches(".*lib(gtk|jni|openblas).*"))
            .forEach(System.out::println);
        System.out.println("HOG and MOG2 ran, people=" + found.size() + " mask=" + mask.cols());
      }
    }
  }
}
