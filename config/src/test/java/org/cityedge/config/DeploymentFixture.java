package org.cityedge.config;

import static org.cityedge.config.Signers.NOW;
import static org.cityedge.config.Signers.YEAR;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.cityedge.config.Deployment.Plan;
import org.cityedge.config.SignedConfig.Code;
import org.cityedge.config.SignedConfig.Situation;
import org.cityedge.config.SignedConfig.Verdict;
import org.cityedge.config.Standing.Outcome;

/**
 * One gateway on a disk that a test breaks, and the orders that its centre signs with {@code
 * cfg-1}.
 */
final class DeploymentFixture {
  static final Path FOLDER = Path.of("/versions");

  final Signers signers = new Signers();
  final CrashDisk disk = new CrashDisk();
  private KeyList keys = keys(1);

  private KeyList keys(int epoch) {
    try {
      return signers.keys(epoch, 1, signers.entry("cfg-1", "config", NOW + YEAR));
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is judged from now on is judged by the key list of this epoch. */
  void issueKeys(int epoch) {
    keys = keys(epoch);
  }

  /** A process of the machine's boot of this name, up to what it does first. */
  Deployment started(String boot) {
    return new Deployment(new ConfigStore(FOLDER, disk), boot);
  }

  void begin(Deployment deployment, long sequence) throws IOException {
    begin(deployment, signers.order(sequence, "cfg-1"));
  }

  void begin(Deployment deployment, byte[] signed) throws IOException {
    deployment.begin(signed, (Verdict.Accepted<Integer>) judged(deployment, signed), keys.epoch());
  }

  Code refused(Deployment deployment, byte[] signed) {
    return ((Verdict.Refused<Integer>) judged(deployment, signed)).code();
  }

  Verdict<Integer> judged(Deployment deployment, byte[] signed) {
    Situation situation =
        new Situation(
            "gw-0042",
            Order.Version.of("1.4.0"),
            deployment.floor(signed),
            Instant.ofEpochSecond(NOW),
            true);
    return SignedConfig.judge(signed, keys, situation, s -> s.integer("threshold", 1, 100));
  }

  /** On the disk, by a process that has ended since. */
  void commit(long sequence) throws IOException {
    Deployment deployment = started("boot-0");
    deployment.recover();
    begin(deployment, sequence);
    deployment.commit("");
    deployment.told();
  }

  /** What the next process reads. */
  Standing current() throws IOException {
    return new ConfigStore(FOLDER, disk).read();
  }

  static Optional<Long> trial(Plan plan) {
    return plan.trial().map(d -> d.version().sequence());
  }

  static Optional<Long> good(Plan plan) {
    return plan.good().map(d -> d.version().sequence());
  }

  static Outcome last(Deployment deployment) {
    return deployment.standing().last().orElseThrow();
  }
}
