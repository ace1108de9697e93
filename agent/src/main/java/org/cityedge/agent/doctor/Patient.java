package org.cityedge.agent.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.agent.ActiveConfig;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.status.Bulletin;
import org.cityedge.config.ConfigException;
import org.cityedge.config.KeyFiles;

/**
 * The gateway that is examined. Immutable, any thread.
 *
 * @param file the factory document
 * @param data the data folder
 * @param run the run folder
 * @param config the configuration that runs, or would: of the order on trial, of last-known-good,
 *     or the factory document; empty when it cannot be read
 * @param agent the running agent's own word; empty when none runs, or it has fallen silent
 * @param owner whose the data folder is, when that is not who runs doctor: then nothing is opened
 *     that leaves files behind, and it is not known whether an agent runs
 */
record Patient(
    Path file,
    Path data,
    Path run,
    Optional<GatewayConfig> config,
    Optional<JsonNode> agent,
    Optional<String> owner,
    Machine machine) {
  /**
   * What is outside the gateway's own folders.
   *
   * @param root where /proc, /sys, /run and /dev are looked for; the root but in tests
   * @param clock the wall clock
   * @param nanos the monotonic clock that {@link Bulletin} counts on
   */
  record Machine(Path root, InstantSource clock, LongSupplier nanos) {
    static Machine real() {
      return new Machine(Path.of("/"), InstantSource.system(), System::nanoTime);
    }

    /** A file of the kernel's in one line; empty when there is none. */
    Optional<String> read(String path) {
      try {
        return Optional.of(Files.readString(root.resolve(path)).strip());
      } catch (IOException e) {
        return Optional.empty();
      }
    }
  }

  static Patient of(Path file, Path data, Path run, Machine machine) {
    Optional<JsonNode> agent = Optional.empty();
    try {
      agent =
          Bulletin.read(run, machine.nanos())
              .filter(Bulletin.Word::fresh)
              .map(Bulletin.Word::document);
    } catch (IOException e) {
      // The check of the agent says so.
    }
    return new Patient(file, data, run, config(file, data), agent, owner(data), machine);
  }

  private static Optional<String> owner(Path data) {
    try {
      String owner = Files.getOwner(data).getName();
      return owner.equals(System.getProperty("user.name")) ? Optional.empty() : Optional.of(owner);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<GatewayConfig> config(Path file, Path data) {
    try {
      return Optional.of(ActiveConfig.read(file, data).config());
    } catch (IOException | ConfigException e) {
      // The checks of the configuration say so; what is left is the factory document.
    }
    try {
      return Optional.of(GatewayConfig.load(file, data));
    } catch (ConfigException e) {
      return Optional.empty();
    }
  }

  KeyFiles keys() {
    return KeyFiles.in(data);
  }
}
