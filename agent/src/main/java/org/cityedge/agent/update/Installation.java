package org.cityedge.agent.update;

import java.io.BufferedInputStream;
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
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.cityedge.config.KeyList;
import org.cityedge.config.Sha256;
import org.cityedge.config.SignedUpdate;

/**
 * Puts a signed content into the slot that does not run.
 *
 * <pre>
 *   claims verified ─► content read, SHA-256 ─► slot declared empty ─► written ─► read back, SHA-256
 *     ─► declared full, on trial
 * </pre>
 *
 * The running slot is never touched, so whatever ends this on the way leaves a gateway that starts.
 * The other slot may be sound, and even the active one, which the initramfs leaves for one start
 * after a few short power cuts: it is given up only for a content that is whole, and counts as
 * empty until all of that was read back.
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

  /** An update, read from its first byte on each time it is opened. */
  @FunctionalInterface
  public interface Source {
    InputStream open() throws IOException;
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
   * @param file read twice: to verify it, and to write it
   * @param progress told the bytes written so far, once a MiB
   * @throws IOException when the file cannot be read, or the card be read or written; the slot is
   *     as it was when nothing was written yet, and counts as empty otherwise
   */
  public Result install(Source file, LongConsumer progress) throws IOException {
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

  private Result installAlone(Source file, LongConsumer progress) throws IOException {
    Slots.Name running = slots.running();
    boolean targetIsActive = running != slots.active();
    if (targetIsActive && slots.trying().isPresent()) {
      return new Result.Refused(
          "ON_TRIAL", "slot %s is on trial itself; wait until it is confirmed".formatted(running));
    }
    Slots.Name target = running.other();
    byte[] claims;
    SignedUpdate update;
    try (InputStream in = new BufferedInputStream(file.open())) {
      try {
        claims = UpdateFile.readClaims(in);
      } catch (IOException e) {
        return new Result.Refused("NO_UPDATE", String.valueOf(e.getMessage()));
      }
      switch (SignedUpdate.judge(claims, keys, situation(running, target, targetIsActive))) {
        case SignedUpdate.Verdict.Refused(SignedUpdate.Code code, String detail) -> {
          return new Result.Refused(code.name(), detail);
        }
        case SignedUpdate.Verdict.Accepted(SignedUpdate accepted) -> update = accepted;
      }
      if (!read(update.bytes(), in, _ -> {}).equals(update.sha256())) {
        return new Result.Refused(
            "TORN", "its content is not what was signed, or it ends too early or too late");
      }
    }
    try (InputStream in = new BufferedInputStream(file.open())) {
      if (!Arrays.equals(UpdateFile.readClaims(in), claims)) {
        return new Result.Refused("TORN", "it has changed while it was read");
      }
      return write(update, in, target, targetIsActive, progress);
    }
  }

  /**
   * @param targetIsActive then its content may be sound: it is mended by the same one, and never
   *     replaced by an older one, whatever runs in its place
   */
  private SignedUpdate.Situation situation(
      Slots.Name running, Slots.Name target, boolean targetIsActive) throws IOException {
    long least = sequence(running) + 1;
    if (targetIsActive) {
      least = Math.max(least, sequence(target));
    }
    return new SignedUpdate.Situation(least, kernel, room(target), Instant.now(), clockTrusted);
  }

  private long sequence(Slots.Name slot) throws IOException {
    return slots.content(slot).map(Slots.Content::sequence).orElse(0L);
  }

  private Result write(
      SignedUpdate update,
      InputStream in,
      Slots.Name target,
      boolean targetIsActive,
      LongConsumer progress)
      throws IOException {
    slots.empty(target);
    if (targetIsActive) {
      // Else a trial in vain would come back to the very slot that was tried.
      slots.activate(target.other());
    }
    String sent = copy(update.bytes(), in, target, progress);
    if (!sent.equals(update.sha256())) {
      return new Result.Refused(
          "TORN", "it has changed while it was read; slot %s is empty now".formatted(target));
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

  /** Takes what was read. */
  @FunctionalInterface
  private interface Sink {
    void take(byte[] chunk) throws IOException;
  }

  /** The content's SHA-256 as it came; something else when it is not of that length. */
  private static String read(long bytes, InputStream in, Sink sink) throws IOException {
    MessageDigest digest = Sha256.begin();
    long done = 0;
    while (done < bytes) {
      byte[] chunk = in.readNBytes((int) Math.min(CHUNK, bytes - done));
      if (chunk.length == 0) {
        return "";
      }
      digest.update(chunk);
      sink.take(chunk);
      done += chunk.length;
    }
    return in.read() < 0 ? Sha256.hex(digest) : "";
  }

  private String copy(long bytes, InputStream in, Slots.Name target, LongConsumer progress)
      throws IOException {
    try (FileChannel device = FileChannel.open(slots.device(target), StandardOpenOption.WRITE)) {
      String sha256 =
          read(
              bytes,
              in,
              chunk -> {
                ByteBuffer rest = ByteBuffer.wrap(chunk);
                while (rest.hasRemaining()) {
                  device.write(rest);
                }
                progress.accept(device.position());
              });
      device.force(true);
      return sha256;
    }
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
