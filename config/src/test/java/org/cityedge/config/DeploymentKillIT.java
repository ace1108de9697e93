package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.SignedConfig.Situation;
import org.cityedge.config.SignedConfig.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process of its own on a real disk, killed at every write, fsync, rename and delete from the
 * staging to the commit: what the next one finds is exactly the old order or the new one.
 */
class DeploymentKillIT {
  @TempDir Path folder;

  @Test
  void aKillAtEveryStepLeavesTheOldOrTheNew() throws Exception {
    Signers signers = new Signers();
    long end = Signers.NOW + Signers.YEAR;
    byte[] list = signers.list(1, 1, signers.entry("cfg-1", "config", end));
    Files.write(folder.resolve("keys"), list);
    Files.writeString(
        folder.resolve("root"), Base64Url.encode(Ed25519.raw(signers.pair("root").getPublic())));
    Files.write(folder.resolve("57"), signers.order(57, "cfg-1"));
    Files.write(folder.resolve("58"), signers.order(58, "cfg-1"));

    Path before = folder.resolve("before");
    assertThat(child(before, "57", Integer.MAX_VALUE)).isZero();
    int old = 0;
    int trial = 0;
    int committed = 0;
    int kill = 0;
    for (boolean through = false; !through; kill++) {
      Path versions = copy(before, folder.resolve("versions-" + kill));
      int exit = child(versions, "58", kill);
      through = exit == 0;
      assertThat(exit).isIn(0, 137);
      try (Deployment next = Deployment.open(versions, "next")) {
        Deployment.Plan plan = next.recover();
        Optional<Long> good = plan.good().map(d -> d.version().sequence());
        if (plan.trial().isPresent()) {
          trial++;
          assertThat(plan.trial().get().version().sequence()).isEqualTo(58);
          assertThat(good).as("kill %d", kill).contains(57L);
        } else if (good.equals(Optional.of(58L))) {
          committed++;
        } else {
          old++;
          assertThat(good).as("kill %d", kill).contains(57L);
          assertThat(next.standing().floor().sequence()).isEqualTo(57);
        }
      }
    }
    System.out.printf(
        "DeploymentKillIT points=%d old=%d trial=%d committed=%d%n", kill, old, trial, committed);
    assertThat(old).isGreaterThan(4);
    assertThat(trial).isGreaterThan(2);
    assertThat(committed).isPositive();
  }

  private static Path copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    for (String name : Disk.REAL.names(from)) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
    return to;
  }

  private int child(Path versions, String order, int kill) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Child.class.getName(),
                folder.toString(),
                versions.toString(),
                order,
                Integer.toString(kill))
            .inheritIO()
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the child does not end");
    }
    return process.exitValue();
  }

  /** Applies one order and dies on the way. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      Path folder = Path.of(arguments[0]);
      KeyList keys =
          KeyList.verify(
              Files.readAllBytes(folder.resolve("keys")),
              KeyList.rootKey(Files.readString(folder.resolve("root"))));
      Disk disk = new Dying(Integer.parseInt(arguments[3]));
      Deployment deployment = new Deployment(new ConfigStore(Path.of(arguments[1]), disk), "child");
      deployment.recover();
      byte[] signed = Files.readAllBytes(folder.resolve(arguments[2]));
      Situation situation =
          new Situation(
              "gw-0042",
              Order.Version.of("1.4.0"),
              deployment.standing().floor(),
              Instant.ofEpochSecond(Signers.NOW),
              true);
      Verdict<Integer> verdict =
          SignedConfig.judge(signed, keys, situation, s -> s.integer("threshold", 1, 100));
      deployment.begin(signed, (Verdict.Accepted<Integer>) verdict, keys.epoch());
      deployment.commit("");
      deployment.told();
    }
  }

  /** The real disk, on which the process is killed before step {@code at}. */
  private record Dying(int[] left) implements Disk {
    Dying(int at) {
      this(new int[] {at});
    }

    private void step() throws IOException {
      if (left[0]-- == 0) {
        long self = ProcessHandle.current().pid();
        new ProcessBuilder("kill", "-9", Long.toString(self)).start();
        try {
          Thread.currentThread().join(); // until the signal comes
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    }

    @Override
    public Optional<byte[]> read(Path file) throws IOException {
      return REAL.read(file);
    }

    @Override
    public List<String> names(Path at) throws IOException {
      return REAL.names(at);
    }

    @Override
    public void createFolders(Path at) throws IOException {
      REAL.createFolders(at);
    }

    @Override
    public Optional<Closeable> lock(Path file) throws IOException {
      return REAL.lock(file);
    }

    @Override
    public void write(Path file, byte[] bytes) throws IOException {
      step();
      REAL.write(file, bytes);
    }

    @Override
    public void sync(Path file) throws IOException {
      step();
      REAL.sync(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      step();
      REAL.move(from, to);
    }

    @Override
    public void syncFolder(Path at) throws IOException {
      step();
      REAL.syncFolder(at);
    }

    @Override
    public void delete(Path file) throws IOException {
      step();
      REAL.delete(file);
    }
  }
}
