package org.cityedge.agent.cap;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.buffer.SqliteEventStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The alerts of a data folder that are open or over so lately that they can still be handled, as
 * last committed; read beside a running agent, whose store is left as it is.
 */
public final class StoredAlerts {
  /** What the alert tracker's notes of single alerts begin with: the open ones, those over. */
  private static final List<String> PREFIXES = List.of("alert.", "past.");

  private static final Logger LOG = LoggerFactory.getLogger(StoredAlerts.class);

  private StoredAlerts() {}

  /**
   * The open ones first. A note that cannot be read is passed over with a warning.
   *
   * @param store the store's file
   * @throws IOException when it cannot be read; the text names it
   */
  public static List<Alert> read(Path store) throws IOException {
    List<Alert> alerts = new ArrayList<>();
    for (String prefix : PREFIXES) {
      SqliteEventStore.notes(store, prefix)
          .forEach((key, note) -> read(key, note).ifPresent(alerts::add));
    }
    return List.copyOf(alerts);
  }

  private static Optional<Alert> read(String key, byte[] note) {
    try {
      return Optional.of(Alert.read(note));
    } catch (IOException e) {
      LOG.warn("The note {} cannot be read and is passed over. fault=\"{}\"", key, e.getMessage());
      return Optional.empty();
    }
  }
}
