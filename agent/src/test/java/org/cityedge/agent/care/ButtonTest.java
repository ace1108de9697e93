package org.cityedge.agent.care;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.care.Button.Press;
import org.cityedge.agent.care.Button.Wish;
import org.cityedge.drivers.ButtonConfig;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.fixtures.ContactFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ButtonTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @TempDir Path folder;

  /** Looks twice a second, as the button's thread does, while it is held; all that it says. */
  private static List<Wish> hold(Press press, double from, double to) {
    List<Wish> said = new ArrayList<>();
    for (double at = from; at < to; at += 0.5) {
      press.look(true, (long) (at * SECOND)).ifPresent(said::add);
    }
    return said;
  }

  private static Optional<Wish> letGo(Press press, double at) {
    return press.look(false, (long) (at * SECOND));
  }

  @Test
  void aShortPressAsksWhichBoxItIs() {
    Press press = new Press(false, true, 0);
    assertThat(hold(press, 20, 22)).isEmpty();
    assertThat(letGo(press, 22)).contains(Wish.IDENTIFY);
    assertThat(letGo(press, 30)).isEmpty();
  }

  @Test
  void aLongPressAsksForAPrintWhileItIsHeldAndForNothingMore() {
    Press press = new Press(false, true, 0);
    assertThat(hold(press, 20, 24.9)).isEmpty();
    assertThat(hold(press, 25, 100)).containsExactly(Wish.PRINT);
    assertThat(letGo(press, 100)).isEmpty();
    assertThat(hold(press, 101, 102)).isEmpty();
    assertThat(letGo(press, 102)).contains(Wish.IDENTIFY);
  }

  @Test
  void heldFromTheStartAndThenLetGoItAsksForTheFactoryDocument() {
    Press press = new Press(true, true, 0);
    assertThat(hold(press, 0.5, 14.9)).isEmpty();
    assertThat(hold(press, 15, 40)).containsExactly(Wish.LET_GO);
    assertThat(letGo(press, 40)).contains(Wish.FACTORY);
    assertThat(hold(press, 41, 42)).isEmpty();
    assertThat(letGo(press, 42)).contains(Wish.IDENTIFY);
  }

  @Test
  void letGoTooEarlyItAsksForNothing() {
    Press press = new Press(true, true, 0);
    assertThat(hold(press, 0.5, 14)).isEmpty();
    assertThat(letGo(press, 14.9)).isEmpty();
  }

  @Test
  void aLineThatIsStuckSendsNoGatewayBack() {
    Press press = new Press(true, true, 0);
    assertThat(hold(press, 0.5, 60)).containsExactly(Wish.LET_GO);
    assertThat(letGo(press, 60)).isEmpty();
  }

  @Test
  void heldWhenAConfigurationBeginsToWatchItItAsksForNothing() {
    Press press = new Press(true, false, 0);
    assertThat(hold(press, 0.5, 50)).isEmpty();
    assertThat(letGo(press, 50)).isEmpty();
    assertThat(hold(press, 51, 60)).containsExactly(Wish.PRINT);
  }

  @Test
  void aLinesPressComesThrough() throws Exception {
    ContactFile line = ContactFile.create(folder.resolve("line"));
    BlockingQueue<Wish> wishes = new LinkedBlockingQueue<>();
    ButtonConfig config =
        new ButtonConfig(
            new ContactConfig.Line.Simulated(line.path()), true, ContactConfig.Bias.AS_IS);
    line.set(true);
    try (Button _ = Button.start(config, true, wishes::add)) {
      // To ground: low is pressed. Until the line is open nobody sees it.
      long end = System.nanoTime() + 20 * SECOND;
      Wish wish = null;
      for (boolean high = false; wish == null && System.nanoTime() < end; high = !high) {
        line.set(high);
        wish = wishes.poll(200, TimeUnit.MILLISECONDS);
      }
      assertThat(wish).isEqualTo(Wish.IDENTIFY);
    }
  }
}
