package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.cityedge.config.Deployment.Plan;
import org.cityedge.config.SignedConfig.Code;
import org.cityedge.config.SignedConfig.Floor;
import org.cityedge.config.SignedConfig.Situation;
import org.cityedge.config.SignedConfig.Verdict;
import org.cityedge.config.Standing.Outcome;
import org.cityedge.config.Standing.State;
import org.cityedge.config.Standing.Version;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 10 to 12, 14 and 16 of config.md §4, with the power cut at every step. */
class DeploymentTest {
  private static final Path FOLDER = Path.of("/versions");

  private final Signers signers = new Signers();
  private final CrashDisk disk = new CrashDisk();
  private KeyList keys;

  @BeforeEach
  void issueKeys() throws ConfigException {
    keys = signers.keys(1, 1, signers.entry("cfg-1", "config", NOW + YEAR));
  }

  /** A process of the machine's boot of this name, up to what it does first. */
  private Deployment started(String boot) {
    return new Deployment(new ConfigStore(FOLDER, disk), boot, null);
  }

  private void begin(Deployment deployment, long sequence) throws IOException {
    byte[] signed = signers.order(sequence, "cfg-1");
    deployment.begin(signed, (Verdict.Accepted<Integer>) judged(deployment, signed), keys.epoch());
  }

  private Code refused(Deployment deployment, byte[] signed) {
    return ((Verdict.Refused<Integer>) judged(deployment, signed)).code();
  }

  private Verdict<Integer> judged(Deployment deployment, byte[] signed) {
    Situation situation =
        new Situation(
            "gw-0042",
            Order.Version.of("1.4.0"),
            deployment.standing().floor(),
            Instant.ofEpochSecond(NOW),
            true);
    return SignedConfig.judge(signed, keys, situation, s -> s.integer("threshold", 1, 100));
  }

  private void commit(long sequence) throws IOException {
    Deployment deployment = started("boot-0");
    deployment.recover();
    begin(deployment, sequence);
    deployment.commit("");
    deployment.told();
  }

  private static Optional<Long> trial(Plan plan) {
    return plan.trial().map(d -> d.version().sequence());
  }

  private static Optional<Long> good(Plan plan) {
    return plan.good().map(d -> d.version().sequence());
  }

  private static Outcome last(Deployment deployment) {
    return deployment.standing().last().orElseThrow();
  }

