package org.cityedge.agent.uplink;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Notices when the thread that reads from here dies of an exception. Eclipse Paho 1.2.5 lets its
 * reader die of an incoming string with a control character ({@code MqttDataTypes.decodeUTF8}),
 * which MQTT 5 §1.5.4 allows; the client then goes on as connected and hears nothing more.
 *
 * <p>Confined to the thread that reads.
 */
final class ReaderWatch extends FilterInputStream {
  private final Consumer<Throwable> death;
  private @Nullable Thread reader;

  /**
   * @param death gets the exception, on the dying thread
   */
  ReaderWatch(InputStream in, Consumer<Throwable> death) {
    super(in);
    this.death = death;
  }

  @Override
  public int read() throws IOException {
    watch();
    return super.read();
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    watch();
    return super.read(bytes, offset, length);
  }

  private void watch() {
    Thread current = Thread.currentThread();
    if (current != reader) {
      reader = current;
      current.setUncaughtExceptionHandler(this::died);
    }
  }

  private void died(Thread thread, Throwable exception) {
    death.accept(exception);
    // An Error is the whole process's business.
    Thread.UncaughtExceptionHandler last = Thread.getDefaultUncaughtExceptionHandler();
    if (last != null) {
      last.uncaughtException(thread, exception);
    }
  }
}
