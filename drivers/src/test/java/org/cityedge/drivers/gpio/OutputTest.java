package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.OutputConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder;

  /** What became of the line: open off, on, off, closed. */
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  private final AtomicBoolean broken = new AtomicBoolean();
  private final AtomicLong leap = new AtomicLong();
  private Output output = output(Duration.ofMinutes(3));

  private OutputConfig config(Duration maxOn) {
    return new OutputConfig(
        "siren-1",
        OutputConfig.Kind.SIREN,
        new ContactConfig.Line.Chip(Path.of("/dev/x"), 1),
        false,
        maxOn);
  }

  private Output output(Duration maxOn) {
    return new Output(config(maxOn), (_, active) -> line(active), this::nanos);
  }

  private long nanos() {
    return System.nanoTime() + leap.get();
  }

  private Output.Switch line(boolean active) throws IOException {
    refuse();
    told.add(active ? "open on" : "open off");
    return new Output.Switch() {
      @Override
      public void set(boolean value) throws IOException {
        refuse();
        told.add(value ? "on" : "off");
      }

      @Override
      public void close() {
        told.add("closed");
      }
    };
  }

  private void refuse() throws IOException {
    if (broken.get()) {
      told.add("refused");
      throw new IOException("the line is taken by \"relay\"");
    }
  }

  private void expect(String... changes) throws InterruptedException {
    for (String change : changes) {
      assertThat(told.poll(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(change);
    }
  }

  @AfterEach
  void close() {
    output.close();
  }

  @Test
  void isOffFromTheStartAndAtTheStop() throws Exception {
    output.start();
    expect("open off");
    output.on("a");
    expect("on");
    output.close();
    expect("off", "closed");
    output.close();
    assertThat(told).isEmpty();
  }

  @Test
  void isOnAsLongAsThereIsACause() throws Exception {
    output.start();
    expect("open off");
    output.on("a");
    expect("on");
    output.on("b");
    output.off("a");
    output.off("unknown");
    output.off("b");
    expect("off");
    output.on("c");
    expect("on");
  }

  @Test
  void goesOffAfterItsTimeAlthoughTheCauseStays() throws Exception {
    output = output(Duration.ofSeconds(2));
    output.start();
    expect("open off");
    output.on("a");
    expect("on", "off");
    assertThat(output.isOn()).isFalse();
  }

  @Test
  void aNewCauseBeginsTheTimeAnewAndAKnownOneDoesNot() {
    output.on("a");
    assertThat(output.isOn()).isTrue();
    leap.set(Duration.ofMinutes(4).toNanos());
    assertThat(output.isOn()).isFalse();
    output.on("a");
    assertThat(output.isOn()).isFalse();
    output.on("b");
    assertThat(output.isOn()).isTrue();
    leap.set(Duration.ofMinutes(8).toNanos());
    assertThat(output.isOn()).isFalse();
  }

  @Test
  void aCauseWhoseTimeIsOverKeepsNothingOn() {
    output.on("by hand");
    leap.set(Duration.ofMinutes(4).toNanos());
    assertThat(output.isOn()).isFalse();
    output.on("alert");
    assertThat(output.isOn()).isTrue();
    output.off("alert");
    assertThat(output.isOn()).isFalse();
  }

  @Test
  void aCauseThatWasGoneBeginsItsTimeAnew() {
    output.on("a");
    leap.set(Duration.ofMinutes(4).toNanos());
    assertThat(output.isOn()).isFalse();
    output.off("a");
    output.on("a");
    assertThat(output.isOn()).isTrue();
  }

  @Test
  void triesABrokenLineAgainAndSaysWhy() throws Exception {
    broken.set(true);
    output.start();
    expect("refused");
    output.on("a");
    assertThat(awaitFault()).hasValue("the line is taken by \"relay\"");
    broken.set(false);
    String next = told.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
    while ("refused".equals(next)) {
      next = told.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
    assertThat(next).as("the cause counts still").isEqualTo("open on");
    output.off("a");
    expect("off");
    assertThat(output.fault()).isEmpty();
  }

  @Test
  void aLineThatCouldNotBeSwitchedOffIsTakenOffOnceMoreAtTheStop() throws Exception {
    output.start();
    expect("open off");
    output.on("a");
    expect("on");
    broken.set(true);
    output.off("a");
    expect("refused", "closed");
    broken.set(false);
    output.close();
    assertThat(told.stream().filter(change -> !change.equals("refused")).findFirst())
        .hasValue("open off");
  }

  private Optional<String> awaitFault() {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (output.fault().isEmpty() && System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
    return output.fault();
  }

  @Test
  void switchesAFileWhereThereIsNoChip() throws Exception {
    Path file = folder.resolve("siren");
    OutputConfig simulated =
        new OutputConfig(
            "siren-1",
            OutputConfig.Kind.SIREN,
            new ContactConfig.Line.Simulated(file),
            true,
            Duration.ofMinutes(1));
    try (Output siren = new Output(simulated, System::nanoTime)) {
      siren.start();
      siren.on("a");
      awaitLevel(file, "0");
      siren.off("a");
      awaitLevel(file, "1");
    }
    assertThat(Files.readString(file)).isEqualTo("1\n");
  }

  private static void awaitLevel(Path file, String level) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() - end < 0) {
      if (Files.exists(file) && Files.readString(file).strip().equals(level)) {
        return;
      }
      Thread.onSpinWait();
    }
    throw new AssertionError(file + " never had level " + level);
  }
}
