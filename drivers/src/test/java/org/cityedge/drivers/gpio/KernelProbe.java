package org.cityedge.drivers.gpio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.OutputConfig;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;

/**
 * What {@link GpioKernelIT} runs inside the virtual machine, against a gpio-sim chip of 8 lines.
 * Arguments: the device, and the chip's folder below /sys. Prints a line per check.
 */
final class KernelProbe {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final Path device;
  private final Path sim;
  private int failures;

  private KernelProbe(Path device, Path sim) {
    this.device = device;
    this.sim = sim;
  }

  public static void main(String[] args) throws Exception {
    KernelProbe probe = new KernelProbe(Path.of(args[0]), Path.of(args[1]));
    try {
      probe.listsChip();
      probe.seesEdges();
      probe.debounces();
      probe.namesOwner();
      probe.countsLostEdges();
      probe.drivesOutput();
      probe.switchesOutput();
      probe.readsContact();
    } catch (IOException | RuntimeException e) {
      probe.check(false, "stopped by " + e);
    }
    System.out.println(probe.failures == 0 ? "PROBE PASSED" : "PROBE FAILED");
  }

  private void check(boolean holds, String what) {
    failures += holds ? 0 : 1;
    System.out.println((holds ? "ok   " : "FAIL ") + what);
  }

  private void level(int line, boolean high) throws IOException {
    Files.writeString(sim.resolve("sim_gpio" + line + "/pull"), high ? "pull-up" : "pull-down");
  }

  private boolean driven(int line) throws IOException {
    return Files.readString(sim.resolve("sim_gpio" + line + "/value")).strip().equals("1");
  }

  private LineWatch watch(int line, boolean activeLow, Duration debounce) throws IOException {
    return LineWatch.open(
        new ContactConfig.Line.Chip(device, line), activeLow, Bias.AS_IS, debounce);
  }

  private ChipSurvey.Listed listed(int line) throws IOException {
    return ChipSurvey.chips().stream()
        .filter(chip -> chip.device().equals(device))
        .findFirst()
        .orElseThrow()
        .lines()
        .get(line);
  }

  private void listsChip() throws IOException {
    List<ChipSurvey.Chip> chips = ChipSurvey.chips();
    check(chips.size() == 1 && chips.getFirst().label().equals("gateway-sim"), "chip is listed");
    check(chips.getFirst().lines().size() == 8, "8 lines");
    check(listed(4).name().equals("door-contact") && !listed(4).used(), "line 4 has its name");
  }

  private void seesEdges() throws IOException {
    try (LineWatch watch = watch(4, true, Duration.ZERO)) {
      check(watch.isActive(), "active low: a low line is active");
      boolean right = true;
      for (int i = 0; i < 50; i++) {
        boolean high = i % 2 == 0;
        long before = System.nanoTime();
        level(4, high);
        Optional<LineWatch.Change> change = watch.await(SOON);
        long after = System.nanoTime();
        right &=
            change.isPresent()
                && change.get().active() != high
                && change.get().lost() == 0
                && change.get().nanos() >= before
                && change.get().nanos() <= after;
      }
      check(right, "50 edges, each the right one, stamped on the clock of System.nanoTime");
      check(listed(4).owner().equals("cityedge"), "the line is ours");
      check(
          listed(4).flags().equals(List.of("active-low", "rising", "falling")), "flags are listed");
    }
    check(!listed(4).used(), "the line is free after closing");
  }

  private void debounces() throws IOException {
    try (LineWatch watch = watch(4, false, Duration.ofMillis(100))) {
      check(listed(4).flags().contains("debounce 100000us"), "the kernel debounces");
      boolean before = watch.isActive();
      for (int i = 0; i < 5; i++) {
        level(4, !before);
        level(4, before);
      }
      check(watch.await(Duration.ofMillis(400)).isEmpty(), "chatter is no edge");
      long changed = System.nanoTime();
      level(4, !before);
      Optional<LineWatch.Change> change = watch.await(SOON);
      check(
          change.isPresent()
              && change.get().active() == !before
              && change.get().nanos() - changed >= 95_000_000,
          "a level that holds is an edge, when it has held");
    }
    level(4, false);
  }

