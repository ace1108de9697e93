package org.cityedge.agent.doctor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks at a gateway from all sides at once: each check on a thread of its own and with a limit of
 * its own, none longer than 9 s. Safe beside a running agent.
 */
public final class Doctor {
  private Doctor() {}

  /**
   * Examines the gateway on this machine.
   *
   * @param file the factory document
   * @param only ids of checks; all when empty
   */
  public static Report examine(Path file, Path data, Path run, List<String> only)
      throws InterruptedException {
    return examine(Patient.of(file, data, run, Patient.Machine.real()), only);
  }

  static Report examine(Patient patient, List<String> only) throws InterruptedException {
    long began = System.nanoTime();
    List<Check> wanted =
        Checks.ALL.stream()
            .filter(check -> only.isEmpty() || check.ids().stream().anyMatch(only::contains))
            .toList();
    List<Finding> findings = look(patient, wanted);
    return new Report(
        patient.config().map(config -> config.gateway().id()).orElse("?"),
        patient.machine().clock().instant(),
        (System.nanoTime() - began) / 1e9,
        findings);
  }

  /** Ids of all checks. */
  public static List<String> checks() {
    return Checks.ids();
  }

  static List<Finding> look(Patient patient, Collection<Check> checks) throws InterruptedException {
    record Started(Thread thread, CompletableFuture<List<Finding>> outcome) {}
    Map<Check, Started> started = new LinkedHashMap<>();
    long began = System.nanoTime();
    for (Check check : checks) {
      CompletableFuture<List<Finding>> outcome = new CompletableFuture<>();
      Thread thread =
          (check.inNative() ? Thread.ofPlatform().daemon() : Thread.ofVirtual())
              .name("doctor-" + check.ids().getFirst())
              .start(() -> run(check, patient, outcome));
      started.put(check, new Started(thread, outcome));
    }
    List<Finding> findings = new ArrayList<>();
    for (Map.Entry<Check, Started> entry : started.entrySet()) {
      Check check = entry.getKey();
      Started one = entry.getValue();
      long left = check.limit().minusNanos(System.nanoTime() - began).toNanos();
      try {
        findings.addAll(one.outcome().get(Math.max(0, left), TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        one.thread().interrupt();
        for (String id : check.ids()) {
          findings.add(Finding.of(id, Diagnosis.CHECK_LATE, seconds(check.limit())));
        }
      } catch (ExecutionException e) {
        String fault = e.getCause() == null ? "?" : e.getCause().getClass().getSimpleName();
        for (String id : check.ids()) {
          findings.add(
              Finding.of(id, Diagnosis.CHECK_BROKEN, fault).quoting(String.valueOf(e.getCause())));
        }
      }
    }
    findings.sort(Finding.ORDER);
    return findings;
  }

  private static void run(Check check, Patient patient, CompletableFuture<List<Finding>> outcome) {
    try {
      outcome.complete(check.look().at(patient));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      outcome.complete(List.of());
    } catch (Exception | LinkageError e) { // one check that fails is a finding, the others go on
      outcome.completeExceptionally(e);
    }
  }

  private static long seconds(Duration limit) {
    return limit.toSeconds();
  }

  /** The worst of them; {@link Mark#PASS} when all is well. What was skipped does not count. */
  public static Mark worst(List<Finding> findings) {
    return findings.stream()
        .map(Finding::mark)
        .filter(mark -> mark != Mark.SKIP)
        .max(Mark::compareTo)
        .orElse(Mark.PASS);
  }
}
