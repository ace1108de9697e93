package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LiveTest {
  @Test
  @Timeout(60)
  void endsForWhoMayNotReadAnyMore() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void close() throws IOException {
            closed.set(true);
          }
        };
    try (Patience patience = new Patience(Duration.ofSeconds(30));
        Live live = new Live(Snapshots::well, patience, Duration.ofMillis(1))) {
      live.serve(out, () -> false);
    }
    String[] told = out.toString(StandardCharsets.UTF_8).split("event: status");
    assertThat(told).as("a minute's events, of 2 s each").hasSize(1 + 30);
    assertThat(closed).isTrue();
  }
}
