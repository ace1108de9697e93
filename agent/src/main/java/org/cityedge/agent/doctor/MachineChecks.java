package org.cityedge.agent.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.agent.status.Voltage;

/** The board, as far as its kernel tells of it. */
final class MachineChecks {
  private static final double WARM = 75;
  private static final double HOT = 85;
  private static final Pattern MEMORY =
      Pattern.compile("(?m)^(MemTotal|MemAvailable):\\s+(\\d+) kB");

  private MachineChecks() {}

  static Finding power(Patient patient) {
    return Finding.of(
        "power",
        switch (Voltage.read(patient.machine().root())) {
          case UNTOLD -> Diagnosis.POWER_UNTOLD;
          case GOOD -> Diagnosis.POWER_GOOD;
          case LOW_BEFORE -> Diagnosis.POWER_LOW_BEFORE;
          case LOW_NOW -> Diagnosis.POWER_LOW_NOW;
        });
  }

  static Finding temperature(Patient patient) {
    OptionalDouble most =
        folders(patient, "sys/class/thermal", "thermal_zone*").stream()
            .flatMap(zone -> line(zone.resolve("temp")).stream())
            .filter(text -> text.matches("-?\\d{1,7}"))
            .mapToDouble(text -> Long.parseLong(text) / 1000.0)
            .max();
    if (most.isEmpty()) {
      return Finding.of("temperature", Diagnosis.TEMPERATURE_UNTOLD);
    }
    long celsius = Math.round(most.getAsDouble());
    return Finding.of(
        "temperature",
        most.getAsDouble() >= HOT
            ? Diagnosis.TEMPERATURE_HOT
            : most.getAsDouble() >= WARM ? Diagnosis.TEMPERATURE_WARM : Diagnosis.TEMPERATURE_GOOD,
        celsius);
  }

  static Finding memory(Patient patient) {
    Matcher line = MEMORY.matcher(patient.machine().read("proc/meminfo").orElse(""));
    long total = 0;
    long available = 0;
    while (line.find()) {
      long mebibytes = Long.parseLong(line.group(2)) / 1024;
      if (line.group(1).equals("MemTotal")) {
        total = mebibytes;
      } else {
        available = mebibytes;
      }
    }
    if (total == 0) {
      return Finding.of("memory", Diagnosis.MEMORY_UNTOLD);
    }
    return Finding.of(
        "memory",
        available * 20 < total
            ? Diagnosis.MEMORY_OUT
            : available * 7 < total ? Diagnosis.MEMORY_LOW : Diagnosis.MEMORY_GOOD,
        available,
        total);
  }

  /** The mean of the last five minutes; doctor itself counts in that of the last one. */
  static Finding load(Patient patient) {
    String[] words = patient.machine().read("proc/loadavg").orElse("").split(" ", -1);
    if (words.length < 3) {
      return Finding.of("load", Diagnosis.LOAD_UNTOLD);
    }
    int cores = Runtime.getRuntime().availableProcessors();
    return Finding.of(
        "load",
        Double.parseDouble(words[1]) > 2 * cores ? Diagnosis.LOAD_HIGH : Diagnosis.LOAD_GOOD,
        words[1],
        cores);
  }

  static Finding watchdog(Patient patient) {
    List<Path> dogs = folders(patient, "sys/class/watchdog", "watchdog*");
    if (dogs.isEmpty()) {
      return Finding.of("watchdog", Diagnosis.WATCHDOG_ABSENT);
    }
    Path dog = dogs.getFirst();
    return line(dog.resolve("state")).map("active"::equals).orElse(false)
        ? Finding.of(
            "watchdog", Diagnosis.WATCHDOG_ACTIVE, line(dog.resolve("timeout")).orElse("?"))
        : Finding.of("watchdog", Diagnosis.WATCHDOG_IDLE);
  }

  /** In the order of their names; none where the folder is missing. */
  static List<Path> folders(Patient patient, String parent, String pattern) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(patient.machine().root().resolve(parent), pattern)) {
      all.forEach(found::add);
    } catch (IOException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }

  static Optional<String> line(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
