package org.cityedge.buffer;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * What an open store works with.
 *
 * @param room of the configured cap; confined to the writer thread
 * @param clips that count under the cap
 * @param receipts makes the events that report losses
 * @param clock for stamps that people read, nothing else
 * @param checkedFirst a file up to so many bytes is checked as a whole before it is opened, a
 *     larger one afterwards ({@link IntegrityCheck})
 * @param check the query that checks
 * @param tick how often the idle writer looks whether something expired or the disk has come back
 * @param waiting lets time pass until the disk is read again
 */
record Setup(
    BufferConfig config,
    Room room,
    Optional<Clips> clips,
    LossReceipt.Writer receipts,
    InstantSource clock,
    LifeClock life,
    long checkedFirst,
    String check,
    Duration tick,
    Waiting waiting) {
  /** Lets time pass. */
  @FunctionalInterface
  interface Waiting {
    void pass(Duration time) throws InterruptedException;
  }

  /** A slow card reads this in under a second. */
  private static final long CHECKED_FIRST = 16 << 20;

  private static final String CHECK = "PRAGMA quick_check(1)";
  private static final Duration TICK = Duration.ofSeconds(10);

  Setup(BufferConfig config, LossReceipt.Writer receipts, InstantSource clock, LifeClock life) {
    this(config, Optional.empty(), receipts, clock, life);
  }

  Setup(
      BufferConfig config,
      Optional<Clips> clips,
      LossReceipt.Writer receipts,
      InstantSource clock,
      LifeClock life) {
    this(
        config,
        new Room(config.maxBytes(), clips),
        clips,
        receipts,
        clock,
        life,
        CHECKED_FIRST,
        CHECK,
        TICK,
        Thread::sleep);
  }

  Setup withTick(Duration other) {
    return new Setup(
        config, room, clips, receipts, clock, life, checkedFirst, check, other, waiting);
  }

  /** Every file is checked after opening, by this query. */
  Setup withCheck(String other) {
    return new Setup(config, room, clips, receipts, clock, life, -1, other, tick, waiting);
  }

  Setup withWaiting(Waiting other) {
    return new Setup(config, room, clips, receipts, clock, life, checkedFirst, check, tick, other);
  }
}
