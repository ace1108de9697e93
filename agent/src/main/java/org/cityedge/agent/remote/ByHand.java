package org.cityedge.agent.remote;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.OptionalInt;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a technician asks of the agent on the gateway itself: an order from a stick, or the way
 * back. Files in {@code config/by-hand} of the data folder, each put there by a rename and deleted
 * when it is taken; whoever may write there owns the gateway anyway. An order is judged like one
 * from afar.
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

  private static final long MOST_BYTES = 64 * 1024;
  private static final Logger LOG = LoggerFactory.getLogger(ByHand.class);

  private final Path folder;
  private boolean asked;

  public ByHand(Path data) {
    this.folder = data.resolve("config").resolve("by-hand");
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
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      // One that is too large is cut, and then its signature does not fit.
      byte[] bytes;
      try (var in = Files.newInputStream(file)) {
        bytes = in.readNBytes((int) MOST_BYTES + 1);
      }
      Files.delete(file);
      asked = true;
      return Optional.of(bytes);
    } catch (IOException e) {
      LOG.warn("What is asked by hand cannot be taken. file={}", file, e);
      return Optional.empty();
    }
  }

  /** Answers whoever asked, once it is final; does nothing when nobody did. */
  public void answer(Outcome outcome) {
    if (!asked || outcome.state() == State.PROBATION) {
      return;
    }
    asked = false;
    try {
      put("answer", outcome.state().word() + "\n" + outcome.code() + "\n" + outcome.detail());
    } catch (IOException e) {
      LOG.warn("An answer by hand cannot be written.", e);
    }
  }

  /** Asks; an older answer is gone. */
  public void ask(String name, byte[] bytes) throws IOException {
    Files.createDirectories(folder);
    Files.deleteIfExists(folder.resolve("answer"));
    put(name, bytes);
  }

  /** What became of it: state, code, detail; empty as long as nothing has. */
  public Optional<String[]> answer() throws IOException {
    Path file = folder.resolve("answer");
    return Files.isRegularFile(file)
        ? Optional.of(Files.readString(file).split("\n", 3))
        : Optional.empty();
  }

  private void put(String name, String text) throws IOException {
    put(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void put(String name, byte[] bytes) throws IOException {
    Path fresh = folder.resolve(name + ".new");
    Files.write(fresh, bytes);
    Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }
}
