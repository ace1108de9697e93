package org.cityedge.video.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.AbstractList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.cityedge.video.Clip;
import org.cityedge.video.Natives;
import org.cityedge.video.Zone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of clips that cannot be made; those that can are {@link ClipMakerIT}'s. */
@Timeout(60)
class ClipMakerTest {
  @TempDir Path parent;
  private final BlockingQueue<Clip> told = new LinkedBlockingQueue<>();

  /** Of no segment, so that it fails when it is made. */
  private static ClipOrder order(Path folder, List<Zone> privacy, Consumer<Clip> whenDone) {
    Natives.load();
    return new ClipOrder(
        "cam-1",
        folder,
        List.of(),
        false,
        Optional.empty(),
        _ -> {},
        0,
        1,
        Instant.EPOCH,
        new Background(),
        640,
        privacy,
        List.of(),
        false,
        whenDone);
  }

  private String reason() throws InterruptedException {
    return told.poll(20, TimeUnit.SECONDS) instanceof Clip.Withheld withheld
        ? withheld.reason()
        : "nothing";
  }

  @Test
  void removesWhatAKilledAgentLeftAndLetsNobodyElseIn() throws Exception {
    Path folder = parent.resolve("clips");
    Files.createDirectories(folder.resolve("0"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.write(folder.resolve("0").resolve("original.mp4"), new byte[3]);

    ClipMaker maker = new ClipMaker(folder);

    assertThat(folder).isEmptyDirectory();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    maker.close();
    assertThat(folder).doesNotExist();
  }

  @Test
  void makesItsFolderAgainWhenSomebodyRemovesIt() throws Exception {
    Path folder = parent.resolve("clips");
    try (ClipMaker maker = new ClipMaker(folder)) {
      Ring.remove(folder);
      assertThat(maker.newFolder()).isEmptyDirectory().hasParent(folder);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void goesOnAfterAClipThatFailedForWantOfMemory() throws Exception {
    try (ClipMaker maker = new ClipMaker(parent.resolve("clips"))) {
      maker.zones("cam-1", List.of(Zone.FRAME));
      maker.accept(order(maker.newFolder(), new TooMany(), told::add));
      assertThat(reason()).contains("Cannot allocate memory");
      maker.accept(order(maker.newFolder(), List.of(), told::add));
      assertThat(reason()).contains("privacy zones are others now");
    }
  }

  /** Whoever compares it runs out of memory. */
  private static final class TooMany extends AbstractList<Zone> {
    @Override
    public Zone get(int index) {
      throw new OutOfMemoryError("Cannot allocate memory");
    }

    @Override
    public int size() {
      return 1;
    }
  }

  @Test
  void goesOnAfterAConsumerThatFailed() throws Exception {
    try (ClipMaker maker = new ClipMaker(parent.resolve("clips"))) {
      maker.zones("cam-1", List.of(Zone.FRAME));
      maker.accept(
          order(
              maker.newFolder(),
              List.of(),
              _ -> {
                throw new StackOverflowError();
              }));
      maker.accept(order(maker.newFolder(), List.of(), told::add));
      assertThat(reason()).contains("privacy zones are others now");
    }
  }

  @Test
  void tellsOfAnOrderThatComesWhileItIsClosed() throws Exception {
    LateQueue orders = new LateQueue();
    ClipMaker maker = new ClipMaker(parent.resolve("clips"), orders, System::nanoTime);
    orders.before = maker::close;
    assertThat(maker.accept(order(maker.newFolder(), List.of(), told::add))).isFalse();
    assertThat(reason()).isEqualTo(ClipMaker.STOPPED);
    assertThat(told).isEmpty();
  }

  /** Something comes in between. */
  private static final class LateQueue extends ArrayBlockingQueue<ClipOrder> {
    private transient Runnable before = () -> {};

    LateQueue() {
      super(ClipMaker.WAITING);
    }

    @Override
    public boolean offer(ClipOrder order) {
      before.run();
      return super.offer(order);
    }
  }
}
