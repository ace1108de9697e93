package org.cityedge.agent.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.remote.ByHand;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Deployment;
import org.cityedge.config.Order;
import org.cityedge.config.Standing;

/** The configuration: the factory document, what is active instead of it, and how it came to be. */
final class ConfigChecks {
  private ConfigChecks() {}

  static Finding document(Patient patient) {
    if (!Files.isReadable(patient.file())) {
      return Finding.of("config", Diagnosis.CONFIG_UNREADABLE, patient.file());
    }
    try {
      GatewayConfig config = GatewayConfig.load(patient.file(), patient.data());
      int warnings = config.warnings().size();
      return warnings > 0
          ? Finding.of("config", Diagnosis.CONFIG_WARNS, warnings)
              .quoting(String.join("\n", config.warnings()))
          : Finding.of(
              "config",
              Diagnosis.CONFIG_GOOD,
              config.sensors().size(),
              config.cameras().size(),
              config.rules().size());
    } catch (ConfigException e) {
      return Finding.of("config", Diagnosis.CONFIG_INVALID).quoting(String.valueOf(e.getMessage()));
    }
  }

  private static Standing standing(Patient patient) throws IOException {
    return Deployment.known(patient.data().resolve("config"));
  }

  static Finding active(Patient patient) throws IOException {
    Standing standing = standing(patient);
    if (standing.attempt().isPresent()) {
      return tried(patient, standing.attempt().get().version());
    }
    if (standing.good().isEmpty()) {
      return Finding.of("config-active", Diagnosis.ACTIVE_FACTORY);
    }
    Standing.Version version = standing.good().get();
    try {
      Order order =
          Deployment.inspect(patient.data().resolve("config"), version)
              .orElseThrow(() -> new IOException("missing, or not the one that was committed"))
              .open(section -> GatewayConfig.read(section, patient.data()))
              .order();
      Instant issued = order.issuedAt();
      return Finding.of(
          "config-active",
          Diagnosis.ACTIVE_ORDER,
          version.sequence(),
          issued,
          Duration.between(issued, patient.machine().clock().instant()).toDays());
    } catch (IOException | ConfigException e) {
      return Finding.of("config-active", Diagnosis.ACTIVE_DAMAGED, version.sequence())
          .quoting(String.valueOf(e.getMessage()));
    }
  }

  private static Finding tried(Patient patient, Standing.Version version) {
    try {
      var _ = Deployment.inspect(patient.data().resolve("config"), version);
      return Finding.of("config-active", Diagnosis.ACTIVE_TRIAL, version.sequence());
    } catch (IOException e) {
      // What is examined then is the factory document.
      return Finding.of("config-active", Diagnosis.ACTIVE_DAMAGED, version.sequence())
          .quoting(String.valueOf(e.getMessage()));
    }
  }

  static Finding result(Patient patient) {
    Standing standing;
    try {
      standing = standing(patient);
    } catch (IOException e) {
      return Finding.of("config-result", Diagnosis.RESULT_UNREADABLE)
          .quoting(String.valueOf(e.getMessage()));
    }
    if (standing.last().isEmpty()) {
      return Finding.of("config-result", Diagnosis.RESULT_NONE);
    }
    Standing.Outcome last = standing.last().get();
    Diagnosis diagnosis =
        switch (last.state()) {
          case ROLLED_BACK ->
              ByHand.wanted(last) ? Diagnosis.RESULT_GONE_BACK : Diagnosis.RESULT_ROLLED_BACK;
          case REJECTED -> Diagnosis.RESULT_REJECTED;
          case COMMITTED -> Diagnosis.RESULT_COMMITTED;
          case RECEIVED, VERIFIED, VALIDATED, STAGED, APPLYING, PROBATION, SUPERSEDED ->
              Diagnosis.RESULT_NONE;
        };
    return Finding.of("config-result", diagnosis, last.sequence(), last.code())
        .quoting(last.detail());
  }

  static Finding keys(Patient patient) {
    TrustedKeys keys = new TrustedKeys(patient.data());
    if (!keys.provisioned()) {
      return Finding.of("config-keys", Diagnosis.KEYS_NONE);
    }
    try {
      var _ = keys.read();
      return Finding.of("config-keys", Diagnosis.KEYS_GOOD);
    } catch (IOException e) {
      return Finding.of("config-keys", Diagnosis.KEYS_BAD).quoting(String.valueOf(e.getMessage()));
    }
  }
}
