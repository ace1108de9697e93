package org.cityedge.agent.cap;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.alerts.Alert;
import org.cityedge.buffer.SqliteEventStore;

/**
 * The open alerts of a data folder, as last committed; read beside a running agent, whose store is
 * left as it is.
 */
public final class StoredAlerts {
  /** What the alert tracker's note of one alert is called; the rest of the key is its rule. */
  private static final String PREFIX = "alert.";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private StoredAlerts() {}

  /**
   * One for each rule that has an open alert.
   *
   * @param store the store's file
   * @throws IOException when it cannot be read or a note is none of an alert; the text names it
   */
  public static List<Alert> open(Path store) throws IOException {
    List<Alert> open = new ArrayList<>();
    for (byte[] note : SqliteEventStore.notes(store, PREFIX).values()) {
      open.add(JSON.readValue(note, Alert.class));
    }
    return List.copyOf(open);
  }
}
