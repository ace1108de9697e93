package org.cityedge.agent.uplink;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Tells when an MQTT client has written DISCONNECT. Eclipse Paho's clients tell it to nobody: one
 * way of leaving waits for an answer that never comes, the other for ever where the peer reads
 * nothing. They flush after each packet, so the first byte after a flush is its type (MQTT 5
 * §2.1.1). Confined to the writing thread.
 */
final class DisconnectWatch extends FilterOutputStream {
  private static final int DISCONNECT = 0xe0;

  private final Runnable written;
  private boolean begins = true;
  private boolean leaves;

  /**
   * @param written must not wait
   */
  DisconnectWatch(OutputStream out, Runnable written) {
    super(out);
    this.written = written;
  }

  @Override
  public void write(int value) throws IOException {
    begin(value);
    out.write(value);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    if (count > 0) {
      begin(bytes[from]);
    }
    out.write(bytes, from, count);
  }

  private void begin(int first) {
    leaves |= begins && (first & 0xff) == DISCONNECT;
    begins = false;
  }

  @Override
  public void flush() throws IOException {
    out.flush();
    begins = true;
    if (leaves) {
      written.run();
    }
  }
}
