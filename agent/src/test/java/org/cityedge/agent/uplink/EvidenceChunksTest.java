package org.cityedge.agent.uplink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.agent.uplink.EvidenceChunks.CHUNK;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.cityedge.agent.testing.LogLines;
import org.cityedge.agent.uplink.EvidenceChunks.Answer;
import org.cityedge.agent.uplink.UplinkConfig.EvidencePolicy;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.MemoryEventStore;
import org.cityedge.buffer.Seal;
import org.cityedge.buffer.Settlement;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.video.Clip;
import org.cityedge.video.Picture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceChunksTest {
  private static final int LONG = 5 * 1024 * 1024 + 77;

  @TempDir Path folder;
  private final Uplink uplink = new Uplink();
  private final MemoryEventStore store = new MemoryEventStore(uplink.events::loss);
  private Clips clips;
  private EvidenceChunks evidence;
  private long nanos = -5;

  @BeforeEach
  void open() throws IOException {
    clips = Clips.open(folder.resolve("clips"), new Seal(folder.resolve("key")));
    evidence = evidence(store, EvidencePolicy.REQUEST);
  }

  private EvidenceChunks evidence(EventStore into, EvidencePolicy policy) {
    return new EvidenceChunks(clips, into, uplink.events, policy, () -> nanos);
  }

  private byte[] clip(String name, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    clips.put(name, bytes);
    return bytes;
  }

  private List<StoredEvent> waiting() {
    return store.read(Lane.EVIDENCE, 0, 1000, Long.MAX_VALUE);
  }

  private static void confirm(EventStore store, List<StoredEvent> events) {
    store.settle(events.stream().map(e -> new Settlement.Acknowledged(e.sequence())).toList());
  }

  /**
   * Confirms whatever waits until nothing more comes, and joins it by the offsets in the topics.
   */
  private byte[] drained(EvidenceChunks sender) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (List<StoredEvent> now = waiting(); !now.isEmpty(); now = waiting()) {
      for (StoredEvent one : now) {
        Outgoing message = Envelope.of(one, false, uplink.topics);
        uplink.schemas.assertValid(List.of(WireSchemas.message(message)));
        out.writeBytes(message.payload());
      }
      confirm(store, now);
      sender.tick();
    }
    return out.toByteArray();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void sendsThePiecesOfTheWholeWithItsChecksum() throws Exception {
    byte[] clip = clip("c1.mp4", LONG);
    assertThat(evidence.request("c1", 0))
        .isEqualTo(new Answer.Started("c1", "video/mp4", LONG, sha256(clip), 0));
    Outgoing first = Envelope.of(waiting().getFirst(), false, uplink.topics);
    assertThat(first.topic()).isEqualTo("city/v1/510108/gw-0042/evidence/c1/0");
    assertThat(first.contentType()).isEqualTo("video/mp4");
    assertThat(first.userProperties())
        .containsEntry("size", Integer.toString(LONG))
        .containsEntry("sha256", sha256(clip))
        .containsEntry("last", "false")
        .containsEntry("masked", "true");
    assertThat(drained(evidence)).isEqualTo(clip);
  }

  @Test
  void neverLetsMuchMoreThanAMebibyteWait() throws Exception {
    clip("c1.mp4", LONG);
    clip("c2.mp4", LONG);
    evidence.request("c1", 0);
    evidence.request("c2", 0);
    for (int i = 0; i < 5; i++) {
      evidence.tick();
      assertThat(store.account().waiting(Lane.EVIDENCE).bytes())
          .isBetween(1L << 20, (1L << 20) + 8 * EvidenceChunks.CHUNK);
    }
  }

  @Test
  void sendsOnlyTheRestWhenAskedFor() throws Exception {
    byte[] clip = clip("c1.jpg", 100_000);
    assertThat(evidence.request("c1", 99_990)).isInstanceOf(Answer.Started.class);
    StoredEvent only = waiting().getFirst();
    assertThat(only.event().topic()).endsWith("/evidence/c1/99990");
    assertThat(only.event().payload()).isEqualTo(Arrays.copyOfRange(clip, 99_990, 100_000));
    assertThat(Envelope.of(only, false, uplink.topics).userProperties())
        .containsEntry("last", "true");
    assertThat(evidence.request("c1", 100_000)).isInstanceOf(Answer.AlreadySending.class);
    confirm(store, waiting());
    assertThat(evidence.request("c1", 100_000)).isEqualTo(new Answer.BadOffset(100_000));
    assertThat(evidence.request("c1", -1)).isEqualTo(new Answer.BadOffset(100_000));
  }

  @Test
  void doesNotDoubleWhatStillWaits() throws Exception {
    clip("c1.mp4", LONG);
    evidence.request("c1", 0);
    assertThat(evidence.request("c1", 0)).isInstanceOf(Answer.AlreadySending.class);
    drained(evidence);
    assertThat(evidence.request("c1", 0)).isInstanceOf(Answer.Started.class);
  }

  @Test
  void goesOnAfterARestartWithoutAGapOrADouble() throws Exception {
    byte[] clip = clip("c1.mp4", LONG);
    evidence.request("c1", 0);
    evidence.tick();
    EvidenceChunks restarted = evidence(store, EvidencePolicy.REQUEST);
    assertThat(restarted.request("c1", 0)).isInstanceOf(Answer.AlreadySending.class);
    assertThat(drained(restarted)).isEqualTo(clip);
    assertThat(evidence(store, EvidencePolicy.REQUEST).request("c1", 0))
        .isInstanceOf(Answer.Started.class);
  }

  @Test
  void endsWithWhatWasEvictedMeanwhile() throws Exception {
    clip("c1.mp4", LONG);
    byte[] second = clip("c2.jpg", 70_000);
    evidence.request("c1", 0);
    evidence.request("c2", 0);
    clips.drop("c1.mp4");
    confirm(store, waiting().subList(0, 1));
    byte[] rest = drained(evidence);
    assertThat(rest).isEqualTo(second);
    assertThat(evidence.request("c1", 0)).isInstanceOf(Answer.NotKept.class);
  }

  @Test
  void passesOverWhatIsDamagedAndLeavesIt() throws Exception {
    clip("c1.mp4", LONG);
    byte[] second = clip("c2.jpg", 70_000);
    evidence.request("c1", 0);
    evidence.request("c2", 0);
    Path file = folder.resolve("clips").resolve("c1.mp4");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    confirm(store, waiting().subList(0, 1));
    byte[] rest = drained(evidence);
    int chunk = EvidenceChunks.CHUNK;
    assertThat(rest)
        .hasSizeLessThan(second.length + LONG)
        .startsWith(Arrays.copyOf(second, chunk))
        .endsWith(Arrays.copyOfRange(second, chunk, second.length));
    assertThat(file).hasBinaryContent(bytes);
    assertThat(evidence.request("c1", 0))
        .isInstanceOfSatisfying(
            Answer.Failed.class, f -> assertThat(f.reason()).contains("c1.mp4 is damaged"));
  }

  @Test
  void sendsTheOthersWhileOneCannotBeRead() throws Exception {
    byte[] first = clip("c1.jpg", 70_000);
    byte[] second = clip("c2.jpg", 70_000);
    evidence.request("c1", 0);
    evidence.request("c2", 0);
    Path file = folder.resolve("clips").resolve("c1.jpg");
    Path aside = Files.move(file, folder.resolve("aside"));
    Files.createSymbolicLink(file, file);
    assertThat(drained(evidence)).endsWith(Arrays.copyOfRange(second, CHUNK, second.length));
    Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
    evidence.tick();
    assertThat(drained(evidence)).isEqualTo(Arrays.copyOfRange(first, CHUNK, first.length));
  }

  @Test
  void passesOverAFileThatSomebodyRemoved() throws Exception {
    clip("c1.jpg", 70_000);
    byte[] second = clip("c2.jpg", 70_000);
    evidence.request("c1", 0);
    evidence.request("c2", 0);
    Files.delete(folder.resolve("clips").resolve("c1.jpg"));
    assertThat(drained(evidence)).endsWith(Arrays.copyOfRange(second, CHUNK, second.length));
    assertThat(evidence.request("c1", 0)).isInstanceOf(Answer.NotKept.class);
  }

  @Test
  void refusesWhenManyAreUnfinished() throws Exception {
    for (int i = 0; i <= EvidenceChunks.MAX_SENDING; i++) {
      clip("c" + i + ".mp4", 70_000);
      Answer answer = evidence.request("c" + i, 0);
      assertThat(answer instanceof Answer.TooMany).isEqualTo(i == EvidenceChunks.MAX_SENDING);
    }
  }

  /** Through an outage, over a restart, without being asked for. */
  @Test
  void everyClipLeavesByItselfAlsoThoseForWhichThereWasNoPlaceYet() throws Exception {
    EvidenceChunks sender = evidence(store, EvidencePolicy.ALERTS);
    int clips = EvidenceChunks.MAX_SENDING + 3;
    for (int i = 0; i < clips; i++) {
      byte[] clip = new byte[70_000 + i];
      new Random(i).nextBytes(clip);
      sender.keepClip("c" + i, made(clip));
    }
    assertThat(begun(waiting())).doesNotContain("c" + EvidenceChunks.MAX_SENDING);
    assertThat(begun(sent(evidence(store, EvidencePolicy.ALERTS)))).hasSize(clips);
    assertThat(sent(evidence(store, EvidencePolicy.ALERTS))).as("owed no more").isEmpty();
  }

  @Test
  void owesNothingOnceThePolicyIsToWaitForARequest() throws Exception {
    EvidenceChunks sender = evidence(store, EvidencePolicy.ALERTS);
    for (int i = 0; i <= EvidenceChunks.MAX_SENDING; i++) {
      sender.keepClip("c" + i, made(new byte[70_000]));
    }
    assertThat(begun(sent(evidence(store, EvidencePolicy.REQUEST))))
        .hasSize(EvidenceChunks.MAX_SENDING);
  }

  @Test
  void namesItsNoteWhereThatIsSomethingElse() {
    store.append(List.of(), Map.of("evidence.sending", "null".getBytes(UTF_8)));
    try (LogLines log = LogLines.of(EvidenceChunks.class)) {
      evidence(store, EvidencePolicy.ALERTS).tick();
      assertThat(log.lines()).singleElement().asString().contains("evidence.sending");
    }
  }

  @Test
  void sendsWhatIsAskedForWhereTheDiskDoesNotGiveItsNoteBack() throws Exception {
    clip("c1.mp4", 70_000);
    MemoryEventStore unreadable =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public Optional<byte[]> note(String key) throws IOException {
            throw new IOException("cannot read the event store: disk fault");
          }
        };
    try (LogLines log = LogLines.of(EvidenceChunks.class)) {
      assertThat(evidence(unreadable, EvidencePolicy.REQUEST).request("c1", 0))
          .isInstanceOf(Answer.Started.class);
      assertThat(log.lines()).singleElement().asString().contains("evidence.sending");
    }
  }

  /** All of it is read for its checksum, on the thread that ends alarms. */
  @Test
  void triesWhatIsOwedOnlyOnceAWhileWhileTheStoreRefuses() throws Exception {
    AtomicInteger tried = new AtomicInteger();
    AtomicBoolean full = new AtomicBoolean(true);
    MemoryEventStore filling =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public synchronized Append append(List<Event> events, Map<String, byte[]> notes) {
            tried.addAndGet(events.size());
            return full.get() && !events.isEmpty()
                ? new Append.Refused("disk full")
                : super.append(events, notes);
          }
        };
    clip("c1.jpg", 10);
    clip("c2.jpg", 10);
    clip("c3.jpg", 10);
    byte[] note = new EvidenceNote(List.of(), List.of("c1", "c2")).json();
    filling.append(List.of(), Map.of("evidence.sending", note));
    EvidenceChunks sender = evidence(filling, EvidencePolicy.ALERTS);
    sender.tick();
    sender.tick();
    assertThat(tried).hasValue(1);
    nanos += OwedEvidence.RETRY.toNanos();
    sender.tick();
    sender.tick();
    assertThat(tried).hasValue(2);

    full.set(false);
    assertThat(sender.request("c3", 0)).isInstanceOf(Answer.Started.class);
    sender.tick();
    sender.tick();
    assertThat(begun(filling.read(Lane.EVIDENCE, 0, 100, Long.MAX_VALUE)))
        .as("it takes something again")
        .containsExactlyInAnyOrder("c1", "c2", "c3");
  }

  @Test
  void aClipThatTheStoreRefusesLeavesOnceThereIsRoom() throws Exception {
    AtomicBoolean full = new AtomicBoolean(true);
    MemoryEventStore filling =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public synchronized Append append(List<Event> events, Map<String, byte[]> notes) {
            return full.get() ? new Append.Refused("disk full") : super.append(events, notes);
          }
        };
    EvidenceChunks sender = evidence(filling, EvidencePolicy.ALERTS);
    sender.keepClip("c1", made(new byte[10]));
    sender.keep("e1", new Picture.Masked(new byte[] {1, 2, 3}, Instant.EPOCH));
    full.set(false);
    nanos += OwedEvidence.RETRY.toNanos();
    sender.tick();
    sender.tick();
    assertThat(begun(filling.read(Lane.EVIDENCE, 0, 100, Long.MAX_VALUE)))
        .containsExactlyInAnyOrder("c1", "e1");
  }

  @Test
  void readsAKeptClipForItsChecksumNoSecondTime() throws Exception {
    EvidenceChunks sender = evidence(store, EvidencePolicy.ALERTS);
    int clips = EvidenceChunks.MAX_SENDING + 1;
    for (int i = 0; i < clips; i++) {
      sender.keepClip("c" + i, made(new byte[700_000]));
    }
    Path last = folder.resolve("clips").resolve("c" + (clips - 1) + ".mp4");
    byte[] bytes = Files.readAllBytes(last);
    bytes[bytes.length - 1] ^= 1;
    Files.write(last, bytes);
    assertThat(begun(sent(sender))).as("its first chunks are good").hasSize(clips);
  }

  private Clip.Made made(byte[] clip) throws IOException {
    Path file = Files.write(folder.resolve("made.mp4"), clip);
    return new Clip.Made(file, Instant.EPOCH, Optional.empty());
  }

  /** Confirms whatever waits until nothing more comes in three ticks. */
  private List<StoredEvent> sent(EvidenceChunks sender) {
    List<StoredEvent> out = new ArrayList<>();
    int idle = 0;
    while (idle < 3) {
      List<StoredEvent> now = waiting();
      idle = now.isEmpty() ? idle + 1 : 0;
      out.addAll(now);
      confirm(store, now);
      sender.tick();
    }
    return out;
  }

  private static Set<String> begun(List<StoredEvent> chunks) {
    return chunks.stream()
        .map(chunk -> chunk.event().topic().split("/", -1)[5])
        .collect(Collectors.toSet());
  }

  @Test
  void saysThatTheDiskRefused() throws Exception {
    clip("c1.jpg", 10);
    MemoryEventStore full =
        new MemoryEventStore(uplink.events::loss) {
          @Override
          public synchronized Append append(List<Event> events, Map<String, byte[]> notes) {
            return new Append.Refused("disk full");
          }
        };
    EvidenceChunks refused = evidence(full, EvidencePolicy.REQUEST);
    assertThat(refused.request("c1", 0)).isEqualTo(new Answer.Failed("disk full"));
    assertThat(refused.request("c1", 0)).isEqualTo(new Answer.Failed("disk full"));
  }

  @Test
  void keepsPicturesAndSendsThemByItselfOnlyWhenThePolicySaysSo() throws Exception {
    Picture.Masked picture = new Picture.Masked(new byte[] {1, 2, 3}, Instant.EPOCH);
    evidence.keep("e1", picture);
    assertThat(clips.find("e1").orElseThrow().read(0, 3)).isEqualTo(picture.jpeg());
    assertThat(waiting()).isEmpty();
    evidence(store, EvidencePolicy.ALERTS).keep("e2", picture);
    assertThat(waiting()).hasSize(1);
    assertThat(waiting().getFirst().event().topic()).endsWith("/evidence/e2/0");
  }
}
