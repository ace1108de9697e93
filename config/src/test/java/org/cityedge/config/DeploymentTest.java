package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.config.DeploymentFixture.FOLDER;
import static org.cityedge.config.DeploymentFixture.good;
import static org.cityedge.config.DeploymentFixture.last;
import static org.cityedge.config.DeploymentFixture.trial;
import static org.cityedge.config.Signers.NOW;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.cityedge.config.Deployment.Plan;
import org.cityedge.config.SignedConfig.Code;
import org.cityedge.config.SignedConfig.Verdict;
import org.cityedge.config.Standing.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An order on trial, its commit and the ways back, of itself and by hand, over restarts. */
class DeploymentTest {
  private final DeploymentFixture gateway = new DeploymentFixture();

  @Test
  void startsWithTheFactoryDocumentOnAnEmptyDisk() throws Exception {
    Plan plan = gateway.started("boot-1").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).isEmpty();
  }

  @Test
  void runsACommittedOrderAfterARestart() throws Exception {
    gateway.commit(57);
    Deployment next = gateway.started("boot-1");
    Plan plan = next.recover();
    assertThat(good(plan)).contains(57L);
    assertThat(trial(plan)).isEmpty();
    assertThat(next.standing().floor().sequence()).isEqualTo(57);
    assertThat(plan.good().orElseThrow().open(s -> s.integer("threshold", 1, 100)).config())
        .isEqualTo(30);
  }

  @Test
  void goesBackToTheFactoryDocumentWhenNothingWasCommitted() throws Exception {
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);
    Plan plan = deployment.rollBack("HEALTH_BROKER_UNREACHABLE", "no CONNACK");
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).isEmpty();
    assertThat(good(gateway.started("boot-1").recover())).isEmpty();
  }

  @Test
  void keepsTenVersionsAndNoOtherFiles() throws Exception {
    for (int sequence = 1; sequence <= 14; sequence++) {
      gateway.commit(sequence);
    }
    Standing standing = gateway.current();
    assertThat(standing.good().map(Version::sequence)).contains(14L);
    assertThat(standing.earlier().stream().map(Version::sequence))
        .containsExactly(13L, 12L, 11L, 10L, 9L, 8L, 7L, 6L, 5L);
    gateway.started("boot-1").recover();
    assertThat(gateway.disk.names(FOLDER).stream().filter(name -> name.endsWith(".jws")))
        .hasSize(10);
  }

  @Test
  void revertsToAnEarlierVersionAndToTheFactory() throws Exception {
    gateway.commit(55);
    gateway.commit(56);
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    assertThatThrownBy(() -> deployment.revert(4, "ROLLBACK", "by hand"))
        .hasMessageContaining("1..3");
    Plan plan = deployment.revert(2, "ROLLBACK", "by hand");
    assertThat(good(plan)).contains(55L);
    assertThat(last(deployment).sequence()).isEqualTo(57);
    assertThat(deployment.standing().floor().sequence()).isEqualTo(57);
    assertThat(good(gateway.started("boot-1").recover())).contains(55L);
    Deployment later = gateway.started("boot-1");
    later.recover();
    assertThat(good(later.revert(1, "ROLLBACK", "by hand"))).isEmpty();
  }

  @Test
  void goesBackByHandWithoutCountingAStart() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);
    gateway.disk.failAfter(0);
    assertThatThrownBy(() -> gateway.started("boot-1").goBack(1, "ROLLBACK", "by hand"))
        .hasMessageContaining("disk refuses");
    gateway.disk.works();
    assertThat(gateway.current().attempt().orElseThrow().starts()).isZero();
    gateway.started("boot-1").goBack(1, "ROLLBACK", "by hand");
    assertThat(gateway.current().attempt()).isEmpty();
    assertThat(gateway.current().good().map(Version::sequence)).contains(57L);
    gateway.started("boot-1").goBack(1, "ROLLBACK", "by hand");
    assertThat(gateway.current().good().map(Version::sequence)).contains(56L);
  }

  /** Row 12 counts starts of an order; of a process that may not go on there was none. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStartThatTheCheckEndsDoesNotCount(boolean statesLost) throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    Deployment before = gateway.started("boot-0");
    before.recover();
    gateway.begin(before, 58);
    if (statesLost) {
      gateway.disk.damage(FOLDER.resolve("state.a"));
      gateway.disk.damage(FOLDER.resolve("state.b"));
    }
    Standing found = gateway.current();
    for (int start = 0; start < 3; start++) {
      assertThatThrownBy(() -> gateway.started("boot-1").recover(DeploymentTest::cannotRead))
          .hasMessage("cannot read 58");
    }
    assertThat(gateway.current()).isEqualTo(found);
    Plan plan = gateway.started("boot-2").recover();
    assertThat(trial(plan)).contains(58L);
    assertThat(good(plan)).contains(57L);
    assertThat(gateway.current().attempt().orElseThrow().starts()).isEqualTo(1);
  }

  private static void cannotRead(Deployment.Document document) throws IOException {
    throw new IOException("cannot read " + document.version().sequence());
  }

  @Test
  void givesUpAVersionThatTheAgentCannotRead() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    Plan plan = deployment.recover();
    plan = deployment.giveUp(plan.good().orElseThrow().version());
    assertThat(good(plan)).contains(56L);
    plan = deployment.giveUp(plan.good().orElseThrow().version());
    assertThat(good(plan)).isEmpty();
  }

  @Test
  void tellsAnOutcomeOnceAndAgainWhenItWasNotWrittenDown() throws Exception {
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);
    deployment.commit("");
    gateway.disk.failAfter(0);
    deployment.told();
    assertThat(last(deployment).told()).isTrue();
    gateway.disk.works();
    Deployment next = gateway.started("boot-2");
    next.recover();
    assertThat(last(next).told()).isFalse();
    next.told();
    assertThat(gateway.current().last().orElseThrow().told()).isTrue();
  }

  @Test
  void keepsTheFactoryDocument() throws Exception {
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    assertThat(deployment.factory()).isEmpty();
    byte[] document = "gateway: {}".getBytes(StandardCharsets.UTF_8);
    deployment.keepFactory(document);
    gateway.disk.cutAfter(0);
    deployment.keepFactory(document); // nothing to write
    assertThat(deployment.factory()).contains(document);
  }

  @Test
  void anOrderOfANewEpochBeginsANewCountAndAnOlderListIsRefused() throws Exception {
    gateway.commit(57);
    gateway.issueKeys(2);
    Deployment deployment = gateway.started("boot-0");
    deployment.recover();
    byte[] first = gateway.signers.sign(Signers.claims(1, NOW, ""), SignedConfig.TYPE, "cfg-1");
    gateway.begin(deployment, first);
    deployment.commit("");
    assertThat(gateway.current().floor().epoch()).isEqualTo(2);
    gateway.issueKeys(1);
    assertThat(gateway.refused(deployment, gateway.signers.order(58, "cfg-1")))
        .isEqualTo(Code.KEY_UNKNOWN);
  }

  /** Row 14 blocks an order, and a new key list does not unblock it, also over a restart. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anOrderThatWasRolledBackStaysBlockedUnderANewEpoch(boolean statesLost) throws Exception {
    gateway.commit(57);
    Deployment before = gateway.started("boot-0");
    before.recover();
    gateway.begin(before, 58);
    if (statesLost) {
      gateway.disk.damage(FOLDER.resolve("state.a"));
      gateway.disk.damage(FOLDER.resolve("state.b"));
    } else {
      before.rollBack("CRASH_LOOP", "");
    }
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.issueKeys(2);
    assertThat(gateway.judged(deployment, gateway.signers.order(58, "cfg-1")))
        .isInstanceOf(Verdict.Repeated.class);
    assertThat(gateway.refused(deployment, gateway.signers.order(12, "cfg-1")))
        .isEqualTo(Code.SEQ_STALE);
  }
}
