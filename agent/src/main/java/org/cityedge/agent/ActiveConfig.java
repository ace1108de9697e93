package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Deployment;
import org.cityedge.config.Standing;

/**
 * The configuration that a gateway runs, or would at its next start: of the order on trial, else of
 * last-known-good or the one before it that is whole, else the factory document. Read beside a
 * running agent, by whoever looks at what it looks at.
 *
 * <p>An order on trial whose starts are used up runs only as long as the agent does: its next start
 * gives it up. Whether one runs is not asked here, since to ask for its lock is to take it.
 *
 * @param origin which one it is, in words, such as {@code the active order (epoch 1, sequence 58)}
 */
public record ActiveConfig(GatewayConfig config, String origin) {
  /**
   * Reads it.
   *
   * @param factory the factory document
   * @param data the data folder; with none, or an empty one, the factory document is active
   * @throws ConfigException when this program cannot read the document
   * @throws IOException when it cannot be known which one is active
   */
  public static ActiveConfig read(Path factory, Path data) throws ConfigException, IOException {
    Path versions = data.resolve("config");
    Standing standing = Deployment.known(versions);
    Optional<Standing.Version> trial = standing.attempt().map(Standing.Attempt::version);
    List<Standing.Version> byTurn =
        Stream.of(trial.stream(), standing.good().stream(), standing.earlier().stream())
            .flatMap(candidates -> candidates)
            .toList();
    Optional<Deployment.Document> document = Optional.empty();
    for (Standing.Version version : byTurn) {
      if (document.isEmpty()) {
        document = Deployment.inspect(versions, version);
      }
    }
    if (document.isEmpty()) {
      return new ActiveConfig(
          GatewayConfig.load(factory, data), "the factory document (" + factory + ")");
    }
    Standing.Version version = document.get().version();
    boolean tried = trial.filter(version::equals).isPresent();
    String order = tried ? "the order on trial" : "the active order";
    boolean last = tried && standing.attempt().filter(Standing.Attempt::isLast).isPresent();
    return new ActiveConfig(
        document.get().open(section -> GatewayConfig.read(section, data)).config(),
        "%s (epoch %d, sequence %d%s)"
            .formatted(
                order,
                version.epoch(),
                version.sequence(),
                last ? "; one more start gives it up" : ""));
  }
}
