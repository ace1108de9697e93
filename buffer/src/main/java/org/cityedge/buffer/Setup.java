package org.cityedge.buffer;

import java.time.InstantSource;

/**
 * What an open store works with.
 *
 * @param room of the configured cap; confined to the writer thread
 * @param receipts makes the events that report losses
 * @param clock for stamps that people read, nothing else
 */
record Setup(
    BufferConfig config,
    Room room,
    LossReceipt.Writer receipts,
    InstantSource clock,
    LifeClock life) {
  Setup(BufferConfig config, LossReceipt.Writer receipts, InstantSource clock, LifeClock life) {
    this(config, new Room(config.maxBytes()), receipts, clock, life);
  }
}
