package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The driver against a real kernel's chip: a User Mode Linux with gpio-sim, on this machine's own
 * files (hostfs), up in a second. {@code drivers/src/test/uml/build} makes that kernel once, in
 * about ten minutes; {@code CITYEDGE_UML} names another one.
 */
@Timeout(300)
class GpioKernelIT {
  private static final Path KERNEL =
      Optional.ofNullable(System.getenv("CITYEDGE_UML"))
          .map(Path::of)
          .orElse(Path.of(System.getProperty("user.home"), ".cache/cityedge/uml-linux-gpio"));

  @Test
  void worksWithTheKernelsChip(@TempDir Path dir) throws Exception {
    assumeTrue(
        Files.isExecutable(KERNEL),
        "there is no kernel " + KERNEL + "; build it with drivers/src/test/uml/build");
    Path init = dir.resolve("init");
    Files.writeString(init, init());
    assertThat(init.toFile().setExecutable(true)).isTrue();
    Path console = dir.resolve("console");
    Process machine =
        new ProcessBuilder(
                KERNEL.toString(),
                "mem=768M",
                "root=/dev/root",
                "rootfstype=hostfs",
                "ro",
                "init=" + init,
                "con0=null,fd:1",
                "con=null",
                "quiet",
                "panic=-1")
            .redirectErrorStream(true)
            .redirectOutput(console.toFile())
            .start();
    boolean ended = machine.waitFor(240, TimeUnit.SECONDS);
    machine.destroyForcibly();
    String output = Files.readString(console, StandardCharsets.ISO_8859_1);
    System.out.println(output);
    assertThat(ended).as("the machine ends by itself: %s", output).isTrue();
    assertThat(output).contains("PROBE PASSED").doesNotContain("FAIL");
  }

  /** Line 6 is a hog: the board's own use of a line, as a device tree states it. */
  private static String init() {
    return """
    #!/bin/sh
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin
    mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev 2>/dev/null
    mount -t configfs none /sys/kernel/config
    c=/sys/kernel/config/gpio-sim/gw
    mkdir $c; mkdir $c/bank0; echo 8 > $c/bank0/num_lines; echo gateway-sim > $c/bank0/label
    mkdir $c/bank0/line4; echo door-contact > $c/bank0/line4/name
    mkdir $c/bank0/line6; mkdir $c/bank0/line6/hog
    echo board-fan > $c/bank0/line6/hog/name; echo output-low > $c/bank0/line6/hog/direction
    echo 1 > $c/live
    chip=$(cat $c/bank0/chip_name)
    %s -XX:-UsePerfData -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m \\
      --enable-native-access=ALL-UNNAMED -cp '%s' %s \\
      /dev/$chip /sys/devices/platform/$(cat $c/dev_name)/$chip 2>&1
    poweroff -f 2>/dev/null || echo o > /proc/sysrq-trigger
    """
        .formatted(
            Path.of(System.getProperty("java.home"), "bin/java"),
            System.getProperty("java.class.path"),
            KernelProbe.class.getName());
  }
}
