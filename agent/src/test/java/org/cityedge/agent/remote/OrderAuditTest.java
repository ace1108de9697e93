package org.cityedge.agent.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.testing.City;
import org.cityedge.agent.testing.Maintainer;
import org.cityedge.config.Deployment;
import org.cityedge.config.Order;
import org.cityedge.config.Standing;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrderAuditTest {
  @TempDir Path folder;

  private OrderAudit started() {
    return new OrderAudit(new Audit(folder, InstantSource.system(), () -> "ntp"));
  }

  private static Outcome outcome(long sequence, State state) {
    return new Outcome(1, sequence, state, "", "", true);
  }

  @Test
  void anOutcomeAfterARestartNamesWhoSignedTheOrder() throws Exception {
    Path document = new City(URI.create("mqtt://h")).write(folder);
    Maintainer maintainer = Maintainer.provision(folder, folder);
    byte[] signed = maintainer.order(58, document, "{}").getBytes(UTF_8);
    Standing.Version version = new Standing.Version(1, 58, "", "", false);
    Order order =
        new Deployment.Document(version, signed)
            .open(root -> GatewayConfig.read(root, folder))
            .order();
    started().received(signed, order);
    started().outcome(outcome(58, State.COMMITTED));
    started().outcome(outcome(57, State.COMMITTED));
    assertThat(Chain.records(folder))
        .extracting(AuditRecord::entry)
        .extracting(entry -> entry.what() + " by " + entry.actor())
        .containsExactly(
            "received by config-1 (ops-li)", "committed by config-1 (ops-li)", "committed by ");
  }
}
