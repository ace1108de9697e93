package org.cityedge.agent;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cityedge.agent.uplink.Credentials;
import org.cityedge.agent.uplink.Reach;
import org.cityedge.agent.uplink.Topics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a way back would lead anywhere: whether a broker of last-known-good answers. */
final class LastGood {
  private static final Logger LOG = LoggerFactory.getLogger(LastGood.class);

  /** For one broker. */
  private static final Duration ASK = Duration.ofSeconds(2);

  /** For all of them. */
  private static final Duration ASK_ALL = Duration.ofSeconds(15);

  private LastGood() {}

  /**
   * Takes 15 s at most.
   *
   * @param data the data folder, with secrets and certificates
   */
  static boolean answers(GatewayConfig config, Path data) {
    FutureTask<Boolean> asked =
        new FutureTask<>(
            () ->
                Reach.anyBroker(
                    config.uplink(),
                    Credentials.in(data),
                    new Topics(config.gateway().district(), config.gateway().id()),
                    ASK));
    // On a thread of its own, since nothing bounds how long a host name takes.
    Thread.ofPlatform().daemon().name("last-good").start(asked);
    try {
      return asked.get(ASK_ALL.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("No broker of last-known-good can be asked.", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
