package org.cityedge.agent.cap;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.buffer.SqliteEventStore;

/**
 * The alerts of a data folder that are open or over so lately that they can still be handled, as
 * last committed; read beside a running agent, whose store is left as it is.
 */
public final class StoredAlerts {
  /** What the alert tracker's notes of single alerts begin with: the open ones, those over. */
  private static final List<String> PREFIXES = List.of("alert.", "past.");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private StoredAlerts() {}

  /**
   * The open ones first.
   *
   * @param store the store's file
   * @throws IOException when it cannot be read or a note is none of an alert; the text names it
   */
  public static List<Alert> read(Path store) throws IOException {
    List<Alert> alerts = new ArrayList<>();
    for (String prefix : PREFIXES) {
      for (byte[] note : SqliteEventStore.notes(store, prefix).values()) {
        alerts.add(JSON.readValue(note, Alert.class));
      }
    }
    return List.copyOf(alerts);
  }
}
