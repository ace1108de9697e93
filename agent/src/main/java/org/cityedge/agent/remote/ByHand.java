package org.cityedge.agent.remote;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a technician asks of the agent on the gateway itself: an order from a stick, or the way
 * back. Letters in {@code config/by-hand} of the data folder. An order is judged like one from
 * afar.
 *
 * <pre>
 *   order     the signed order        back     how many versions to go back
 *   answer    what became of it: state, code, detail, one to a line; the last two may be empty
 * </pre>
 *
 * The agent's side is confined to its thread.
 */
public final class ByHand {
  /** The code of a way back that was asked for. */
  public static final String ROLLBACK = "ROLLBACK";

  public static final String DETAIL = "by hand, on the gateway";

  private static final Logger LOG = LoggerFactory.getLogger(ByHand.class);

  private final Letterbox letters;
  private boolean asked;

  public ByHand(Path data) {
    this.letters = new Letterbox(data.resolve("config").resolve("by-hand"));
  }

  /**
   * Whether somebody asked for that way back: on the gateway, by its button, or by a signed
   * command. Then nothing is wrong with what runs.
   */
  public static boolean wanted(Outcome outcome) {
    return outcome.state() == State.ROLLED_BACK && outcome.code().equals(ROLLBACK);
  }

  /** The order that waits, once. */
  public Optional<byte[]> order() {
    return take("order");
  }

  /** How many versions to go back, once. */
  public OptionalInt back() {
    Optional<byte[]> bytes = take("back");
    if (bytes.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(
          Integer.parseInt(new String(bytes.get(), StandardCharsets.UTF_8).strip()));
    } catch (NumberFormatException e) {
      return OptionalInt.of(0);
    }
  }

  private Optional<byte[]> take(String name) {
    Optional<byte[]> letter = letters.take(name);
    asked |= letter.isPresent();
    return letter;
  }

  /** Answers whoever asked, once it is final; does nothing when nobody did. */
  public void answer(Outcome outcome) {
    if (!asked || outcome.state() == State.PROBATION) {
      return;
    }
    asked = false;
    try {
      String answer = outcome.state().word() + "\n" + outcome.code() + "\n" + outcome.detail();
      letters.put("answer", answer.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.warn("An answer by hand cannot be written.", e);
    }
  }

  /** Asks; an older answer is gone. */
  public void ask(String name, byte[] bytes) throws IOException {
    letters.discard("answer");
    letters.put(name, bytes);
  }

  /** What became of it: state, code, detail; empty as long as nothing has. */
  public Optional<String[]> answer() throws IOException {
    return letters.read("answer").map(answer -> answer.split("\n", 3));
  }
}
