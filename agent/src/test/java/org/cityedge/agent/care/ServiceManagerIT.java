package org.cityedge.agent.care;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.testing.Eventually;
import org.cityedge.agent.testing.NotifyListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceManagerIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;

  private final AtomicLong nanos = new AtomicLong(1);

  private ServiceManager manager(String socket, String... more) {
    Map<String, String> environment = new HashMap<>(Map.of("NOTIFY_SOCKET", socket));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return ServiceManager.of(environment, nanos::get);
  }

  private static void awaitExactly(NotifyListener listener, String... messages) {
    Eventually.await(
        "it heard " + List.of(messages), SOON, () -> listener.messages().size() >= messages.length);
    assertThat(listener.messages()).containsExactly(messages);
  }

  @Test
  void tellsReadyStatusAndStoppingThroughASocketInTheFileSystem() throws Exception {
    String socket = folder.resolve("notify").toString();
    try (NotifyListener listener = NotifyListener.bind(socket);
        ServiceManager manager = manager(socket)) {
      manager.ready();
      manager.ready();
      manager.status("connected");
      manager.status("connected");
      manager.alive(Optional.empty()); // without WatchdogSec nobody asks for it
      manager.stopping();
      awaitExactly(listener, "READY=1", "STATUS=connected", "STOPPING=1");
    }
  }

  @Test
  void speaksThroughAnAbstractSocket() throws Exception {
    String socket = "@cityedge-test-" + ProcessHandle.current().pid();
    try (NotifyListener listener = NotifyListener.bind(socket);
        ServiceManager manager = manager(socket)) {
      manager.ready();
      awaitExactly(listener, "READY=1");
    }
  }

  @Test
  void feedsTheWatchdogThreeTimesInItsTimeAndOnlyWhileNothingIsStuck() throws Exception {
    String socket = folder.resolve("notify").toString();
    String me = Long.toString(ProcessHandle.current().pid());
    try (NotifyListener listener = NotifyListener.bind(socket);
        ServiceManager manager = manager(socket, "WATCHDOG_USEC", "60000000", "WATCHDOG_PID", me)) {
      for (int second = 0; second < 60; second++) {
        manager.alive(Optional.empty());
        nanos.addAndGet(1_000_000_000);
      }
      for (int second = 0; second < 60; second++) {
        manager.alive(Optional.of("publisher"));
        nanos.addAndGet(1_000_000_000);
      }
      manager.alive(Optional.empty());
      awaitExactly(
          listener,
          "WATCHDOG=1",
          "WATCHDOG=1",
          "WATCHDOG=1",
          "STATUS=stuck: publisher",
          "WATCHDOG=1");
    }
  }

  @Test
  void whatIsStuckStandsThereUntilItGoesOn() throws Exception {
    String socket = folder.resolve("notify").toString();
    try (NotifyListener listener = NotifyListener.bind(socket);
        ServiceManager manager = manager(socket)) {
      manager.status("connected, 1 alert");
      manager.alive(Optional.of("pulse"));
      manager.status("connected, 2 alerts");
      manager.alive(Optional.of("pulse"));
      manager.alive(Optional.empty());
      manager.status("connected, 3 alerts");
      awaitExactly(
          listener,
          "STATUS=connected, 1 alert",
          "STATUS=stuck: pulse",
          "STATUS=connected, 3 alerts");
    }
  }

  @Test
  void theWatchdogOfAnotherProcessIsNotFed() throws Exception {
    String socket = folder.resolve("notify").toString();
    try (NotifyListener listener = NotifyListener.bind(socket);
        ServiceManager manager =
            manager(socket, "WATCHDOG_USEC", "60000000", "WATCHDOG_PID", "1")) {
      manager.alive(Optional.empty());
      manager.stopping();
      awaitExactly(listener, "STOPPING=1");
    }
  }

  @Test
  void afterItsEndNothingIsSent() throws Exception {
    String socket = folder.resolve("notify").toString();
    try (NotifyListener listener = NotifyListener.bind(socket)) {
      ServiceManager manager = manager(socket);
      manager.ready();
      manager.close();
      manager.close();
      manager.stopping();
      awaitExactly(listener, "READY=1");
    }
  }

  @Test
  void withoutAManagerOrWithOneThatIsGoneNothingHappens() {
    ServiceManager nobody = ServiceManager.of(Map.of(), nanos::get);
    nobody.ready();
    nobody.close();
    try (ServiceManager gone = manager(folder.resolve("nobody").toString())) {
      gone.ready();
      gone.stopping();
    }
    ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1"), nanos::get).ready();
  }
}
