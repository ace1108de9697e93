package org.cityedge.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Deployment;
import org.cityedge.config.Deployment.Document;
import org.cityedge.config.Deployment.Opened;
import org.cityedge.config.Section;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads documents, pushed ones and the factory's, as configurations of this agent. */
final class Documents {
  private static final Logger LOG = LoggerFactory.getLogger(Documents.class);

  private final Path factory;
  private final Path data;
  private final Deployment deployment;

  /**
   * @param factory the factory document
   * @param data the data folder, whose files configurations name
   */
  Documents(Path factory, Path data, Deployment deployment) {
    this.factory = factory;
    this.data = data;
    this.deployment = deployment;
  }

  /**
   * A pushed one.
   *
   * @throws ConfigException when this agent cannot read it
   */
  Opened<GatewayConfig> open(Document document) throws ConfigException {
    return document.open(this::read);
  }

  /**
   * The factory's, of which a copy is kept; the copy when the document itself has problems.
   *
   * @throws ConfigException when both have
   */
  GatewayConfig factory() throws ConfigException, IOException {
    try {
      GatewayConfig config = GatewayConfig.load(factory, data);
      try {
        deployment.keepFactory(Files.readAllBytes(factory));
      } catch (IOException e) {
        LOG.warn("The factory document cannot be kept beside the versions.", e);
      }
      return config;
    } catch (ConfigException e) {
      Optional<byte[]> kept = deployment.factory();
      if (kept.isEmpty()) {
        throw e;
      }
      LOG.error("The factory document has problems; the one that was kept runs instead.", e);
      return ConfigLoader.parse(
          "kept factory document",
          new String(kept.get(), StandardCharsets.UTF_8),
          root -> GatewayConfig.read(root, data));
    }
  }

  /**
   * What a trial would go back to.
   *
   * @param document last-known-good, else it is the factory's
   * @return empty when it cannot be read
   */
  Optional<GatewayConfig> good(Optional<Document> document) {
    try {
      return Optional.of(document.isPresent() ? open(document.get()).config() : factory());
    } catch (ConfigException | IOException e) {
      return Optional.empty();
    }
  }

  private GatewayConfig read(Section section) {
    return GatewayConfig.read(section, data);
  }
}
