package org.cityedge.agent.uplink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.cityedge.agent.care.Progress;
import org.cityedge.agent.testing.Eventually;
import org.junit.jupiter.api.Test;

class InboxTest {
  private static final int MOST = PahoPackets.RECEIVE_MAXIMUM;

  private static final URI BROKER = URI.create("mqtt://a");

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final List<String> handled = new CopyOnWriteArrayList<>();

  private void handle(Incoming message) {
    begun.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    handled.add(new String(message.payload(), UTF_8));
  }

  /**
   * The broker sends what was not confirmed again on the next connection, and more: as many as it
   * may have in flight, each of which it sends but once.
   */
  @Test
  void takesAllThatTheNextConnectionBringsWhileAHandlerIsSlow() throws InterruptedException {
    Silent first = new Silent(0);
    Silent second = new Silent(MOST);
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      inbox.begins(first);
      for (int i = 0; i < MOST; i++) {
        inbox.arrived(message("old " + i), first, BROKER);
      }
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      inbox.over(first);
      inbox.begins(second);
      for (int i = 0; i < MOST; i++) {
        inbox.arrived(message("new " + i), second, BROKER);
      }
      inbox.connected(second, true);
      goOn.countDown();

      assertThat(second.confirmed.await(30, TimeUnit.SECONDS)).as("all are confirmed").isTrue();
    }
    assertThat(handled).contains("new 0", "new " + (MOST - 1));
    assertThat(handled.stream().filter(text -> text.startsWith("new"))).hasSize(MOST);
  }

  /** They come again with the session, and a signed command counts once. */
  @Test
  void handlesNothingOfAConnectionThatIsOverButWhatDoesNotComeAgain() throws Exception {
    Silent first = new Silent(0);
    Silent second = new Silent(1);
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      inbox.begins(first);
      inbox.arrived(message("being handled"), first, BROKER);
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      inbox.arrived(message("waits"), first, BROKER);
      inbox.arrived(message("qos 0", 0), first, BROKER);
      inbox.over(first);
      inbox.begins(second);
      inbox.over(first);
      inbox.arrived(message("waits"), second, BROKER);
      inbox.connected(second, true);
      goOn.countDown();
      assertThat(second.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handled).containsExactly("being handled", "qos 0", "waits");
  }

  /** Another broker has it not, nor one that gave up the session. */
  @Test
  void handlesWhatNoBrokerSendsAgainBeforeWhatTheNextConnectionBrings() throws Exception {
    Silent first = new Silent(0);
    Silent failed = new Silent(0);
    Silent second = new Silent(1);
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      inbox.begins(first);
      inbox.arrived(message("being handled"), first, BROKER);
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      inbox.arrived(message("waits"), first, BROKER);
      inbox.over(first);
      inbox.arrived(message("read after the end"), first, BROKER);
      inbox.begins(failed);
      inbox.over(failed);
      inbox.begins(second);
      inbox.arrived(message("new"), second, BROKER);
      goOn.countDown();
      inbox.connected(second, false);
      assertThat(second.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handled).containsExactly("being handled", "waits", "read after the end", "new");
  }

  /** What an old connection's thread brings so late is not worth that the others wait for it. */
  @Test
  void goesOnWithAConnectionThoughSomethingOfTheOneBeforeComesAfterItsConnack() throws Exception {
    Silent first = new Silent(0);
    Silent second = new Silent(1);
    goOn.countDown();
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      inbox.begins(first);
      inbox.over(first);
      inbox.begins(second);
      inbox.connected(second, true);
      inbox.arrived(message("late"), first, BROKER);
      inbox.arrived(message("new"), second, BROKER);
      assertThat(second.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handled).containsExactly("new");
  }

  /** Its confirmation went nowhere; a signed command would be taken for a replayed one. */
  @Test
  void handlesWhatWasBeingHandledWhenItsConnectionBrokeNoSecondTime() throws Exception {
    Silent first = new Silent(0);
    Silent second = new Silent(2);
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      inbox.begins(first);
      inbox.arrived(message("being handled"), first, BROKER);
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      inbox.over(first);
      inbox.begins(second);
      inbox.connected(second, true);
      inbox.arrived(message("being handled"), second, BROKER);
      inbox.arrived(message("being handled", 1, 2), second, BROKER);
      goOn.countDown();
      assertThat(second.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handled).as("and a new one").containsExactly("being handled", "being handled");
  }

  @Test
  void handlesTheSameAgainOfABrokerThatLostTheSession() throws Exception {
    Silent first = new Silent(1);
    Silent second = new Silent(1);
    goOn.countDown();
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      inbox.begins(first);
      inbox.connected(first, true);
      inbox.arrived(message("the same"), first, BROKER);
      assertThat(first.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
      inbox.over(first);
      inbox.begins(second);
      inbox.sessionBegins(BROKER);
      inbox.connected(second, false);
      inbox.arrived(message("the same"), second, BROKER);
      assertThat(second.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handled).containsExactly("the same", "the same");
  }

  /** A broker keeps a session for a day. */
  @Test
  void handlesWhatItHandledMeanwhileNoSecondTimeOnTheWayHome() throws Exception {
    Silent home = new Silent(0);
    Silent away = new Silent(1);
    Silent back = new Silent(2);
    URI other = URI.create("mqtt://b");
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      inbox.begins(home);
      inbox.connected(home, true);
      inbox.arrived(message("1"), home, BROKER);
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      inbox.arrived(message("2"), home, BROKER);
      inbox.over(home);
      inbox.begins(away);
      inbox.connected(away, false);
      inbox.arrived(message("1"), away, other);
      goOn.countDown();
      assertThat(away.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
      inbox.over(away);
      inbox.begins(back);
      inbox.connected(back, false);
      inbox.arrived(message("1"), back, BROKER);
      inbox.arrived(message("2"), back, BROKER);
      assertThat(back.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handled).as("the other broker's is another").containsExactly("1", "2", "1");
  }

  /** Each order may name others, over years. */
  @Test
  void remembersOnlyWhatTheLastBrokersBrought() throws Exception {
    goOn.countDown();
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      for (int i = 0; i <= Handled.BROKERS; i++) {
        bring(inbox, "mqtt://b" + i, "of " + i);
      }
      handled.clear();
      bring(inbox, "mqtt://b1", "of 1");
      bring(inbox, "mqtt://b0", "of 0");
    }
    assertThat(handled).containsExactly("of 0");
  }

  private static void bring(Inbox inbox, String broker, String text) throws InterruptedException {
    Silent link = new Silent(1);
    inbox.begins(link);
    inbox.connected(link, false);
    inbox.arrived(message(text), link, URI.create(broker));
    assertThat(link.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    inbox.over(link);
  }

  @Test
  void holdsNoMoreThanItsBoundOfWhatManyConnectionsLeft() throws Exception {
    Silent last = new Silent(MOST);
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      inbox.start();
      for (int connection = 0; connection < 5; connection++) {
        Silent link = new Silent(0);
        inbox.begins(link);
        inbox.connected(link, false);
        for (int i = 0; i < MOST; i++) {
          inbox.arrived(message(connection + "/" + i), link, BROKER);
        }
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        inbox.over(link);
      }
      inbox.begins(last);
      inbox.connected(last, false);
      for (int i = 0; i < MOST; i++) {
        inbox.arrived(message("new " + i), last, BROKER);
      }
      goOn.countDown();
      assertThat(last.confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(handled).hasSize(Inbox.MOST + 1).contains("4/0", "new 0").doesNotContain("3/63");
  }

  @Test
  void isStuckWhileAHandlerHangsAndNotWhileNothingComes() throws InterruptedException {
    AtomicLong now = new AtomicLong();
    Progress progress = new Progress(Progress.LIMIT, now::get);
    Silent link = new Silent(1);
    try (Inbox inbox = new Inbox(Map.of("G/command/+", this::handle))) {
      progress.watch("inbox", inbox.turn());
      inbox.start();
      inbox.begins(link);
      now.addAndGet(Progress.LIMIT.toNanos());
      assertThat(progress.stuck()).isEmpty();
      inbox.arrived(message("one that hangs"), link, BROKER);
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(progress.stuck()).isEmpty();
      now.addAndGet(Progress.LIMIT.toNanos());
      assertThat(progress.stuck()).contains("inbox");
      goOn.countDown();
      Eventually.await("it goes on", Uplink.LIMIT, () -> progress.stuck().isEmpty());
    } finally {
      goOn.countDown();
    }
  }

  private static Incoming message(String text) {
    return message(text, 1);
  }

  private static Incoming message(String text, int qos) {
    return message(text, qos, qos);
  }

  private static Incoming message(String text, int qos, int packetIdentifier) {
    return new Incoming(
        "G/command/light",
        text.getBytes(UTF_8),
        false,
        Optional.empty(),
        Optional.empty(),
        new byte[0],
        Map.of(),
        qos,
        packetIdentifier);
  }

  /** A connection on which nothing happens but confirmations. */
  private static final class Silent implements MqttLink {
    private final CountDownLatch confirmed;

    Silent(int wanted) {
      confirmed = new CountDownLatch(wanted);
    }

    @Override
    public void connect() {}

    @Override
    public void publish(Outgoing message, long tag) {}

    @Override
    public void subscribe(Set<String> filters) {}

    @Override
    public void confirm(Incoming message) {
      confirmed.countDown();
    }

    @Override
    public void disconnect() {}

    @Override
    public void discard() {}
  }
}
