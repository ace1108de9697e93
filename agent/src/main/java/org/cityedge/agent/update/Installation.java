package org.cityedge.agent.update;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.function.LongConsumer;
import org.cityedge.config.KeyList;
import org.cityedge.config.Sha256;
import org.cityedge.config.SignedUpdate;

/**
 * Puts a signed content into the slot that does not run.
 *
 * <pre>
 *   claims verified ─► slot declared empty ─► written ─► read back, SHA-256 ─► declared full, on trial
 * </pre>
 *
 * The running slot and what is said of it are never touched, so whatever ends this on the way
 * leaves a gateway that starts as before; the other slot counts as empty until all of it was read
 * back.
 */
public final class Installation {
  private static final int CHUNK = 1 << 20;

  private final Slots slots;
  private final KeyList keys;
  private final String kernel;
  private final boolean clockTrusted;
  private final Cache forget;

  /** Makes the kernel forget what it remembers of the card. */
  @FunctionalInterface
  interface Cache {
    void run() throws IOException;
  }

  /**
   * @param kernel release of the kernel that runs
   * @param clockTrusted whether the wall clock was synchronised
   * @param forget before what was written is read back
   */
  Installation(Slots slots, KeyList keys, String kernel, boolean clockTrusted, Cache forget) {
    this.slots = slots;
    this.keys = keys;
    this.kernel = kernel;
    this.clockTrusted = clockTrusted;
    this.forget = forget;
  }

  /**
   * On the card that this machine has started from.
   *
   * @throws IOException when it has not started from a card with two slots
   */
  public static Installation onThisMachine(KeyList keys, boolean clockTrusted) throws IOException {
    String kernel = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
    // "1" drops the clean pages, of the card too: proc_sys_vm(5).
    return new Installation(
        Slots.ofThisMachine(),
        keys,
        kernel,
        clockTrusted,
        () -> Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "1"));
  }

  /** What came of it. */
  public sealed interface Result {
    /**
     * It is started the next time the machine starts.
     *
     * @param slot {@code a} or {@code b}
     */
    record Written(SignedUpdate update, String slot) implements Result {}

    /**
     * @param code of {@link SignedUpdate.Code}, or {@code NO_UPDATE}, {@code TORN}, {@code
     *     ON_TRIAL}, {@code BUSY}
     * @param detail one sentence for a person
     */
    record Refused(String code, String detail) implements Result {}
  }

  /**
   * Installs.
   *
   * @param file read once, from its first byte on
   * @param progress told the bytes written so far, once a MiB
   * @throws IOException when the card cannot be read or written; the slot then counts as empty
   */
  public Result install(InputStream file, LongConsumer progress) throws IOException {
    try (FileChannel lock = slots.openLock();
        FileLock held = lock.tryLock()) {
      return held == null ? busy() : installAlone(file, progress);
    } catch (OverlappingFileLockException e) {
      return busy();
    }
  }

  private static Result busy() {
    return new Result.Refused("BUSY", "another update is being installed; wait until it is done");
  }

  private Result installAlone(InputStream file, LongConsumer progress) throws IOException {
    Slots.Name running = slots.running();
    boolean runsInItsPlace = running != slots.active();
    if (runsInItsPlace && slots.trying().isPresent()) {
      return new Result.Refused(
          "ON_TRIAL", "slot %s is on trial itself; wait until it is confirmed".formatted(running));
    }
    byte[] claims;
    try {
      claims = UpdateFile.readClaims(file);
    } catch (IOException e) {
      return new Result.Refused("NO_UPDATE", String.valueOf(e.getMessage()));
    }
    Slots.Name target = running.other();
    SignedUpdate.Situation situation =
        new SignedUpdate.Situation(
            slots.content(running).map(Slots.Content::sequence).orElse(0L),
            kernel,
            room(target),
            Instant.now(),
            clockTrusted);
    return switch (SignedUpdate.judge(claims, keys, situation)) {
      case SignedUpdate.Verdict.Refused(SignedUpdate.Code code, String detail) ->
          new Result.Refused(code.name(), detail);
      case SignedUpdate.Verdict.Accepted(SignedUpdate update) ->
          write(update, file, target, runsInItsPlace, progress);
    };
  }

  /**
   * @param runsInItsPlace whether the target is the active slot, which was not usable any more
   */
  private Result write(
      SignedUpdate update,
      InputStream file,
      Slots.Name target,
      boolean runsInItsPlace,
      LongConsumer progress)
      throws IOException {
    if (runsInItsPlace) {
      // Else a trial in vain would come back to the very slot that was tried.
      slots.activate(target.other());
    }
    slots.empty(target);
    String sent = copy(update.bytes(), file, target, progress);
    if (!sent.equals(update.sha256())) {
      return new Result.Refused(
          "TORN",
          "its content is not what was signed, or it ends too early or too late; slot %s is empty now"
              .formatted(target));
    }
    String kept = readBack(update.bytes(), target);
    if (!kept.equals(update.sha256())) {
      throw new IOException(
          "%s does not keep what is written to it; the card is worn or counterfeit"
              .formatted(slots.device(target)));
    }
    slots.tryNext(target, new Slots.Content(update.sequence(), update.version(), update.sha256()));
    return new Result.Written(update, target.toString());
  }

  private long room(Slots.Name target) throws IOException {
    try (FileChannel device = FileChannel.open(slots.device(target), StandardOpenOption.READ)) {
      // The size of a block device; a file's as well.
      return device.size();
    }
  }

  /** The content's SHA-256 as it came; something else when it is not of that length. */
  private String copy(long bytes, InputStream file, Slots.Name target, LongConsumer progress)
      throws IOException {
    MessageDigest digest = Sha256.begin();
    try (FileChannel device = FileChannel.open(slots.device(target), StandardOpenOption.WRITE)) {
      long done = 0;
      while (done < bytes) {
        byte[] chunk = file.readNBytes((int) Math.min(CHUNK, bytes - done));
        if (chunk.length == 0) {
          return "";
        }
        digest.update(chunk);
        ByteBuffer rest = ByteBuffer.wrap(chunk);
        while (rest.hasRemaining()) {
          device.write(rest);
        }
        done += chunk.length;
        progress.accept(done);
      }
      device.force(true);
    }
    return file.read() < 0 ? Sha256.hex(digest) : "";
  }

  /** From the card itself, past what the kernel remembers of the writing. */
  private String readBack(long bytes, Slots.Name target) throws IOException {
    MessageDigest digest = Sha256.begin();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    forget.run();
    try (FileChannel device = FileChannel.open(slots.device(target), StandardOpenOption.READ)) {
      long done = 0;
      while (done < bytes) {
        chunk.clear().limit((int) Math.min(CHUNK, bytes - done));
        if (device.read(chunk) <= 0) {
          return "";
        }
        chunk.flip();
        done += chunk.remaining();
        digest.update(chunk);
      }
    }
    return Sha256.hex(digest);
  }
}
