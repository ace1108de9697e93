package org.cityedge.buffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Producers append, one publisher reads and settles; the disk is the only hand-over between them.
 * Every method may be called from any thread; {@code append} and {@code settle} share transactions
 * with other callers' (group commit).
 */
public interface EventStore extends AutoCloseable {
  /** Most bytes that one append may carry: topics, attributes and payloads, and its notes. */
  int MAX_APPEND = 1024 * 1024;

  /** Most bytes of one note. */
  int MAX_NOTE = 256 * 1024;

  /**
   * Stores events in the given order, all or none, and returns after the commit.
   *
   * @param events at least one, or none beside a note, which then has the rights of the least
   *     urgent lane; with the notes at most {@value #MAX_APPEND} bytes
   * @param notes the producer's own durable memory, replaced in the same transaction: what it must
   *     know after a crash in exactly the state that these events report (the open alerts, say).
   *     Key: {@code [a-z0-9.-]{1,64}}; at most {@value #MAX_NOTE} bytes each; an empty array
   *     deletes the note
   * @throws IllegalArgumentException beyond these bounds
   */
  Append append(List<Event> events, Map<String, byte[]> notes);

  default Append append(Event event) {
    return append(List.of(event), Map.of());
  }

  /**
   * The note as last committed.
   *
   * @throws IOException when the disk refuses or the note is damaged; others can be read, as damage
   *     is mended by the store itself
   */
  Optional<byte[]> note(String key) throws IOException;

  /**
   * The keys of all notes that begin so, as last committed, in ascending order.
   *
   * @throws IOException as {@link #note}
   */
  List<String> noteKeys(String prefix) throws IOException;

  /**
   * The oldest waiting events of a lane with a sequence above {@code after}, ascending.
   *
   * @param limit 1..1000 events; fewer come back when their payloads pass {@code maxBytes}, but at
   *     least one if one waits
   * @throws java.io.UncheckedIOException when the disk refuses or what it holds is damaged; damage
   *     is mended by the store itself, and a later call reads on after it
   */
  List<StoredEvent> read(Lane lane, long after, int limit, long maxBytes);

  /**
   * The sequence of the {@code count}-th newest waiting event of a lane, 0 when fewer wait.
   *
   * @param count 1..1000
   * @throws java.io.UncheckedIOException when the disk refuses
   */
  long newest(Lane lane, int count);

  /**
   * Books what became of sent events and deletes them; returns after the commit. Unknown numbers
   * are passed over, so settling twice does no harm. What is not settled waits, and is read again
   * by whoever starts from 0.
   *
   * @throws java.io.UncheckedIOException when the disk refuses; nothing changed, the events will be
   *     sent again
   */
  default void settle(List<? extends Settlement> settlements) {
    Optional<String> refusal = settling(settlements).join();
    if (refusal.isPresent()) {
      throw new UncheckedIOException(new IOException("cannot settle: " + refusal.get()));
    }
  }

  /**
   * As {@link #settle}, without waiting for the commit.
   *
   * @return empty once booked, else why nothing changed; never fails otherwise. What depends on it
   *     may run on the store's thread, so it must be short
   */
  CompletableFuture<Optional<String>> settling(List<? extends Settlement> settlements);

  /**
   * Waits until the number of appended events passes {@code seen}, or the timeout ends; {@link
   * #close} lets go who waits then. A closed store lets the timeout end.
   *
   * @return {@link Account#appended} as it is now
   */
  long await(long seen, Duration timeout) throws InterruptedException;

  Account account();

  /**
   * How often the store has been opened, from 1; tells the events of one start from those of the
   * next.
   */
  long boot();

  /** What is wrong with the store right now ("disk full"), empty when it works. */
  Optional<String> trouble();

  /**
   * Commits what was appended, then closes; any number of times. From then on {@code append}
   * answers {@link Append.Refused}, {@code settling} answers a reason, {@code read} and {@code
   * note} throw {@link IllegalStateException}.
   */
  @Override
  void close();
}
