package org.cityedge.agent.uplink;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SealedFile;
import org.cityedge.video.Clip;
import org.cityedge.video.Picture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps evidence on the gateway and sends it in chunks, as events of the lowest lane, when it is
 * asked for or, by policy, after its alert. Only masked pictures and clips get in.
 *
 * <p>How far each one is stands in a note that is committed together with its chunks, so after a
 * crash at any instant it goes on where it was: no byte is missing, none is sent under a second id.
 * The store never holds much more than {@value #WINDOW} bytes of chunks: further ones are appended
 * as those are confirmed, so a long clip pushes nothing else out. One after the other; at most
 * {@value #MAX_SENDING} are unfinished at a time, each with one chunk waiting at least. What is to
 * leave by itself and finds no place is owed, which stands in the note as well, and begins when
 * there is one; of those owed the newest {@value OwedEvidence#MOST}.
 *
 * <p>Any thread; the lock is held over commits of at most 8 chunks.
 */
public final class EvidenceChunks implements EvidenceShelf {
  static final int CHUNK = 60 * 1024;
  static final int MAX_SENDING = 32;

  private static final long WINDOW = 1 << 20;
  private static final int CHUNKS_PER_APPEND = 8;

  private static final Logger LOG = LoggerFactory.getLogger(EvidenceChunks.class);

  /** What becomes of a request. */
  public sealed interface Answer {
    /** Its chunks come, from byte {@code from} on. */
    record Started(String id, String contentType, long size, String sha256, long from)
        implements Answer {}

    /** Unknown, or kept no longer. */
    record NotKept() implements Answer {}

    /** Chunks of it still wait; they come by themselves. */
    record AlreadySending() implements Answer {}

    /** {@value EvidenceChunks#MAX_SENDING} are being sent; ask later. */
    record TooMany() implements Answer {}

    /** {@code from} must be 0..size-1. */
    record BadOffset(long size) implements Answer {}

    /** The disk refused; the reason is fit for a person. */
    record Failed(String reason) implements Answer {}
  }

  private final Clips clips;
  private final EventStore store;
  private final CloudEvents events;
  private volatile UplinkConfig.EvidencePolicy policy;

  // Guarded by this.
  private final StartedEvidence sending = new StartedEvidence();

  private final OwedEvidence owed;

  /** Those of which the log says already that they wait. */
  private final Set<String> troubled = new HashSet<>();

  /**
   * @param nanos monotonic clock
   */
  public EvidenceChunks(
      Clips clips,
      EventStore store,
      CloudEvents events,
      UplinkConfig.EvidencePolicy policy,
      LongSupplier nanos) {
    this.clips = clips;
    this.store = store;
    this.events = events;
    this.policy = policy;
    this.owed = new OwedEvidence(nanos);
    load();
  }

  /** From now on, and for what is owed. */
  public synchronized void follow(UplinkConfig.EvidencePolicy next) {
    policy = next;
    if (next != UplinkConfig.EvidencePolicy.ALERTS) {
      owed.clear();
    }
  }

  /**
   * Keeps a picture whose alert was stored; it may be asked for as long as it is kept, and leaves
   * by itself when the policy says so.
   */
  @Override
  public void keep(String id, Picture.Masked picture) {
    try {
      clips.put(id + ".jpg", picture.jpeg());
    } catch (IOException e) {
      LOG.warn("Evidence cannot be kept. id={} reason=\"{}\"", id, e.getMessage());
      return;
    }
    sendByPolicy(new OwedEvidence.Owed(id, null));
  }

  /**
   * Keeps a picture that somebody asked for, and begins to send it.
   *
   * @throws IOException when it cannot be kept; the reason is fit for a person
   */
  public Answer send(String id, Picture.Masked picture) throws IOException {
    clips.put(id + ".jpg", picture.jpeg());
    return request(id, 0);
  }

  @Override
  public Kept keepClip(String id, Clip.Made clip) throws IOException {
    String name = id + ".mp4";
    clips.put(name, clip.file());
    WholeEvidence whole =
        WholeEvidence.of(id, clips.find(id).orElseThrow(() -> new IOException(name + " is gone")));
    sendByPolicy(new OwedEvidence.Owed(id, whole));
    return new Kept(whole.size(), whole.sha256());
  }

  private void sendByPolicy(OwedEvidence.Owed fresh) {
    if (policy != UplinkConfig.EvidencePolicy.ALERTS) {
      return;
    }
    switch (request(fresh.id(), 0, fresh.whole())) {
      case Answer.Started _, Answer.AlreadySending _ -> {}
      case Answer.TooMany _ -> owe(fresh);
      case Answer.Failed(String reason) -> {
        LOG.warn("Evidence waits; it is tried again. id={} reason=\"{}\"", fresh.id(), reason);
        owe(fresh);
      }
      case Answer.NotKept _, Answer.BadOffset _ -> staysHere(fresh.id());
    }
  }

  private static void staysHere(String id) {
    LOG.warn("Evidence does not leave by itself; it can be asked for. id={}", id);
  }

  private synchronized void owe(OwedEvidence.Owed fresh) {
    if (policy != UplinkConfig.EvidencePolicy.ALERTS) {
      return;
    }
    owed.add(fresh).ifPresent(EvidenceChunks::staysHere);
    byte[] note = new EvidenceNote(sending.note(), owed.ids()).json();
    if (store.append(List.of(), Map.of(EvidenceNote.KEY, note))
        instanceof Append.Refused(String reason)) {
      LOG.warn(
          "A restart would forget that evidence is owed. id={} reason=\"{}\"", fresh.id(), reason);
    }
  }

  /** At most one each time, since all of it may have to be read for its checksum. */
  private void beginOwed() {
    Optional<OwedEvidence.Owed> due;
    synchronized (this) {
      due = sending.unfinished().size() >= MAX_SENDING ? Optional.empty() : owed.due();
    }
    due.ifPresent(this::begin);
  }

  private void begin(OwedEvidence.Owed due) {
    String id = due.id();
    switch (request(id, 0, due.whole())) {
      case Answer.Started _, Answer.TooMany _ -> {}
      case Answer.AlreadySending _, Answer.NotKept _, Answer.BadOffset _ -> forget(id);
      case Answer.Failed(String reason) -> postpone(id, reason);
    }
  }

  private synchronized void forget(String id) {
    owed.remove(id);
  }

  private synchronized void postpone(String id, String reason) {
    if (owed.postpone(id)) {
      waits(id, reason);
    } else {
      staysHere(id);
    }
  }

  /**
   * Begins to send what is kept under the id.
   *
   * @param from first byte wanted
   */
  public Answer request(String id, long from) {
    return request(id, from, null);
  }

  /**
   * @param known what is kept under the id, when it was read already
   */
  private Answer request(String id, long from, @Nullable WholeEvidence known) {
    synchronized (this) {
      sending.release(store.account().waiting(Lane.EVIDENCE));
      if (sending.contains(id)) {
        return new Answer.AlreadySending();
      }
    }
    Optional<SealedFile> file = clips.find(id);
    if (file.isEmpty()) {
      return new Answer.NotKept();
    }
    try {
      WholeEvidence whole =
          known != null && known.size() == file.get().size()
              ? known
              : WholeEvidence.of(id, file.get());
      if (from < 0 || from >= whole.size()) {
        return new Answer.BadOffset(whole.size());
      }
      return begin(new StartedEvidence.Started(whole, from, 0), file.get());
    } catch (NoSuchFileException e) {
      return new Answer.NotKept();
    } catch (SealedFile.Damaged e) {
      forget(id);
      return new Answer.Failed(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Answer.Failed(String.valueOf(e.getMessage()));
    }
  }

  private synchronized Answer begin(StartedEvidence.Started fresh, SealedFile file)
      throws IOException {
    WholeEvidence whole = fresh.whole();
    if (sending.contains(whole.id())) {
      return new Answer.AlreadySending();
    }
    if (sending.unfinished().size() >= MAX_SENDING) {
      return new Answer.TooMany();
    }
    owed.known(whole);
    // The first chunk goes at once, so that whoever asks hears of a store that refuses.
    if (append(fresh, file, 1) instanceof Append.Refused(String reason)) {
      return new Answer.Failed(reason);
    }
    return new Answer.Started(
        whole.id(), whole.contentType(), whole.size(), whole.sha256(), fresh.next());
  }

  /** Once a second or so: appends what the lane has room for, and begins what is owed. */
  public void tick() {
    appendMore();
    beginOwed();
  }

  private synchronized void appendMore() {
    sending.release(store.account().waiting(Lane.EVIDENCE));
    troubled.removeIf(id -> !sending.contains(id) && !owed.contains(id));
    for (StartedEvidence.Started unfinished : sending.unfinished()) {
      StartedEvidence.Started next = unfinished;
      while (next != null && !next.isAppended()) {
        if (store.account().waiting(Lane.EVIDENCE).bytes() >= WINDOW) {
          return;
        }
        switch (goOn(next)) {
          case APPENDED -> next = sending.get(next.whole().id());
          case PASSED_OVER -> next = null;
          case STORE_REFUSED -> {
            return;
          }
        }
      }
    }
  }

  private enum Step {
    APPENDED,
    /** It is gone, or cannot be read now; the others can. */
    PASSED_OVER,
    /** And would refuse the others as well. */
    STORE_REFUSED
  }

  private Step goOn(StartedEvidence.Started one) {
    String id = one.whole().id();
    try {
      Optional<SealedFile> file = clips.find(id);
      if (file.isEmpty() || file.get().size() != one.whole().size()) {
        return gone(one);
      }
      if (append(one, file.get(), CHUNKS_PER_APPEND) instanceof Append.Refused(String reason)) {
        waits(id, reason);
        return Step.STORE_REFUSED;
      }
      troubled.remove(id);
      return Step.APPENDED;
    } catch (NoSuchFileException e) {
      return gone(one);
    } catch (SealedFile.Damaged e) {
      LOG.error(
          "Evidence cannot be sent; it stays where it is. id={} reason=\"{}\"", id, e.getMessage());
      sending.remove(id);
    } catch (IOException e) {
      waits(id, String.valueOf(e.getMessage()));
    }
    return Step.PASSED_OVER;
  }

  private Step gone(StartedEvidence.Started one) {
    String id = one.whole().id();
    LOG.warn("Evidence went while it was sent. id={} sentBytes={}", id, one.next());
    sending.remove(id);
    return Step.PASSED_OVER;
  }

  private void waits(String id, String reason) {
    if (troubled.add(id)) {
      LOG.warn("Evidence waits; it is tried again. id={} reason=\"{}\"", id, reason);
    }
  }

  private Append append(StartedEvidence.Started one, SealedFile file, int chunks)
      throws IOException {
    WholeEvidence whole = one.whole();
    Instant keptAt = file.keptAt();
    List<Event> out = new ArrayList<>();
    long next = one.next();
    for (int i = 0; i < chunks && next < whole.size(); i++) {
      byte[] chunk = file.read(next, (int) Math.min(CHUNK, whole.size() - next));
      out.add(events.evidence(whole, keptAt, next, chunk));
      next += chunk.length;
    }
    List<String> stillOwed = owed.ids().stream().filter(id -> !id.equals(whole.id())).toList();
    byte[] note = new EvidenceNote(sending.noteWith(whole, next), stillOwed).json();
    Append result = store.append(out, Map.of(EvidenceNote.KEY, note));
    long last =
        switch (result) {
          case Append.Stored(long sequence) -> sequence;
          case Append.StoredAfterDropping(long sequence, var _) -> sequence;
          case Append.Refused _ -> 0;
        };
    if (last == 0) {
      owed.storeRefused();
    } else {
      owed.storeTook();
      sending.put(new StartedEvidence.Started(whole, next, last));
      owed.remove(whole.id());
    }
    return result;
  }

  private void load() {
    try {
      Optional<byte[]> json = store.note(EvidenceNote.KEY);
      if (json.isEmpty()) {
        return;
      }
      EvidenceNote note = EvidenceNote.read(json.get());
      // Their last chunks are among those that the store has.
      long until = store.account().appended();
      for (EvidenceNote.Started one : note.started()) {
        sending.put(new StartedEvidence.Started(one.whole(), one.next(), until));
      }
      if (policy == UplinkConfig.EvidencePolicy.ALERTS) {
        note.owed().forEach(id -> owed.add(new OwedEvidence.Owed(id, null)));
      }
    } catch (IOException e) {
      LOG.error(
          "The note {} cannot be read: what was being sent can be asked for again. fault=\"{}\"",
          EvidenceNote.KEY,
          e.getMessage());
    }
  }
}
