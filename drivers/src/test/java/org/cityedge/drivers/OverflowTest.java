package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OverflowTest {
  private static final Logger LOG = Logger.getLogger(Sensor.class.getName());

  private final Losses losses = new Losses();
  private final Handover<Integer> handover = new Handover<>(() -> 7);
  private final Overflow overflow = new Overflow(handover, "air-1", losses, () -> 7, "Too fast");
  private final List<Level> logged = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          logged.add(line.getLevel());
        }

        @Override
        public void flush() {
          // keeps them
        }

        @Override
        public void close() {
          // holds nothing
        }
      };

  @BeforeEach
  void listen() {
    LOG.addHandler(handler);
  }

  @AfterEach
  void leave() {
    LOG.removeHandler(handler);
  }

  private void offer(int howMany) {
    for (int i = 0; i < howMany; i++) {
      handover.offer(i);
    }
  }

  @Test
  void countsEachDropAndLogsItsBeginningAndItsEnd() {
    overflow.note();
    offer(Handover.MOST_WAITING + 3);
    overflow.note();
    overflow.note();
    offer(2);
    overflow.note();
    assertThat(losses.list()).containsExactly(new Loss("air-1", Loss.Cause.PACE, 5, 7));
    assertThat(logged).containsExactly(Level.WARNING);
    assertThat(handover.drain()).hasSize(Handover.MOST_WAITING);
    overflow.note();
    overflow.note();
    assertThat(logged).containsExactly(Level.WARNING, Level.INFO);
  }
}