  @Test
  void startsWithTheFactoryDocumentOnAnEmptyDisk() throws Exception {
    Plan plan = started("boot-1").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).isEmpty();
  }

  @Test
  void runsACommittedOrderAfterARestart() throws Exception {
    commit(57);
    Deployment next = started("boot-1");
    Plan plan = next.recover();
    assertThat(good(plan)).contains(57L);
    assertThat(trial(plan)).isEmpty();
    assertThat(next.standing().floor().sequence()).isEqualTo(57);
    assertThat(plan.good().orElseThrow().open(s -> s.integer("threshold", 1, 100)).config())
        .isEqualTo(30);
  }

  /** Rows 11 and 12: from staging to the trial, cut at every step in every way. */
  @ParameterizedTest
  @EnumSource(CrashDisk.Left.class)
  void aPowerCutWhileStagingLeavesTheOldOrTheNewOnTrial(CrashDisk.Left left) throws Exception {
    int old = 0;
    int trial = 0;
    for (int cut = 0; ; cut++) {
      CrashDisk each = fresh();
      Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-1", null);
      deployment.recover();
      each.cutAfter(cut);
      boolean through;
      try {
        begin(deployment, 58);
        through = true;
      } catch (CrashDisk.PowerCut _) {
        through = false;
      }
      each.reopen(left);
      Deployment next = new Deployment(new ConfigStore(FOLDER, each), "boot-2", null);
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
      Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-1", null);
      deployment.recover();
      begin(deployment, 58);
      each.cutAfter(cut);
      try {
        deployment.commit("");
        through = true;
      } catch (CrashDisk.PowerCut _) {
        // what was to be
      }
      each.reopen(left);
      Deployment next = new Deployment(new ConfigStore(FOLDER, each), "boot-2", null);
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
      Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-1", null);
      deployment.recover();
      begin(deployment, 58);
      each.cutAfter(cut);
      try {
        deployment.rollBack("HEALTH_BROKER_UNREACHABLE", "no CONNACK");
        through = true;
      } catch (CrashDisk.PowerCut _) {
        // what was to be
      }
      each.reopen(left);
      Plan plan = new Deployment(new ConfigStore(FOLDER, each), "boot-2", null).recover();
      assertThat(good(plan)).as("cut %d", cut).contains(57L);
      Deployment third = new Deployment(new ConfigStore(FOLDER, each), "boot-3", null);
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
    Deployment deployment = new Deployment(new ConfigStore(FOLDER, each), "boot-0", null);
    deployment.recover();
    begin(deployment, 57);
    deployment.commit("");
    deployment.told();
    return each;
  }

  @Test
  void triesOnceMoreAfterAPowerCutAndThenGoesBack() throws Exception {
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 58);

    Deployment second = started("boot-2");
    assertThat(trial(second.recover())).contains(58L);
    Deployment third = started("boot-3");
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
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 58);
    started("boot-1").recover();
    Deployment third = started("boot-1");
    Plan plan = third.recover();

    assertThat(good(plan)).contains(57L);
    assertThat(last(third).code()).isEqualTo("CRASH_LOOP");
    assertThat(third.standing().blocked())
        .containsExactly(new Standing.Blocked(1, 58, "CRASH_LOOP"));
    assertThat(third.standing().floor().sequence()).isEqualTo(58);
  }

  @Test
  void goesBackToTheFactoryDocumentWhenNothingWasCommitted() throws Exception {
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 58);
    Plan plan = deployment.rollBack("HEALTH_BROKER_UNREACHABLE", "no CONNACK");
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).isEmpty();
    assertThat(good(started("boot-1").recover())).isEmpty();
  }

  /** Row 10. */
  @Test
  void keepsWhatIsActiveWhenTheDiskIsFull() throws Exception {
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    for (int full = 0; full < 7; full++) {
      disk.failAfter(full);
      assertThatThrownBy(() -> begin(deployment, 58)).isInstanceOf(IOException.class);
      disk.works();
      Plan plan = started("boot-2").recover();
      assertThat(good(plan)).as("full after %d", full).contains(57L);
      assertThat(trial(plan)).as("full after %d", full).isEmpty();
    }
    begin(deployment, 58);
    assertThat(trial(started("boot-2").recover())).contains(58L);
  }

  @Test
  void doesNotTryWhatItCannotCount() throws Exception {
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 58);
    disk.failAfter(0);
    Deployment second = started("boot-2");
    Plan plan = second.recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(57L);
    assertThat(last(second).code()).isEqualTo("STORAGE");
  }

  /** Row 16. */
  @Test
  void fallsBackPastDamagedVersionsToTheFactoryDocument() throws Exception {
    commit(55);
    commit(56);
    commit(57);
    disk.damage(FOLDER.resolve(current().good().orElseThrow().fileName()));
    Deployment deployment = started("boot-1");
    assertThat(good(deployment.recover())).contains(56L);
    assertThat(last(deployment).code()).isEqualTo("LKG_LOST");
    assertThat(deployment.standing().floor().sequence()).isEqualTo(57);

    disk.damage(FOLDER.resolve(current().good().orElseThrow().fileName()));
    disk.damage(FOLDER.resolve(current().earlier().getFirst().fileName()));
    Deployment later = started("boot-2");
    assertThat(good(later.recover())).isEmpty();
    assertThat(last(later).detail()).contains("factory");
  }

  /** Row 16 does not hide what became of an order that nobody was told of. */
  @Test
  void keepsAnOutcomeThatNobodyWasToldBesideTheLossOfAVersion() throws Exception {
    commit(55);
    Deployment deployment = started("boot-0");
    deployment.recover();
    begin(deployment, 56);
    deployment.rollBack("HEALTH_QUEUE", "nothing is delivered");
    disk.damage(FOLDER.resolve(current().good().orElseThrow().fileName()));
    Deployment next = started("boot-1");
    assertThat(good(next.recover())).isEmpty();
    assertThat(last(next).code()).isEqualTo("LKG_LOST");
    assertThat(current().untold())
        .containsExactly(
            new Outcome(1, 56, State.ROLLED_BACK, "HEALTH_QUEUE", "nothing is delivered", false));
    next.told();
    assertThat(current().untold()).isEmpty();
    assertThat(current().last().orElseThrow().told()).isTrue();
    assertThat(next.standing().outcome(56).orElseThrow().code()).isEqualTo("HEALTH_QUEUE");
    assertThat(next.standing().outcome(54)).isEmpty();
  }

  private Standing current() throws IOException {
    return new ConfigStore(FOLDER, disk).read();
  }

  /** Row 16. */
  @Test
  void aDamagedStateIsWhatHeldBeforeAndOfTwoTheVersionsAreLeft() throws Exception {
    commit(55);
    commit(56);
    commit(57);
    disk.damage(FOLDER.resolve("state.a"));
    assertThat(current().good().map(Version::sequence)).contains(57L);
    disk.damage(FOLDER.resolve("state.b"));
    Deployment deployment = started("boot-1");
    Plan plan = deployment.recover();
    assertThat(trial(plan)).as("whether it was committed nobody knows").contains(57L);
    assertThat(good(plan)).contains(56L);
    assertThat(last(deployment).code()).isEqualTo("LKG_LOST");
    assertThat(deployment.standing().earlier().stream().map(Version::sequence))
        .containsExactly(55L);
    assertThat(deployment.standing().floor().sequence()).isEqualTo(57);
    assertThat(current()).isEqualTo(deployment.standing());
    deployment.commit("");
    assertThat(good(started("boot-2").recover())).contains(57L);
    assertThat(disk.names(FOLDER).stream().filter(name -> name.endsWith(".jws"))).hasSize(3);
  }

  @Test
  void aStateThatCannotBeReadIsADamagedOne() throws Exception {
    commit(56);
    commit(57);
    disk.makeUnreadable(FOLDER.resolve("state.a"));
    assertThat(good(started("boot-1").recover())).contains(57L);
    disk.makeUnreadable(FOLDER.resolve("state.b"));
    Deployment deployment = started("boot-2");
    Plan plan = deployment.recover();
    assertThat(trial(plan)).contains(57L);
    assertThat(good(plan)).contains(56L);
    deployment.commit("");
    deployment.told();
    assertThat(current()).isEqualTo(deployment.standing());
  }

  /** Row 16: what was blocked does not come back, what is damaged is passed over. */
  @Test
  void withBothStatesDamagedNeitherABlockedNorADamagedOrderRuns() throws Exception {
    commit(56);
    commit(57);
    Version damaged = current().good().orElseThrow();
    Deployment before = started("boot-0");
    before.recover();
    begin(before, 58);
    before.rollBack("HEALTH_QUEUE", "nothing is delivered");
    disk.damage(FOLDER.resolve("state.a"));
    disk.damage(FOLDER.resolve("state.b"));
    disk.damage(FOLDER.resolve(damaged.fileName()));
    Deployment deployment = started("boot-1");
    Plan plan = deployment.recover();
    assertThat(trial(plan)).contains(56L);
    assertThat(good(plan)).isEmpty();
    assertThat(good(deployment.rollBack("HEALTH_QUEUE", "nothing is delivered"))).isEmpty();
  }

  /** Row 16: what cannot be counted is not tried. */
  @Test
  void withBothStatesDamagedOnAReadOnlyDiskTheVersionBeforeTheNewestRuns() throws Exception {
    commit(56);
    commit(57);
    disk.damage(FOLDER.resolve("state.a"));
    disk.damage(FOLDER.resolve("state.b"));
    disk.failAfter(0);
    Plan plan = started("boot-1").recover();
    assertThat(trial(plan)).isEmpty();
    assertThat(good(plan)).contains(56L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0080b", "a\u009fb", "a\ufffeb", "a\uffffb", "a\ud800b", "\ud83d"})
  void aDetailThatNoStateCanCarryCostsNoVersion(String detail) throws Exception {
    commit(1);
    commit(2);
    commit(3);
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 4);
    deployment.rollBack("X", detail);
    deployment.told();
    Deployment next = started("boot-2");
    assertThat(good(next.recover())).contains(3L);
    assertThat(last(next).code()).isEqualTo("X");
    assertThat(disk.names(FOLDER).stream().filter(name -> name.endsWith(".jws"))).hasSize(3);
  }

  @Test
  void keepsTenVersionsAndNoOtherFiles() throws Exception {
    for (int sequence = 1; sequence <= 14; sequence++) {
      commit(sequence);
    }
    Standing standing = current();
    assertThat(standing.good().map(Version::sequence)).contains(14L);
    assertThat(standing.earlier().stream().map(Version::sequence))
        .containsExactly(13L, 12L, 11L, 10L, 9L, 8L, 7L, 6L, 5L);
    started("boot-1").recover();
    assertThat(disk.names(FOLDER).stream().filter(name -> name.endsWith(".jws"))).hasSize(10);
  }

  @Test
  void revertsToAnEarlierVersionAndToTheFactory() throws Exception {
    commit(55);
    commit(56);
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    assertThatThrownBy(() -> deployment.revert(4, "ROLLBACK", "by hand"))
        .hasMessageContaining("1..3");
    Plan plan = deployment.revert(2, "ROLLBACK", "by hand");
    assertThat(good(plan)).contains(55L);
    assertThat(last(deployment).sequence()).isEqualTo(57);
    assertThat(deployment.standing().floor().sequence()).isEqualTo(57);
    assertThat(good(started("boot-1").recover())).contains(55L);
    Deployment later = started("boot-1");
    later.recover();
    assertThat(good(later.revert(1, "ROLLBACK", "by hand"))).isEmpty();
  }

  @Test
  void goesBackByHandWithoutCountingAStart() throws Exception {
    commit(56);
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 58);
    disk.failAfter(0);
    assertThatThrownBy(() -> started("boot-1").goBack(1, "ROLLBACK", "by hand"))
        .hasMessageContaining("disk refuses");
    disk.works();
    assertThat(current().attempt().orElseThrow().starts()).isZero();
    started("boot-1").goBack(1, "ROLLBACK", "by hand");
    assertThat(current().attempt()).isEmpty();
    assertThat(current().good().map(Version::sequence)).contains(57L);
    started("boot-1").goBack(1, "ROLLBACK", "by hand");
    assertThat(current().good().map(Version::sequence)).contains(56L);
  }

  @Test
  void givesUpAVersionThatTheAgentCannotRead() throws Exception {
    commit(56);
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    assertThat(good(deployment.giveUpGood())).contains(56L);
    assertThat(good(deployment.giveUpGood())).isEmpty();
  }

  @Test
  void tellsAnOutcomeOnceAndAgainWhenItWasNotWrittenDown() throws Exception {
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 58);
    deployment.commit("");
    disk.failAfter(0);
    deployment.told();
    assertThat(last(deployment).told()).isTrue();
    disk.works();
    Deployment next = started("boot-2");
    next.recover();
    assertThat(last(next).told()).isFalse();
    next.told();
    assertThat(current().last().orElseThrow().told()).isTrue();
  }

  @Test
  void keepsTheFactoryDocument() throws Exception {
    Deployment deployment = started("boot-1");
    deployment.recover();
    assertThat(deployment.factory()).isEmpty();
    byte[] document = "gateway: {}".getBytes(StandardCharsets.UTF_8);
    deployment.keepFactory(document);
    disk.cutAfter(0);
    deployment.keepFactory(document); // nothing to write
    assertThat(deployment.factory()).contains(document);
  }

  @Test
  void anOrderOfANewEpochBeginsANewCountAndAnOlderListIsRefused() throws Exception {
    commit(57);
    keys = signers.keys(2, 1, signers.entry("cfg-1", "config", NOW + YEAR));
    Deployment deployment = started("boot-0");
    deployment.recover();
    byte[] first = signers.sign(Signers.claims(1, NOW, ""), SignedConfig.TYPE, "cfg-1");
    deployment.begin(first, (Verdict.Accepted<Integer>) judged(deployment, first), keys.epoch());
    deployment.commit("");
    assertThat(current().floor().epoch()).isEqualTo(2);
    keys = signers.keys(1, 1, signers.entry("cfg-1", "config", NOW + YEAR));
    assertThat(refused(deployment, signers.order(58, "cfg-1"))).isEqualTo(Code.KEY_UNKNOWN);
  }

  /** Row 14 blocks an order, and a new key list does not unblock it, also over a restart. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anOrderThatWasRolledBackStaysBlockedUnderANewEpoch(boolean statesLost) throws Exception {
    commit(57);
    Deployment before = started("boot-0");
    before.recover();
    begin(before, 58);
    if (statesLost) {
      disk.damage(FOLDER.resolve("state.a"));
      disk.damage(FOLDER.resolve("state.b"));
    } else {
      before.rollBack("CRASH_LOOP", "");
    }
    Deployment deployment = started("boot-1");
    deployment.recover();
    keys = signers.keys(2, 1, signers.entry("cfg-1", "config", NOW + YEAR));
    assertThat(judged(deployment, signers.order(58, "cfg-1"))).isInstanceOf(Verdict.Repeated.class);
    assertThat(refused(deployment, signers.order(12, "cfg-1"))).isEqualTo(Code.SEQ_STALE);
  }

  /** Written before the floor had the time of issue. */
  @Test
  void readsAStateOfAnOlderAgent() throws Exception {
    commit(57);
    String text = current().json();
    Standing older = Standing.parse(text.replace(",\"iat\":" + (NOW - 60), ""));
    assertThat(older.floor())
        .isEqualTo(new Floor(1, 57, current().floor().sha256(), Instant.EPOCH));
    assertThat(older.good()).isEqualTo(current().good());
  }

  @Test
  void everyStandingIsReadAsItWasWritten() throws Exception {
    commit(56);
    commit(57);
    Deployment deployment = started("boot-1");
    deployment.recover();
    begin(deployment, 58);
    assertThat(current()).isEqualTo(deployment.standing());
    deployment.rollBack("HEALTH_SENSORS", "\"quoted\" \\ and\nbroken " + "x".repeat(300));
    assertThat(current()).isEqualTo(deployment.standing());
  }

  /** The text that is not made printable on its way in is the boot's. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        0x7f, 0x80, 0x85, 0x9f, 0xa0, 0x2028, 0x2029, 0xd800, 0xdfff, 0xfeff, 0xfffe, 0xffff,
        0x1f6a8, 0x1fffe
      })
  void everyCharacterIsReadAsItWasWritten(int character) throws Exception {
    Deployment deployment = started("a" + Character.toString(character) + "b");
    deployment.recover();
    begin(deployment, 58);
    assertThat(current()).isEqualTo(deployment.standing());
  }
}
