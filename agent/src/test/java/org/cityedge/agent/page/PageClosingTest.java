package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.LogLines;
import org.cityedge.config.Secrets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is still being answered when the page is closed: the client is gone then, no more. */
class PageClosingTest {
  private static final Logger LOG = Logger.getLogger(PageServer.class.getName());

  @TempDir Path folder;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @Test
  void writesNothingAnyMore() {
    Patience patience = new Patience(Duration.ofSeconds(1));
    patience.close();
    assertThatThrownBy(() -> patience.with(() -> goOn.countDown())).isInstanceOf(IOException.class);
    assertThat(goOn.getCount()).isEqualTo(1);
  }

  private Snapshot slowly() {
    asked.countDown();
    while (goOn.getCount() > 0) {
      try {
        goOn.await();
      } catch (InterruptedException _) {
        // As code that cannot be interrupted.
      }
    }
    return Snapshots.well();
  }

  @Test
  void logsNoFaultOfAnAnswerThatComesAfterItWasClosed() throws Exception {
    PageServer server =
        new PageServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Set.of("127.0.0.1"),
            new AccessCode(Optional.empty(), new Secrets(folder), System::nanoTime),
            this::slowly,
            new Stills(List.of(), System::nanoTime),
            () -> Documents.zones(List.of()),
            Duration.ofSeconds(1));
    Level before = LOG.getLevel();
    LOG.setLevel(Level.FINE);
    try (LogLines log = LogLines.of(PageServer.class, Level.FINE);
        Socket client = connect(server)) {
      client
          .getOutputStream()
          .write(
              "GET /api/v1/light HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      server.close();
      goOn.countDown();
      Eventually.await("it ends", Duration.ofSeconds(30), () -> !log.lines().isEmpty());
      assertThat(log.lines()).singleElement().asString().contains("A client of the page is gone");
    } finally {
      LOG.setLevel(before);
      goOn.countDown();
    }
  }

  private static Socket connect(PageServer server) throws IOException {
    server.start();
    return new Socket(InetAddress.getLoopbackAddress(), server.port());
  }
}
