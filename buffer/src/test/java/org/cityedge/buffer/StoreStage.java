package org.cityedge.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.buffer.Events.event;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store in a folder; the books are checked after each test. */
abstract class StoreStage {
  static final long CAP = 8 << 20;

  @TempDir Path folder;
  EventStore store;
  final List<LossReceipt> receipts = new ArrayList<>();

  /** Opens the store that lies in the folder, as a new start of the agent would. */
  abstract EventStore open(Path folder, long maxBytes, LossReceipt.Writer writer) throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open(folder, CAP, this::report);
  }

  @AfterEach
  void theBooksBalance() {
    assertThat(store.account().unexplained()).as("unexplained of %s", store.account()).isZero();
    store.close();
  }

  final void reopen() throws Exception {
    store.close();
    store = open(folder, CAP, this::report);
  }

  private Event report(LossReceipt receipt) {
    receipts.add(receipt);
    return Events.receipt(receipt);
  }

  final Append append(Lane... lanes) {
    Append last = new Append.Refused("no lanes");
    for (Lane lane : lanes) {
      last = store.append(event(lane, "e" + (store.account().appended() + 1)));
    }
    return last;
  }
}
