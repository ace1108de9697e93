package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.config.DeploymentFixture.FOLDER;
import static org.cityedge.config.DeploymentFixture.good;
import static org.cityedge.config.DeploymentFixture.last;
import static org.cityedge.config.DeploymentFixture.trial;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.cityedge.config.Deployment.Plan;
import org.cityedge.config.SignedConfig.Code;
import org.cityedge.config.SignedConfig.Verdict;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.cityedge.config.Standing.Version;
import org.junit.jupiter.api.Test;

/** Rows 10 and 16 of config.md §4: a disk that is full, damaged, read-only or not to be read. */
class DeploymentDiskTest {
  private final DeploymentFixture gateway = new DeploymentFixture();

  /** Row 10. */
  @Test
  void keepsWhatIsActiveWhenTheDiskIsFull() throws Exception {
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    for (int full = 0; full < 7; full++) {
      gateway.disk.failAfter(full);
      assertThatThrownBy(() -> gateway.begin(deployment, 58)).isInstanceOf(IOException.class);
      gateway.disk.works();
      Plan plan = gateway.started("boot-2").recover();
      assertThat(good(plan)).as("full after %d", full).contains(57L);
      assertThat(trial(plan)).as("full after %d", full).isEmpty();
    }
    gateway.begin(deployment, 58);
    assertThat(trial(gateway.started("boot-2").recover())).contains(58L);
  }

