package org.cityedge.drivers.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.position.PositionConfig.Gpsd;
import org.cityedge.drivers.position.PositionConfig.Mobile;
import org.cityedge.drivers.position.PositionConfig.Nmea;
import org.cityedge.drivers.position.PositionConfig.TrackSettings;
import org.cityedge.drivers.position.Report.Down;
import org.cityedge.drivers.position.Report.Fix;
import org.cityedge.drivers.position.Report.NoFix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against the real gpsd, fed by its own gpsfake (Debian gpsd, gpsd-clients), and a real tty. */
@Timeout(120)
class ReceiverIT {
  private static final Path GPSD = Path.of("/usr/sbin/gpsd");
  private static final Path GPSFAKE = Path.of("/usr/bin/gpsfake");
  private static final Path PYTHON = Path.of("/usr/bin/python3");
  private static final Clocks CLOCKS = new Clocks(InstantSource.system(), System::nanoTime);

  @TempDir Path folder;

  private final BlockingQueue<Report> reports = new LinkedBlockingQueue<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private Receiver start(Mobile config) {
    Receiver receiver = new Receiver(config, CLOCKS);
    opened.add(receiver);
    receiver.start(reports::add);
    return receiver;
  }

  private <T extends Report> T next(Class<T> kind) throws InterruptedException {
    while (true) {
      Report report = reports.poll(60, TimeUnit.SECONDS);
      assertThat(report).as("a %s in time", kind.getSimpleName()).isNotNull();
      if (kind.isInstance(report)) {
        return kind.cast(report);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static Gpsd gpsd(int port) {
    return new Gpsd("127.0.0.1", port, Optional.empty(), false, TrackSettings.DEFAULT);
  }

  /** A minute's drive to the north at 11.1 m/s, and how it is told in sentences. */
  private static List<String> drive() {
    List<String> lines = new ArrayList<>();
    for (int s = 0; s < 60; s++) {
      double minutes = 39.6072 + s * 0.006;
      lines.add(
          NmeaDecoderTest.sentence(
              "GPGGA,0830%02d.00,30%.4f,N,10406.0930,E,1,09,0.9,512.0,M,-42.0,M,,"
                  .formatted(s, minutes)));
      lines.add(NmeaDecoderTest.sentence("GPGSA,A,3,01,02,03,04,05,06,07,08,09,,,,1.6,0.9,1.3"));
      lines.add(
          NmeaDecoderTest.sentence(
              "GPRMC,0830%02d.00,A,30%.4f,N,10406.0930,E,21.6,000.0,010625,,,A"
                  .formatted(s, minutes)));
    }
    return lines;
  }

  private AutoCloseable gpsfake(int port) throws IOException {
    assumeTrue(
        Files.isExecutable(GPSD) && Files.isExecutable(GPSFAKE),
        "gpsd and gpsfake are not installed (apt-get install gpsd gpsd-clients)");
    Path log =
        Files.writeString(folder.resolve("drive.nmea"), String.join("\r\n", drive()) + "\r\n");
    Process fake =
        new ProcessBuilder(
                GPSFAKE.toString(),
                "-P",
                Integer.toString(port),
                "-c",
                "0.05",
                "-n",
                "-q",
                log.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("gpsfake.log").toFile())
            .start();
    return () -> {
      List<ProcessHandle> all = fake.descendants().toList();
      fake.destroyForcibly().waitFor();
      for (ProcessHandle one : all) {
        one.destroyForcibly();
        one.onExit().get(10, TimeUnit.SECONDS);
      }
    };
  }

  @Test
  void hearsGpsdLosesItAndHearsItAgain() throws Exception {
    int port = freePort();
    start(gpsd(port));
    Down absent = next(Down.class);
    assertThat(absent.fault().kind()).isEqualTo(Fault.Kind.UNREACHABLE);
    assertThat(absent.fault().detail()).contains("gpsd at 127.0.0.1:" + port, "is it running?");

    AutoCloseable first = gpsfake(port);
    opened.add(first);
    Fix fix = next(Fix.class);
    while (fix.speed().isEmpty()) {
      fix = next(Fix.class); // gpsd tells what it has: after its first sentence no speed yet
    }
    assertThat(fix.lat()).isCloseTo(30.6631, within(0.004));
    assertThat(fix.lon()).isCloseTo(104.10155, within(1e-6));
    assertThat(fix.speed().orElseThrow()).isCloseTo(11.112, within(0.01));
    assertThat(next(Fix.class).nanos()).isGreaterThan(fix.nanos());

    first.close();
    assertThat(next(Down.class).fault().kind()).isEqualTo(Fault.Kind.UNREACHABLE);
    reports.clear();
    opened.add(gpsfake(port));
    assertThat(next(Fix.class).lon()).isCloseTo(104.10155, within(1e-6));
  }

  @Test
  void aReceiverThatGpsdDoesNotHaveIsNamed() throws Exception {
    int port = freePort();
    opened.add(gpsfake(port));
    start(new Gpsd("127.0.0.1", port, Optional.of("/dev/ttyUSB7"), false, TrackSettings.DEFAULT));
    Down down = next(Down.class);
    while (down.fault().kind() == Fault.Kind.UNREACHABLE) {
      down = next(Down.class); // gpsfake was not up yet
    }
    assertThat(down.fault())
        .isEqualTo(new Fault(Fault.Kind.REFUSED, "gpsd says: No such device as /dev/ttyUSB7"));
  }

  @Test
  void aPeerThatNeverEndsALineCostsNothingAndIsHeardAfterwards() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      start(gpsd(server.getLocalPort()));
      try (Socket peer = server.accept()) {
        OutputStream out = peer.getOutputStream();
        for (int i = 0; i < 64; i++) {
          out.write("x".repeat(Lines.LONGEST).getBytes(StandardCharsets.US_ASCII));
        }
        out.write(
            "\n{\"class\":\"TPV\",\"mode\":2,\"lat\":1.5,\"lon\":2}\n"
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        assertThat(next(Fix.class).lat()).isEqualTo(1.5);
        out.write("{\"class\":\"ERROR\",\"message\":\"no\"}\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        assertThat(next(Down.class).fault().kind()).isEqualTo(Fault.Kind.REFUSED);
        assertThat(peer.getInputStream().readAllBytes()).asString().startsWith("?WATCH=");
      }
    }
  }

  @Test
  void aSilenceKeepsTheCauseThatWasToldBeforeIt() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      start(gpsd(server.getLocalPort()));
      try (Socket peer = server.accept()) {
        send(
            peer,
            "SSH-2.0-OpenSSH_9.2p1\n"
                + "{\"class\":\"DEVICE\",\"path\":\"/dev/ttyUSB0\",\"activated\":0}\n");
        assertThat(next(NoFix.class).detail()).isEqualTo("gpsd has lost /dev/ttyUSB0");
        assertThat(next(NoFix.class).detail())
            .isEqualTo(
                "gpsd at 127.0.0.1:"
                    + server.getLocalPort()
                    + " says nothing of a position; before that: gpsd has lost /dev/ttyUSB0;"
                    + " 1 lines are not gpsd's: is it gpsd on this port?");
      }
    }
  }

  @Test
  void aConnectionThatBreaksIsNamed() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      start(gpsd(server.getLocalPort()));
      try (Socket peer = server.accept()) {
        assertThat(peer.getInputStream().read()).isEqualTo('?');
        peer.setSoLinger(true, 0); // a reset
      }
      assertThat(next(Down.class).fault().detail())
          .isEqualTo("gpsd at 127.0.0.1:" + server.getLocalPort() + ": Connection reset");
    }
  }

  private static void send(Socket peer, String text) throws IOException {
    peer.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    peer.getOutputStream().flush();
  }

  @Test
  void readsASerialLineAtItsSpeed() throws Exception {
    assumeTrue(Files.isExecutable(PYTHON), PYTHON + " is not installed; it opens the test's tty");
    Process tty =
        new ProcessBuilder(
                PYTHON.toString(),
                "-c",
                """
                import os, pty, sys
                master, slave = pty.openpty()
                print(os.ttyname(slave), flush=True)
                for line in sys.stdin.buffer:
                    os.write(master, line)
                """)
            .start();
    opened.add(() -> tty.destroyForcibly().waitFor());
    BufferedReader said =
        new BufferedReader(new InputStreamReader(tty.getInputStream(), StandardCharsets.UTF_8));
    Path device = Path.of(said.readLine());
    start(new Nmea(device, 38_400, true, TrackSettings.DEFAULT));
    OutputStream out = tty.getOutputStream();
    // What was sent before the line was open is lost with the change to raw mode.
    for (String line : drive()) {
      out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.flush();
      if (reports.poll(20, TimeUnit.MILLISECONDS) instanceof Fix fix
          && fix.accuracyM().isPresent()) {
        assertThat(fix.lat()).isCloseTo(30.6631, within(0.004));
        assertThat(fix.accuracyM().getAsDouble()).isCloseTo(4.5, within(1e-9));
        assertThat(fix.simulated()).isTrue();
        assertThat(speed(device)).isEqualTo("38400");
        return;
      }
    }
    throw new AssertionError("no fix came over " + device + ": " + reports);
  }

  private static String speed(Path device) throws IOException {
    Process stty = new ProcessBuilder("stty", "-F", device.toString(), "speed").start();
    return new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void aFileIsReadToItsEndAndThenMissed() throws Exception {
    Path file = Files.writeString(folder.resolve("log"), String.join("\n", drive()) + "\n");
    start(new Nmea(file, 9600, false, TrackSettings.DEFAULT));
    for (int i = 0; i < 60; i++) {
      next(Fix.class);
    }
    assertThat(next(Down.class).fault().detail()).contains("has ended");
  }

  @Test
  void aMissingReceiverIsNamedWithItsCure() throws Exception {
    Receiver receiver =
        start(new Nmea(folder.resolve("ttyUSB0"), 9600, false, TrackSettings.DEFAULT));
    Down down = next(Down.class);
    assertThat(down.fault())
        .isEqualTo(
            new Fault(
                Fault.Kind.HARDWARE,
                folder.resolve("ttyUSB0") + " is missing; is the receiver plugged in?"));
    receiver.close();
    receiver.close();
  }
}
