package org.cityedge.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.EvidenceChunks;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.agent.uplink.UplinkConfig.EvidencePolicy;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Seal;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.video.Observation;
import org.cityedge.video.Observation.Region;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CameraSnapshotTest {
  private static final Picture MASKED =
      new Picture.Masked(new byte[] {(byte) 0xFF, (byte) 0xD8, 1}, Instant.EPOCH);

  private final InstantSource clock = InstantSource.system();
  private final CloudEvents events =
      new CloudEvents(
          new Topics("510108", "gw-1"), ZoneOffset.UTC, clock, new Ulid(clock, new Random(1)));
  @TempDir Path folder;
  private EventStore store;
  private Clips clips;

  @BeforeEach
  void open() throws Exception {
    store = SqliteEventStore.open(BufferConfig.defaults(folder), events::loss, clock);
    clips = Clips.open(folder.resolve("clips"), new Seal(folder.resolve("key")));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private CameraSnapshot snapshots(Duration patience) {
    return new CameraSnapshot(
        new EvidenceChunks(clips, store, events, EvidencePolicy.REQUEST, System::nanoTime),
        () -> List.of("cam-1"),
        () -> "01ABC",
        patience);
  }

  private static Answer ask(CameraSnapshot snapshots, String camera) throws Exception {
    return snapshots.apply(
        JsonMapper.builder().build().readTree("{\"camera\":\"" + camera + "\"}"));
  }

  /** Begins to wait on another thread; what is offered before it waits is not taken. */
  private static Answer.Now ask(CameraSnapshot snapshots, Observation seen, Picture picture)
      throws Exception {
    Answer.Later later = (Answer.Later) ask(snapshots, "cam-1");
    FutureTask<Answer.Now> waiting = new FutureTask<>(later.work()::answer);
    Thread.ofVirtual().start(waiting);
    while (!waiting.isDone()) {
      snapshots.offer(seen, new Strict(picture));
      Thread.onSpinWait();
    }
    return waiting.get();
  }

  /** Has what was asked for without an alert, and nothing else. */
  private record Strict(Picture masked) implements Witness {
    @Override
    public Picture get() {
      throw new AssertionError("a picture that spares smoke was asked for");
    }

    @Override
    public Witness strict() {
      return () -> masked;
    }
  }

  private static Observation seen(Observation.Kind kind, List<Region> regions) {
    return new Observation(
        "cam-1",
        "all",
        kind,
        "test/1",
        0.9,
        OptionalDouble.empty(),
        true,
        Map.of(),
        regions,
        0,
        Instant.EPOCH);
  }

  @Test
  void theNextPictureIsKeptAndItsChunksFollow() throws Exception {
    Answer.Now answer =
        ask(snapshots(Duration.ofMinutes(1)), seen(Observation.Kind.CROWD, List.of()), MASKED);
    assertThat(answer).isInstanceOf(Answer.Done.class);
    assertThat(((Answer.Done) answer).facts())
        .containsEntry("id", "01abc")
        .containsEntry("type", "image/jpeg")
        .containsEntry("size", 3L);
    assertThat(clips.find("01abc")).isPresent();
  }

  @Test
  void whatCannotBeMaskedDoesNotLeave() throws Exception {
    assertThat(
            ask(
                snapshots(Duration.ofMinutes(1)),
                seen(Observation.Kind.CROWD, List.of()),
                new Picture.Withheld("no model of faces")))
        .isEqualTo(new Answer.Refused("WITHHELD", "no model of faces"));
    assertThat(clips.find("01abc")).isEmpty();
  }

  @Test
  void whereSmokeIsSeenNothingIsSparedFromMasking() throws Exception {
    Observation smoke = seen(Observation.Kind.SMOKE, List.of(new Region(0, 0, 0.5, 0.5)));
    Answer.Now answer = ask(snapshots(Duration.ofMinutes(1)), smoke, MASKED);
    assertThat(answer).isInstanceOf(Answer.Done.class);
  }

  @Test
  void aCameraWithoutPicturesIsToldOf() throws Exception {
    Answer.Later later = (Answer.Later) ask(snapshots(Duration.ofMillis(1)), "cam-1");
    assertThat(((Answer.Refused) later.work().answer()).code()).isEqualTo("NO_PICTURE");
  }

  @Test
  void aCameraThatThereIsNotIsRefusedAtOnceWithThoseThereAre() throws Exception {
    assertThat(((Answer.Refused) ask(snapshots(Duration.ofMinutes(1)), "cam-9")).message())
        .contains("cam-1");
  }
}