  @Test
  void doesNotTryWhatItCannotCount() throws Exception {
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);
    gateway.disk.failAfter(0);
    Deployment second = gateway.started("boot-2");
    Plan plan = second.recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(57L);
    assertThat(last(second).code()).isEqualTo("STORAGE");
  }

  /** Row 16. */
  @Test
  void fallsBackPastDamagedVersionsToTheFactoryDocument() throws Exception {
    gateway.commit(55);
    gateway.commit(56);
    gateway.commit(57);
    gateway.disk.damage(FOLDER.resolve(gateway.current().good().orElseThrow().fileName()));
    Deployment deployment = gateway.started("boot-1");
    assertThat(good(deployment.recover())).contains(56L);
    assertThat(last(deployment).code()).isEqualTo("LKG_LOST");
    assertThat(deployment.standing().floor().sequence()).isEqualTo(57);

    gateway.disk.damage(FOLDER.resolve(gateway.current().good().orElseThrow().fileName()));
    gateway.disk.damage(FOLDER.resolve(gateway.current().earlier().getFirst().fileName()));
    Deployment later = gateway.started("boot-2");
    assertThat(good(later.recover())).isEmpty();
    assertThat(last(later).detail()).contains("factory");
  }

  /** Row 16: a read error is no damage. */
  @Test
  void aGoodOrderThatCannotBeReadStaysAndRunsAtTheStartThatCan() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    Path file = unread(gateway.current().good().orElseThrow());
    Standing before = gateway.current();
    Deployment deployment = gateway.started("boot-1");
    assertThat(good(deployment.recover())).contains(56L);
    assertThat(deployment.goodDocument().orElseThrow().version().sequence()).isEqualTo(56);
    assertThat(gateway.current()).isEqualTo(before);

    gateway.disk.makeReadable(file);
    assertThat(good(gateway.started("boot-2").recover())).contains(57L);
  }

  @Test
  void keepsTheOrderBeforeADamagedOneThoughItCannotBeRead() throws Exception {
    gateway.commit(55);
    gateway.commit(56);
    gateway.commit(57);
    gateway.disk.damage(FOLDER.resolve(gateway.current().good().orElseThrow().fileName()));
    Path file = unread(gateway.current().earlier().getFirst());
    Deployment deployment = gateway.started("boot-1");
    assertThat(good(deployment.recover())).contains(55L);
    assertThat(last(deployment).sequence()).isEqualTo(57);
    assertThat(last(deployment).code()).isEqualTo("LKG_LOST");
    assertThat(last(deployment).detail()).contains("active is sequence 55");

    gateway.disk.makeReadable(file);
    assertThat(good(gateway.started("boot-2").recover())).contains(56L);
  }

  @Test
  void aGoodOrderThatCannotBeReadIsNotGivenUpForTheOneThatRunsInItsPlace() throws Exception {
    gateway.commit(55);
    gateway.commit(56);
    gateway.commit(57);
    Path file = unread(gateway.current().good().orElseThrow());
    Deployment deployment = gateway.started("boot-1");
    Plan plan = deployment.recover();
    assertThat(good(deployment.giveUp(plan.good().orElseThrow().version()))).contains(55L);
    assertThat(last(deployment).sequence()).isEqualTo(56);

    gateway.disk.makeReadable(file);
    assertThat(good(gateway.started("boot-2").recover())).contains(57L);
    assertThat(gateway.current().earlier().stream().map(Version::sequence)).containsExactly(55L);
  }

  /** Nor does the start count that could not read it. */
  @Test
  void anOrderOnTrialThatCannotBeReadHasItsTrialAtTheStartThatCan() throws Exception {
    Path file = beginAndUnread();
    Deployment second = gateway.started("boot-2");
    Plan plan = second.recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(57L);
    assertThat(second.standing().blocked()).isEmpty();

    gateway.disk.makeReadable(file);
    Deployment third = gateway.started("boot-3");
    assertThat(trial(third.recover())).contains(58L);
    assertThat(third.standing().attempt().orElseThrow().starts()).isEqualTo(1);
    third.commit("");
    assertThat(good(gateway.started("boot-4").recover())).contains(58L);
  }

  @Test
  void anOrderOnTrialThatCannotBeReadGivesWayToANewerOne() throws Exception {
    Path file = beginAndUnread();
    Deployment second = gateway.started("boot-2");
    second.recover();
    gateway.begin(second, 59);
    second.rollBack("HEALTH_QUEUE", "nothing is delivered");
    gateway.disk.makeReadable(file);
    Plan plan = gateway.started("boot-3").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(57L);
  }

  @Test
  void anOrderOnTrialThatCannotBeReadDoesNotUndoAWayBack() throws Exception {
    Path file = beginAndUnread();
    Deployment second = gateway.started("boot-2");
    second.recover();
    second.revert(1, "ROLLBACK", "by hand");
    gateway.disk.makeReadable(file);
    Plan plan = gateway.started("boot-3").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(56L);
  }

  private Path beginAndUnread() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    Deployment first = gateway.started("boot-1");
    first.recover();
    gateway.begin(first, 58);
    return unread(gateway.current().attempt().orElseThrow().version());
  }

  private Path unread(Version version) {
    Path file = FOLDER.resolve(version.fileName());
    gateway.disk.makeUnreadable(file);
    return file;
  }

  /** Row 16 does not hide what became of an order that nobody was told of. */
  @Test
  void keepsAnOutcomeThatNobodyWasToldBesideTheLossOfAVersion() throws Exception {
    gateway.commit(55);
    Deployment deployment = gateway.started("boot-0");
    deployment.recover();
    gateway.begin(deployment, 56);
    deployment.rollBack("HEALTH_QUEUE", "nothing is delivered");
    gateway.disk.damage(FOLDER.resolve(gateway.current().good().orElseThrow().fileName()));
    Deployment next = gateway.started("boot-1");
    assertThat(good(next.recover())).isEmpty();
    assertThat(last(next).code()).isEqualTo("LKG_LOST");
    assertThat(gateway.current().untold())
        .containsExactly(
            new Outcome(1, 56, State.ROLLED_BACK, "HEALTH_QUEUE", "nothing is delivered", false));
    next.told();
    assertThat(gateway.current().untold()).isEmpty();
    assertThat(gateway.current().last().orElseThrow().told()).isTrue();
    assertThat(next.standing().outcome(56).orElseThrow().code()).isEqualTo("HEALTH_QUEUE");
    assertThat(next.standing().outcome(54)).isEmpty();
  }

  /** Row 16. */
  @Test
  void aDamagedStateIsWhatHeldBeforeAndOfTwoTheVersionsAreLeft() throws Exception {
    gateway.commit(55);
    gateway.commit(56);
    gateway.commit(57);
    gateway.disk.damage(FOLDER.resolve("state.a"));
    assertThat(gateway.current().good().map(Version::sequence)).contains(57L);
    gateway.disk.damage(FOLDER.resolve("state.b"));
    Deployment deployment = gateway.started("boot-1");
    Plan plan = deployment.recover();
    assertThat(trial(plan)).as("whether it was committed nobody knows").contains(57L);
    assertThat(good(plan)).contains(56L);
    assertThat(last(deployment).code()).isEqualTo("LKG_LOST");
    assertThat(deployment.standing().earlier().stream().map(Version::sequence))
        .containsExactly(55L);
    assertThat(deployment.standing().floor().sequence()).isEqualTo(57);
    assertThat(gateway.current()).isEqualTo(deployment.standing());
    deployment.commit("");
    assertThat(good(gateway.started("boot-2").recover())).contains(57L);
    assertThat(gateway.disk.names(FOLDER).stream().filter(name -> name.endsWith(".jws")))
        .hasSize(3);
  }

  @Test
  void aStateThatCannotBeReadIsADamagedOne() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    gateway.disk.makeUnreadable(FOLDER.resolve("state.a"));
    assertThat(good(gateway.started("boot-1").recover())).contains(57L);
    gateway.disk.makeUnreadable(FOLDER.resolve("state.b"));
    Deployment deployment = gateway.started("boot-2");
    Plan plan = deployment.recover();
    assertThat(trial(plan)).contains(57L);
    assertThat(good(plan)).contains(56L);
    deployment.commit("");
    deployment.told();
    assertThat(gateway.current()).isEqualTo(deployment.standing());
  }

  /** Row 16: a read error is no damage. */
  @Test
  void withBothStatesDamagedAnOrderThatCannotBeReadHasItsTrialAtTheStartThatCan() throws Exception {
    Path newest = loseBothStatesAndUnread(57);
    Deployment first = gateway.started("boot-1");
    Plan plan = first.recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).as("it lay behind a newer one, so it was committed").contains(56L);
    assertThat(last(first).code()).isEqualTo("LKG_LOST");
    assertThat(last(first).detail()).contains("sequence 57 cannot be read now");
    first.told();
    assertThat(good(gateway.started("boot-2").recover())).contains(56L);

    gateway.disk.makeReadable(newest);
    Deployment third = gateway.started("boot-3");
    plan = third.recover();
    assertThat(trial(plan)).contains(57L);
    assertThat(good(plan)).contains(56L);
    assertThat(third.standing().attempt().orElseThrow().starts()).isEqualTo(1);
    third.commit("");
    assertThat(good(gateway.started("boot-4").recover())).contains(57L);
  }

  /** The error is over when the process looks again. */
  @Test
  void withBothStatesDamagedASingleReadErrorDeletesNoOrder() throws Exception {
    Path newest = loseBothStatesAndUnread(57);
    gateway.disk.failNextRead(newest);
    gateway.started("boot-1").recover();
    assertThat(trial(gateway.started("boot-2").recover())).contains(57L);
  }

  /** A broker delivers what it retains after each connect. */
  @Test
  void anOrderThatCouldNotBeReadIsKnownWhenItComesAgain() throws Exception {
    byte[] signed = gateway.signers.order(57, "cfg-1");
    byte[] other = gateway.signers.sign(Signers.claims(57, " "), SignedConfig.TYPE, "cfg-1");
    loseBothStatesAndUnread(57);
    for (String boot : List.of("boot-1", "boot-2")) {
      Deployment deployment = gateway.started(boot);
      deployment.recover();
      assertThat(gateway.judged(deployment, signed)).isInstanceOf(Verdict.Repeated.class);
      assertThat(gateway.refused(deployment, other)).isEqualTo(Code.SEQ_REUSED);
    }
  }

  @Test
  void anOrderThatTurnsOutDamagedIsNotTakenForTheOneThatComesAgain() throws Exception {
    Path newest = loseBothStatesAndUnread(57);
    gateway.started("boot-1").recover();
    gateway.disk.makeReadable(newest);
    gateway.disk.damage(newest);
    Deployment deployment = gateway.started("boot-2");
    deployment.recover();
    assertThat(gateway.refused(deployment, gateway.signers.order(57, "cfg-1")))
        .isEqualTo(Code.SEQ_REUSED);
  }

  /** The state cannot be mended there. */
  @Test
  void onAReadOnlyDiskAsWellAnOrderThatCannotBeReadIsKnownWhenItComesAgain() throws Exception {
    loseBothStatesAndUnread(57);
    gateway.disk.failAfter(0);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    assertThat(gateway.judged(deployment, gateway.signers.order(57, "cfg-1")))
        .isInstanceOf(Verdict.Repeated.class);
  }

  /** It would be blocked at the next start as one that had crashed, and no order begun before. */
  @Test
  void anOrderThatCouldNotBeReadWaitsForADiskThatCountsItsTrial() throws Exception {
    Path newest = loseBothStatesAndUnread(57);
    gateway.started("boot-1").recover();
    gateway.disk.makeReadable(newest);
    gateway.disk.failAfter(0);
    Deployment second = gateway.started("boot-2");
    assertThat(trial(second.recover())).isEmpty();
    assertThat(second.standing().attempt()).isEmpty();
    gateway.disk.works();
    second.told();
    assertThat(trial(gateway.started("boot-3").recover())).contains(57L);
  }

  @Test
  void anOrderThatCouldNotBeReadGivesWayToANewerOne() throws Exception {
    Path newest = loseBothStatesAndUnread(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);
    deployment.rollBack("HEALTH_QUEUE", "nothing is delivered");
    gateway.disk.makeReadable(newest);
    Plan plan = gateway.started("boot-2").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(56L);
    assertThat(gateway.disk.names(FOLDER)).doesNotContain(newest.getFileName().toString());
  }

  @Test
  void anOrderThatCouldNotBeReadDoesNotUndoAWayBack() throws Exception {
    Path newest = loseBothStatesAndUnread(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    deployment.revert(1, "ROLLBACK", "by hand");
    gateway.disk.makeReadable(newest);
    Plan plan = gateway.started("boot-2").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(55L);
  }

  private Path loseBothStatesAndUnread(long sequence) throws Exception {
    gateway.commit(sequence - 2);
    gateway.commit(sequence - 1);
    gateway.commit(sequence);
    Path newest = FOLDER.resolve(gateway.current().good().orElseThrow().fileName());
    gateway.disk.damage(FOLDER.resolve("state.a"));
    gateway.disk.damage(FOLDER.resolve("state.b"));
    gateway.disk.makeUnreadable(newest);
    return newest;
  }

  /** Row 16: what was blocked does not come back, what is damaged is passed over. */
  @Test
  void withBothStatesDamagedNeitherABlockedNorADamagedOrderRuns() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    Version damaged = gateway.current().good().orElseThrow();
    Deployment before = gateway.started("boot-0");
    before.recover();
    gateway.begin(before, 58);
    before.rollBack("HEALTH_QUEUE", "nothing is delivered");
    gateway.disk.damage(FOLDER.resolve("state.a"));
    gateway.disk.damage(FOLDER.resolve("state.b"));
    gateway.disk.damage(FOLDER.resolve(damaged.fileName()));
    Deployment deployment = gateway.started("boot-1");
    Plan plan = deployment.recover();
    assertThat(trial(plan)).contains(56L);
    assertThat(good(plan)).isEmpty();
    assertThat(good(deployment.rollBack("HEALTH_QUEUE", "nothing is delivered"))).isEmpty();
  }

  /** Row 16: what cannot be counted is not tried. */
  @Test
  void withBothStatesDamagedOnAReadOnlyDiskTheVersionBeforeTheNewestRuns() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    gateway.disk.damage(FOLDER.resolve("state.a"));
    gateway.disk.damage(FOLDER.resolve("state.b"));
    gateway.disk.failAfter(0);
    Plan plan = gateway.started("boot-1").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(56L);
  }
}