  private void namesOwner() throws IOException {
    try (LineWatch _ = watch(5, false, Duration.ZERO)) {
      refused(5, device + " line 5 is taken by \"cityedge\"; stop that or choose another line");
    }
    refused(
        8, device + " line 8 is not there; the chip (gateway-sim) has lines 0..7; correct line:");
    refused(6, device + " line 6 is taken by \"board-fan\"; stop that or choose another line");
  }

  private void refused(int line, String message) throws IOException {
    try (LineWatch _ = watch(line, false, Duration.ZERO)) {
      check(false, "line " + line + " was given");
    } catch (IOException e) {
      check(message.equals(e.getMessage()), "refused: " + e.getMessage());
    }
  }

  private void countsLostEdges() throws IOException {
    try (LineWatch watch = watch(3, false, Duration.ZERO)) {
      for (int i = 0; i < 40; i++) {
        level(3, i % 2 == 0);
        // gpio-sim raises its interrupt from irq_work: edges nearer than that are one to the
        // kernel.
        LockSupport.parkNanos(20_000_000);
      }
      long lost = 0;
      int seen = 0;
      Optional<LineWatch.Change> change = watch.await(SOON);
      while (change.isPresent()) {
        lost += change.get().lost();
        seen++;
        change = watch.await(Duration.ZERO);
      }
      check(seen == 16 && lost == 24, "of 40 edges 16 are kept and 24 known lost: " + lost);
    }
  }

  private void drivesOutput() throws IOException {
    try (GpioChip chip = GpioChip.open(device);
        GpioLine line = chip.requestOutput(7, GpioUapi.GPIO_V2_LINE_FLAG_OUTPUT, true)) {
      check(driven(7), "an output has its value from the start");
      line.set(false);
      check(!driven(7), "an output is set");
      check(listed(7).output(), "an output is listed as one");
    }
  }

  private void switchesOutput() throws IOException {
    OutputConfig config =
        new OutputConfig(
            "siren-1",
            OutputConfig.Kind.SIREN,
            new ContactConfig.Line.Chip(device, 7),
            true,
            Duration.ofSeconds(2));
    try (Output siren = new Output(config, System::nanoTime)) {
      siren.start();
      check(becomes(7, true), "a siren that is active low is high while it is off");
      siren.on("a");
      check(becomes(7, false), "and low while it is on");
      check(becomes(7, true), "and high again after its time");
    }
  }

  private boolean becomes(int line, boolean high) throws IOException {
    long end = System.nanoTime() + SOON.toNanos();
    while (driven(line) != high || !listed(line).output()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      LockSupport.parkNanos(1_000_000);
    }
    return true;
  }

  private void readsContact() throws IOException, InterruptedException {
    BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
    Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
    Duration hold = Duration.ofMillis(300);
    ContactConfig config =
        new ContactConfig(
            "door-1",
            new ContactConfig.Line.Chip(device, 2),
            "open",
            false,
            Bias.PULL_DOWN,
            Duration.ZERO,
            Duration.ofHours(1),
            hold,
            Duration.ZERO);
    try (Board board = new Board();
        ContactInput input = new ContactInput(config, board, clocks)) {
      input.start(samples::add);
      check(!flag(samples).active, "a contact tells its state when it is opened");
      long before = System.nanoTime();
      level(2, true);
      State active = flag(samples);
      level(2, false);
      check(active.active && active.nanos - before < SOON.toNanos(), "a pulse is seen");
      State over = flag(samples);
      check(
          !over.active && over.nanos - active.nanos == hold.toNanos(),
          "and held, to the nanosecond");
    }
  }

  private record State(boolean active, long nanos) {}

  private static State flag(BlockingQueue<Sample> samples) throws InterruptedException {
    Sample sample = samples.poll(SOON.toSeconds(), TimeUnit.SECONDS);
    if (sample instanceof Sample.Measured(Reading reading)
        && reading.value() instanceof Reading.Flag(boolean value)) {
      return new State(value, reading.nanos());
    }
    throw new IllegalStateException("no reading but " + sample);
  }
}
