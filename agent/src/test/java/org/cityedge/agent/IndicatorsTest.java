package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.cityedge.agent.testing.LastOrder;
import org.cityedge.config.Standing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndicatorsTest {
  @TempDir Path versions;

  @Test
  void anOrderThatFailedItsTrialIsAFaultAWayBackThatWasAskedForIsNone() throws Exception {
    LastOrder.ended(versions, Standing.State.ROLLED_BACK, "HEALTH_BROKER_UNREACHABLE");
    assertThat(Indicators.rolledBack(versions)).isTrue();
    LastOrder.ended(versions, Standing.State.ROLLED_BACK, "ROLLBACK");
    assertThat(Indicators.rolledBack(versions)).isFalse();
  }

  @Test
  void anOrderThatWasCommittedOrNoneIsNoFault() throws Exception {
    assertThat(Indicators.rolledBack(versions)).isFalse();
    LastOrder.ended(versions, Standing.State.COMMITTED, "CLOCK_UNTRUSTED");
    assertThat(Indicators.rolledBack(versions)).isFalse();
  }
}
