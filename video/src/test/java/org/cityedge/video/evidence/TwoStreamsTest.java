package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Cameras;
import org.cityedge.video.Clip;
import org.cityedge.video.Frame;
import org.cityedge.video.Natives;
import org.cityedge.video.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is ordered of a camera that has a stream for evidence: files as the children write them, by
 * hand, beside a child that waits for a silent camera; time as the test says. What is real is
 * {@link RecorderIT}'s.
 */
@Timeout(60)
class TwoStreamsTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private final Evidence evidence = new Evidence();
  private final List<Clip> clips = new ArrayList<>();
  private final Orders orders = new Orders();
  private ServerSocket silent;
  private ClipMaker maker;
  private Recorder recorder;
  private long seconds = 100;
  private int files;

  /** They stay where they are. */
  private static final class Orders extends ArrayBlockingQueue<ClipOrder> {
    private final transient List<ClipOrder> all = new ArrayList<>();

    Orders() {
      super(ClipMaker.WAITING);
    }

    @Override
    public boolean offer(ClipOrder order) {
      return all.add(order);
    }
  }

  @BeforeAll
  static void loadsOpenCv() {
    Natives.load();
  }

  @BeforeEach
  void ordersTheSecondsFrom102Until110() throws IOException {
    silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    URI uri = URI.create("rtsp://127.0.0.1:" + silent.getLocalPort() + "/cam");
    Optional<String> none = Optional.empty();
    EvidenceConfig standard = EvidenceConfig.DEFAULT;
    maker = new ClipMaker(folder.resolve("clips"), orders, System::nanoTime);
    recorder =
        new Recorder(
            Cameras.of(new Source(uri, Optional.of(uri), Optional.empty(), none, none, none)),
            new EvidenceConfig(
                true,
                Duration.ofSeconds(4),
                Duration.ofSeconds(4),
                MIB,
                standard.keep(),
                standard.originals()),
            maker,
            folder.resolve("ring"),
            KeyFiles.in(folder),
            () -> nanos(seconds),
            () -> Instant.ofEpochSecond(seconds));
    for (int s = 0; s < 20; s++) {
      evidence.learn(new Frame(64, 48, new byte[64 * 48 * 3], nanos(s), Instant.ofEpochSecond(s)));
    }
    recorder.order(nanos(106), evidence, false, clips::add);
    recorder.tick(Optional.empty());
  }

  @AfterEach
  void closes() throws IOException {
    recorder.close();
    maker.close();
    orders.all.forEach(ClipOrder::close);
    evidence.close();
    silent.close();
  }

  private static long nanos(long second) {
    return Duration.ofSeconds(second).toNanos();
  }

  /** A file of each stream every two seconds, until the one that begins at the given second. */
  private void record(long until, int mainBytes) throws IOException {
    for (; seconds < until; seconds += 2) {
      write("ring", 10);
      write("ring/main", mainBytes);
      tick();
    }
  }

  /** The child has begun another file, so that the one before is finished. */
  private void write(String ring, int bytes) throws IOException {
    Files.write(folder.resolve(ring).resolve("live-%08d.mkv".formatted(files)), new byte[bytes]);
  }

  private void tick() {
    files++;
    recorder.tick(Optional.empty());
  }

  private ClipOrder ordered() {
    assertThat(clips).isEmpty();
    assertThat(orders.all).hasSize(1);
    assertThat(orders.all.getFirst().main()).isTrue();
    return orders.all.getFirst();
  }

  @Test
  void whatCannotBeHadOfTheAnalysedStreamCostsNoClipOfTheOneForEvidence() throws IOException {
    record(110, 10);
    Files.delete(folder.resolve("ring/0000000002.mkv"));
    record(112, 10);
    assertThat(ordered().instead()).isEmpty();
    assertThat(ordered().segments()).hasSize(4).allMatch(s -> Files.exists(s.file()));
    assertThat(ordered().folder().resolve("source")).doesNotExist();
  }

  private Duration insteadUntil() {
    List<Ring.Segment> instead = ordered().instead().orElseThrow().segments();
    return Duration.ofNanos(instead.getLast().until());
  }

  @Test
  void isOrderedOnceTheStreamToFallBackToHasItsLastSecondToo() throws IOException {
    record(110, 10);
    write("ring/main", 10);
    tick();
    assertThat(orders.all).as("source's file that began at 108 goes on").isEmpty();
    seconds = 112;
    record(114, 10);
    assertThat(insteadUntil()).isEqualTo(Duration.ofSeconds(112));
  }

  @Test
  void isOrderedBeforeItsFirstSecondsGoForWantOfBytes() throws IOException {
    record(110, MIB / 5);
    write("ring/main", MIB / 5);
    tick();
    assertThat(insteadUntil()).isEqualTo(Duration.ofSeconds(108));
    assertThat(ordered().segments().getFirst().from()).isEqualTo(nanos(102));
  }

  @Test
  void isOrderedWholeOfSourceWhereTheOtherStreamBeganTooLate() throws IOException {
    for (; seconds < 106; seconds += 2) {
      write("ring", 10);
      tick();
    }
    record(110, MIB / 10 * 3);
    write("ring/main", MIB / 10 * 3);
    tick();
    assertThat(orders.all).as("source's file that began at 108 goes on").isEmpty();
    seconds = 112;
    record(114, 10);
    assertThat(orders.all).hasSize(1);
    assertThat(orders.all.getFirst().main()).isFalse();
    assertThat(orders.all.getFirst().segments().getLast().until()).isEqualTo(nanos(112));
  }

  @Test
  void waitsForNoneOfTheOtherStreamWhereThatBeganTooLate() throws IOException {
    for (; seconds < 106; seconds += 2) {
      write("ring", 10);
      tick();
    }
    record(108, 10);
    for (; seconds < 114; seconds += 2) {
      write("ring", 10);
      tick();
      Files.write(folder.resolve("ring/main/live-%08d.mkv".formatted(3)), new byte[(int) seconds]);
    }
    assertThat(orders.all).hasSize(1);
    assertThat(orders.all.getFirst().segments().getLast().until()).isEqualTo(nanos(110));
  }
}
