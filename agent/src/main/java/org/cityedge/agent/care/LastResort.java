package org.cityedge.agent.care;

import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a thread that ends by what nobody caught. After an {@link Error} (a class that
 * cannot be loaded, a stack that is too deep) the process may lack a part and look well, so it is
 * ended and the service manager starts another one: the store survives that as it does a kill. No
 * memory ends it before ({@code -XX:+ExitOnOutOfMemoryError}). An exception is told in the log.
 */
public final class LastResort implements Thread.UncaughtExceptionHandler {
  /** EX_SOFTWARE of sysexits.h. */
  public static final int EXIT = 70;

  private static final Logger LOG = LoggerFactory.getLogger(LastResort.class);

  private final IntConsumer halt;

  /**
   * @param halt ends the process with an exit code
   */
  LastResort(IntConsumer halt) {
    this.halt = halt;
  }

  /** For all threads of this process. */
  public static void install() {
    Thread.setDefaultUncaughtExceptionHandler(new LastResort(Runtime.getRuntime()::halt));
  }

  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    try {
      LOG.error("A thread has ended by what nobody caught. thread={}", thread.getName(), thrown);
    } finally {
      if (thrown instanceof Error) {
        halt.accept(EXIT);
      }
    }
  }
}
