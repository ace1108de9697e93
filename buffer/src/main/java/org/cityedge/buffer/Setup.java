package org.cityedge.buffer;

import java.time.Duration;
import java.time.InstantSource;

/**
 * What an open store works with.
 *
 * @param room of the configured cap; confined to the writer thread
 * @param receipts makes the events that report losses
 * @param clock for stamps that people read, nothing else
 * @param tick how often the idle writer looks whether something expired or the disk has come back
 */
record Setup(
    BufferConfig config,
    Room room,
    LossReceipt.Writer receipts,
    InstantSource clock,
    LifeClock life,
    Duration tick) {
  private static final Duration TICK = Duration.ofSeconds(10);

  Setup(BufferConfig config, LossReceipt.Writer receipts, InstantSource clock, LifeClock life) {
    this(config, new Room(config.maxBytes()), receipts, clock, life, TICK);
  }

  Setup withTick(Duration other) {
    return new Setup(config, room, receipts, clock, life, other);
  }
}
