package org.cityedge.agent.doctor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.status.Machine;
import org.cityedge.drivers.linux.Errno;
import org.cityedge.drivers.linux.Inodes;

/** Whether the folders can hold what they are there for. */
final class DiskChecks {
  private static final long MIB = 1 << 20;

  private static final int TIMES = 3;
  private static final long SLOW_MILLIS = 200;

  /** The limit that fleets are judged by elsewhere as well. */
  private static final long CRAWLING_MILLIS = 1000;

  private DiskChecks() {}

  static Finding space(Patient patient) {
    try {
      FileStore disk = Files.getFileStore(patient.data());
      long free = disk.getUsableSpace();
      long all = disk.getTotalSpace();
      Diagnosis diagnosis =
          free < Machine.DISK_FULL
              ? Diagnosis.DISK_FULL
              : free < Machine.DISK_LOW ? Diagnosis.DISK_LOW : Diagnosis.DISK_GOOD;
      return Finding.of("disk-space", diagnosis, free / MIB, all / MIB);
    } catch (IOException e) {
      return Finding.of("disk-space", Diagnosis.DATA_MISSING, patient.data());
    }
  }

  static Finding inodes(Patient patient) {
    try {
      Inodes inodes = Inodes.of(patient.data());
      // Some file systems, such as btrfs, make them as they need them and say 0.
      Diagnosis diagnosis =
          inodes.all() > 0 && inodes.free() < 16
              ? Diagnosis.INODES_OUT
              : inodes.free() * 20 < inodes.all() ? Diagnosis.INODES_LOW : Diagnosis.INODES_GOOD;
      return Finding.of("inodes", diagnosis, inodes.free(), inodes.all());
    } catch (Errno e) {
      return Finding.of("inodes", Diagnosis.DATA_MISSING, patient.data());
    }
  }

  /** A synced write of one page, three times; the middle one counts. */
  static java.util.List<Finding> write(Patient patient) {
    return java.util.List.of(written(patient));
  }

  private static Finding written(Patient patient) {
    Path file = patient.data().resolve(".doctor-" + ProcessHandle.current().pid());
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      long[] millis = new long[TIMES];
      for (int i = 0; i < TIMES; i++) {
        long began = System.nanoTime();
        channel.write(ByteBuffer.allocate(4096), 0);
        channel.force(true);
        millis[i] = (System.nanoTime() - began) / 1_000_000;
      }
      java.util.Arrays.sort(millis);
      long middle = millis[TIMES / 2];
      return Finding.of(
          "disk-write",
          middle >= CRAWLING_MILLIS
              ? Diagnosis.WRITE_CRAWLS
              : middle >= SLOW_MILLIS ? Diagnosis.WRITE_SLOW : Diagnosis.WRITE_GOOD,
          middle);
    } catch (NoSuchFileException e) {
      return Finding.of("disk-write", Diagnosis.DATA_MISSING, patient.data());
    } catch (AccessDeniedException e) {
      return patient.owner().isPresent()
          ? Finding.of("disk-write", Diagnosis.OWNER_ONLY)
          : Finding.of("disk-write", Diagnosis.WRITE_FORBIDDEN, System.getProperty("user.name"));
    } catch (IOException e) {
      boolean readOnly =
          e instanceof FileSystemException fault
              && String.valueOf(fault.getReason()).contains("Read-only");
      return Finding.of("disk-write", readOnly ? Diagnosis.WRITE_READ_ONLY : Diagnosis.WRITE_FAILS)
          .quoting(String.valueOf(e.getMessage()));
    }
  }

  /** What ext4 has noted, and what an eMMC tells of its wear (JEDEC life time estimate, tenths). */
  static Finding health(Patient patient) {
    boolean told = false;
    for (Path system : MachineChecks.folders(patient, "sys/fs/ext4", "*")) {
      Optional<String> errors = MachineChecks.line(system.resolve("errors_count"));
      told |= errors.isPresent();
      if (errors.map(count -> !count.equals("0")).orElse(false)) {
        return Finding.of("disk-health", Diagnosis.CARD_ERRORS, system.getFileName(), errors.get());
      }
    }
    for (Path card : MachineChecks.folders(patient, "sys/block", "mmcblk*")) {
      Optional<String> life = MachineChecks.line(card.resolve("device/life_time"));
      told |= life.isPresent();
      int tenths = life.map(DiskChecks::worst).orElse(0);
      if (tenths >= 9) {
        return Finding.of("disk-health", Diagnosis.CARD_WORN, Math.min(100, tenths * 10));
      }
    }
    return Finding.of("disk-health", told ? Diagnosis.CARD_GOOD : Diagnosis.CARD_UNTOLD);
  }

  private static int worst(String life) {
    int most = 0;
    for (String word : life.split("\\s+", -1)) {
      if (word.matches("0x[0-9a-fA-F]{1,2}")) {
        most = Math.max(most, Integer.parseInt(word.substring(2), 16));
      }
    }
    return most;
  }

  static Finding run(Patient patient) {
    try {
      FileStore store = Files.getFileStore(patient.run());
      boolean clips =
          patient.config().map(c -> c.evidence().clips() && !c.cameras().isEmpty()).orElse(false);
      if (!Files.isWritable(patient.run())) {
        return patient.owner().isPresent()
            ? Finding.of("run-folder", Diagnosis.OWNER_ONLY)
            : Finding.of("run-folder", Diagnosis.RUN_UNUSABLE, patient.run());
      }
      if (clips && !store.type().equals("tmpfs")) {
        return Finding.of("run-folder", Diagnosis.RUN_ON_DISK, patient.run());
      }
      long free = store.getUsableSpace() / MIB;
      long wanted = clips ? patient.config().map(DiskChecks::wanted).orElse(0L) : 0;
      // What the rings hold already is not free any more.
      return free < wanted && patient.agent().isEmpty()
          ? Finding.of("run-folder", Diagnosis.RUN_SMALL, free, wanted)
          : Finding.of("run-folder", Diagnosis.RUN_GOOD, free);
    } catch (IOException e) {
      return patient.agent().isPresent()
          ? Finding.of("run-folder", Diagnosis.RUN_UNUSABLE, patient.run())
          : Finding.of("run-folder", Diagnosis.AGENT_MUST_RUN);
    }
  }

  /** MiB of the run folder that the rings and clips of the cameras need at worst. */
  static long wanted(GatewayConfig config) {
    return config.runBytes() / MIB;
  }
}
