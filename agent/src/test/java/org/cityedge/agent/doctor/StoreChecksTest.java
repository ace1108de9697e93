package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link SeededFaultsIT} has a store that is damaged. */
class StoreChecksTest {
  @TempDir Path data;

  @Test
  void countsEveryStoreThatWasSetAsideAlsoTwoOfOneSecond() throws Exception {
    BufferConfig config = BufferConfig.defaults(data);
    SqliteEventStore.open(
            config,
            receipt -> new Event(receipt.toString(), Lane.REPORT, "loss", "{}", new byte[0]),
            () -> Instant.EPOCH)
        .close();
    for (String end :
        List.of(
            "damaged-20260501T080000Z",
            "damaged-20260501T080000Z-wal",
            "damaged-20260501T080000Z-2",
            "damaged-20260501T080000Z-2-wal",
            "damaged-20260501T080000Z-2-shm",
            "damaged-20260501T080000Z-10",
            "before-restore-20260501T080000Z")) {
      Files.createFile(config.file().resolveSibling(config.file().getFileName() + "." + end));
    }
    assertThat(StoreChecks.store(patient()))
        .containsExactly(Finding.of("store", Diagnosis.STORE_SET_ASIDE, 3));
  }

  private Patient patient() {
    return new Patient(
        data,
        data,
        data,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Patient.Machine.real());
  }
}
