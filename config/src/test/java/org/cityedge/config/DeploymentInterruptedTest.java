package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.config.DeploymentFixture.FOLDER;
import static org.cityedge.config.DeploymentFixture.good;
import static org.cityedge.config.DeploymentFixture.last;
import static org.cityedge.config.DeploymentFixture.trial;

import java.io.IOException;
import org.cityedge.config.Deployment.Plan;
import org.cityedge.config.Standing.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rows 11, 12 and 14 of config.md §4: a power cut at every step, and a trial that ends without a
 * verdict.
 */
class DeploymentInterruptedTest {
  private final DeploymentFixture gateway = new DeploymentFixture();

  /** Rows 11 and 12: from staging to the trial, cut at every step in every way. */
  @ParameterizedTest
  @EnumSource(CrashDisk.Left.class)
  void aPowerCutWhileStagingLeavesTheOldOrTheNewOnTrial(CrashDisk.Left left) throws Exception {
    int old = 0;
    int trial = 0;
    for (int cut = 0; ; cut++) {
      CrashDisk each = fresh();
      Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-1");
      deployment.recover();
      each.cutAfter(cut);
      boolean through;
      try {
        gateway.begin(deployment, 58);
        through = true;
      } catch (CrashDisk.PowerCut _) {
        through = false;
      }
      each.reopen(left);
      Deployment next = new Deployment(new ConfigStore(FOLDER, each), "boot-2");
      Plan plan = next.recover();
      assertThat(good(plan)).as("cut %d", cut).contains(57L);
      if (trial(plan).isPresent()) {
        trial++;
        assertThat(trial(plan)).contains(58L);
        assertThat(next.standing().floor().sequence()).isEqualTo(58);
      } else {
        old++;
        assertThat(next.standing().floor().sequence()).as("cut %d", cut).isEqualTo(57);
        assertThat(each.names(FOLDER)).noneMatch(name -> name.startsWith("1-58-"));
      }
      assertThat(each.names(FOLDER)).noneMatch(name -> name.endsWith(".new"));
      if (through) {
        break;
      }
    }
    assertThat(old).isPositive();
    assertThat(trial).isPositive();
    assertThat(old + trial).isEqualTo(9); // write, fsync, rename, fsync folder, of two files
  }

  /** A cut in the commit leaves a trial, which the next start repeats, or a commit. */
  @ParameterizedTest
  @EnumSource(CrashDisk.Left.class)
  void aPowerCutInTheCommitLeavesATrialOrACommit(CrashDisk.Left left) throws Exception {
    boolean through = false;
    for (int cut = 0; !through; cut++) {
      CrashDisk each = fresh();
      Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-1");
      deployment.recover();
      gateway.begin(deployment, 58);
      each.cutAfter(cut);
      try {
        deployment.commit("");
        through = true;
      } catch (CrashDisk.PowerCut _) {
        // what was to be
      }
      each.reopen(left);
      Deployment next = new Deployment(new ConfigStore(FOLDER, each), "boot-2");
      Plan plan = next.recover();
      if (trial(plan).isPresent()) {
        assertThat(trial(plan)).as("cut %d", cut).contains(58L);
        assertThat(good(plan)).contains(57L);
      } else {
        assertThat(good(plan)).as("cut %d", cut).contains(58L);
      }
      assertThat(next.standing().floor().sequence()).isEqualTo(58);
    }
  }

  /** A cut in the way back, and in the start that finds it, still ends with the old one. */
  @ParameterizedTest
  @EnumSource(CrashDisk.Left.class)
  void aPowerCutInTheWayBackEndsWithTheOldOne(CrashDisk.Left left) throws Exception {
    boolean through = false;
    for (int cut = 0; !through; cut++) {
      CrashDisk each = fresh();
      Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-1");
      deployment.recover();
      gateway.begin(deployment, 58);
      each.cutAfter(cut);
      try {
        deployment.rollBack("HEALTH_BROKER_UNREACHABLE", "no CONNACK");
        through = true;
      } catch (CrashDisk.PowerCut _) {
        // what was to be
      }
      each.reopen(left);
      Plan plan = new Deployment(new ConfigStore(FOLDER, each), "boot-2").recover();
      assertThat(good(plan)).as("cut %d", cut).contains(57L);
      Deployment third = new Deployment(new ConfigStore(FOLDER, each), "boot-3");
      Plan later = third.recover();
      assertThat(trial(later)).as("cut %d", cut).isEmpty();
      assertThat(good(later)).as("cut %d", cut).contains(57L);
      assertThat(third.standing().floor().sequence()).isEqualTo(58);
      assertThat(third.standing().blocked()).hasSize(1);
    }
  }

  /** A disk on which 57 is committed. */
  private CrashDisk fresh() throws IOException {
    CrashDisk each = new CrashDisk();
    Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-0");
    deployment.recover();
    gateway.begin(deployment, 57);
    deployment.commit("");
    deployment.told();
    return each;
  }

  @Test
  void triesOnceMoreAfterAPowerCutAndThenGoesBack() throws Exception {
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);

    Deployment second = gateway.started("boot-2");
    assertThat(trial(second.recover())).contains(58L);
    Deployment third = gateway.started("boot-3");
    Plan plan = third.recover();

    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(57L);
    assertThat(last(third).code()).isEqualTo("INTERRUPTED");
    assertThat(last(third).state()).isEqualTo(State.ROLLED_BACK);
    assertThat(last(third).sequence()).isEqualTo(58);
    assertThat(last(third).told()).isFalse();
  }

  @Test
  void callsItACrashLoopWhenTheMachineWentOn() throws Exception {
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);
    gateway.started("boot-1").recover();
    Deployment third = gateway.started("boot-1");
    Plan plan = third.recover();

    assertThat(good(plan)).contains(57L);
    assertThat(last(third).code()).isEqualTo("CRASH_LOOP");
    assertThat(third.standing().blocked())
        .containsExactly(new Standing.Blocked(1, 58, "CRASH_LOOP"));
    assertThat(third.standing().floor().sequence()).isEqualTo(58);
  }
}
