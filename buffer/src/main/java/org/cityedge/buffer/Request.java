package org.cityedge.buffer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What a caller asks of the writer thread, and where it waits for the commit. */
sealed interface Request {
  /** Bytes that it brings into the transaction. */
  long bytes();

  /** Whether it may use the space that is reserved for a full disk. */
  boolean urgent();

  /** Answers a caller who has not been answered yet: nothing changed, for this reason. */
  void refuse(String reason);

  record Appending(
      List<Event> events, Map<String, byte[]> notes, long bytes, CompletableFuture<Append> outcome)
      implements Request {
    Appending(List<Event> events, Map<String, byte[]> notes) {
      this(List.copyOf(events), Map.copyOf(notes), bytes(events, notes), new CompletableFuture<>());
      if (this.events.isEmpty() && this.notes.isEmpty()) {
        throw new IllegalArgumentException("an append carries at least one event or note");
      }
      if (bytes > EventStore.MAX_APPEND) {
        throw new IllegalArgumentException(
            "an append carries at most " + EventStore.MAX_APPEND + " bytes, was " + bytes);
      }
      this.notes.forEach(Appending::check);
    }

    /**
     * Its most urgent lane; the whole append makes room with that one's rights. The least urgent
     * when it carries nothing but notes.
     */
    Lane lane() {
      return events.stream().map(Event::lane).min(Lane::compareTo).orElse(Lane.EVIDENCE);
    }

    @Override
    public boolean urgent() {
      return lane() == Lane.ALERT;
    }

    @Override
    public void refuse(String reason) {
      outcome.complete(new Append.Refused(reason));
    }

    private static long bytes(List<Event> events, Map<String, byte[]> notes) {
      return events.stream().mapToLong(Event::octets).sum()
          + notes.values().stream().mapToLong(note -> note.length).sum();
    }

    private static void check(String key, byte[] note) {
      if (!key.matches("[a-z0-9.-]{1,64}")) {
        throw new IllegalArgumentException(
            "note key must match [a-z0-9.-]{1,64}, was \"" + key + "\"");
      }
      if (note.length > EventStore.MAX_NOTE) {
        throw new IllegalArgumentException(
            "note \"%s\" must be 0..%d bytes, was %d"
                .formatted(key, EventStore.MAX_NOTE, note.length));
      }
    }
  }

  /**
   * A clip is about to be put, and the files together shall be within the cap.
   *
   * @param clip bytes of it, sealed; 0 for those that are there already
   * @param outcome empty when they are, and the clip is counted; else why not, and it is not
   */
  record Fitting(long clip, CompletableFuture<Optional<String>> outcome) implements Request {
    Fitting(long clip) {
      this(clip, new CompletableFuture<>());
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public boolean urgent() {
      return false;
    }

    @Override
    public void refuse(String reason) {
      outcome.complete(Optional.of(reason));
    }
  }

  /**
   * @param outcome empty when booked, else why not
   */
  record Settling(List<Settlement> settlements, CompletableFuture<Optional<String>> outcome)
      implements Request {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public boolean urgent() {
      return true;
    }

    @Override
    public void refuse(String reason) {
      outcome.complete(Optional.of(reason));
    }
  }
}
