package org.cityedge.drivers.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.CounterConfig;
import org.junit.jupiter.api.Test;

class PulseTallyTest {
  private static final long MS = 1_000_000L;

  private static PulseTally tally(CounterConfig.Edge edge, double maxRate) {
    return new PulseTally(
        new CounterConfig(
            "c",
            new ContactConfig.Line.Chip(Path.of("/dev/gpiochip0"), 3),
            "c",
            "count",
            1,
            edge,
            false,
            Bias.AS_IS,
            Duration.ZERO,
            maxRate,
            1000,
            Duration.ofMinutes(1)),
        0,
        0);
  }

  @Test
  void countsTheWantedEdges() {
    for (CounterConfig.Edge wanted : CounterConfig.Edge.values()) {
      PulseTally tally = tally(wanted, 100);
      tally.edge(new Edge(true, 0, 1));
      tally.edge(new Edge(false, 100 * MS, 2));
      tally.edge(new Edge(true, 200 * MS, 3));
      long expected =
          switch (wanted) {
            case RISING -> 2;
            case FALLING -> 1;
            case BOTH -> 3;
          };
      assertThat(tally.take().pulses()).as(wanted.name()).isEqualTo(expected);
    }
  }

  @Test
  void takesTheMaximumRateAndNoMore() {
    PulseTally tally = tally(CounterConfig.Edge.RISING, 10);
    for (long i = 0; i < 100; i++) {
      tally.edge(new Edge(true, i * 100 * MS, 0));
    }
    assertThat(tally.take().tooFast()).as("10 a second for 10 s").isFalse();
    for (long i = 0; i < 100; i++) {
      tally.edge(new Edge(true, 20_000 * MS + i * 50 * MS, 0));
    }
    assertThat(tally.take().tooFast()).as("20 a second for 5 s").isTrue();
    assertThat(tally.take().tooFast()).as("told once").isFalse();
  }

  @Test
  void slowSensorsPulsesAreFarApart() {
    PulseTally tally = tally(CounterConfig.Edge.RISING, 0.1);
    tally.edge(new Edge(true, 0, 0));
    tally.edge(new Edge(true, 10_000 * MS, 0));
    assertThat(tally.take().tooFast()).isFalse();
    tally.edge(new Edge(true, 12_000 * MS, 0));
    assertThat(tally.take().tooFast()).isTrue();
  }

  /** Whichever edges are lost, pulses and lost ones together are what came, wraps included. */
  @Test
  void accountsForEveryEdge() {
    SplittableRandom random = new SplittableRandom(7);
    for (int run = 0; run < 200; run++) {
      PulseTally tally = tally(CounterConfig.Edge.BOTH, 1000);
      int edges = random.nextInt(1, 3000);
      long wraps = 0;
      for (int i = 1; i <= edges; i++) {
        if (i == edges || random.nextInt(10) > 0) {
          tally.edge(new Edge(i % 2 == 1, i * MS, i));
          PulseTally.Total total = tally.take();
          wraps += total.wrapped() ? 1 : 0;
        }
      }
      PulseTally.Total total = tally.take();
      assertThat(wraps * 1000 + total.pulses() + total.lost()).isEqualTo(edges);
    }
  }
}
