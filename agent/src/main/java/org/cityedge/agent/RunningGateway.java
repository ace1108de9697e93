package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.cityedge.config.Standing;
import org.jspecify.annotations.Nullable;

/**
 * The one {@link Gateway} that runs, and the version of the configuration that it runs with.
 * Confined to the agent's thread, but for {@link #sequence}.
 */
final class RunningGateway implements AutoCloseable {
  private record Now(GatewayConfig config, Gateway gateway, Optional<Standing.Version> version) {}

  private final Path data;
  private final Path run;
  private final Supplier<Gateway.Hooks> hooks;

  private @Nullable Now now;
  private volatile long sequence;

  /**
   * @param hooks of each gateway that is opened
   */
  RunningGateway(Path data, Path run, Supplier<Gateway.Hooks> hooks) {
    this.data = data;
    this.run = run;
    this.hooks = hooks;
  }

  /**
   * Goes on with a configuration. An equal one restarts nothing, and another no more than it must.
   *
   * @param version empty for the factory document
   * @throws IOException when the store or a folder cannot be used; nothing runs then
   */
  void change(GatewayConfig config, Optional<Standing.Version> version) throws IOException {
    sequence = version.map(Standing.Version::sequence).orElse(0L);
    if (now != null && now.gateway.canFollow(config)) {
      Gateway same = now.gateway;
      boolean equal = now.config.equals(config);
      now = new Now(config, same, version);
      if (!equal) {
        same.follow(config);
      }
      same.stateChanged();
      return;
    }
    end();
    Gateway gateway = Gateway.open(config, data, run, hooks.get());
    try {
      gateway.start();
    } catch (RuntimeException e) {
      gateway.close();
      throw e;
    }
    now = new Now(config, gateway, version);
  }

  /** What is known of the version has changed; what runs has not. */
  void is(Optional<Standing.Version> version) {
    now = new Now(now().config, now().gateway, version);
  }

  /** That of the configuration; 0 for the factory document. Any thread. */
  long sequence() {
    return sequence;
  }

  GatewayConfig config() {
    return now().config;
  }

  Gateway gateway() {
    return now().gateway;
  }

  /** Empty for the factory document. */
  Optional<Standing.Version> version() {
    return now().version;
  }

  private Now now() {
    return Objects.requireNonNull(now);
  }

  /** To go on with another one, which is what the centre is told. */
  void end() {
    if (now != null) {
      now.gateway.closeForChange();
      now = null;
    }
  }

  /** In good order. */
  @Override
  public void close() {
    if (now != null) {
      now.gateway.close();
      now = null;
    }
  }
}
