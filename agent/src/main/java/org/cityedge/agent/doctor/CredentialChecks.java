package org.cityedge.agent.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.page.PageConfig;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.SensorConfig;

/** The files that the configuration names: secrets by their modes, certificates by their days. */
final class CredentialChecks {
  private static final long SOON_DAYS = 30;

  private CredentialChecks() {}

  /** Names of files in {@code secrets/}. */
  static Set<String> secretsOf(GatewayConfig config) {
    Set<String> names = new TreeSet<>();
    config.uplink().passwordRef().ifPresent(names::add);
    config.uplink().tls().ifPresent(tls -> tls.keyRef().ifPresent(names::add));
    for (GatewayConfig.SensorEntry entry : config.sensors().values()) {
      switch (security(entry.config())) {
        case CoapSecurity.Psk psk -> names.add(psk.keyRef());
        case CoapSecurity.X509 x509 -> x509.keyRef().ifPresent(names::add);
        case CoapSecurity.None _ -> {}
      }
    }
    for (GatewayConfig.CameraEntry entry : config.cameras().values()) {
      entry.config().source().passwordRef().ifPresent(names::add);
    }
    config.page().codeRef().ifPresent(names::add);
    return names;
  }

  /** Names of files in {@code certificates/}. */
  private static Set<String> certificatesOf(GatewayConfig config) {
    Set<String> names = new TreeSet<>();
    config
        .uplink()
        .tls()
        .ifPresent(
            tls -> {
              names.add(tls.ca());
              tls.certificate().ifPresent(names::add);
            });
    for (GatewayConfig.SensorEntry entry : config.sensors().values()) {
      if (security(entry.config()) instanceof CoapSecurity.X509 x509) {
        names.add(x509.ca());
        x509.certificate().ifPresent(names::add);
      }
    }
    for (GatewayConfig.CameraEntry entry : config.cameras().values()) {
      if (!entry.config().source().takesAnyCertificate()) {
        entry.config().source().ca().ifPresent(names::add);
      }
    }
    return names;
  }

  private static CoapSecurity security(SensorConfig sensor) {
    return sensor instanceof CoapSensorConfig coap ? coap.security() : new CoapSecurity.None(true);
  }

  static List<Finding> secrets(Patient patient) throws IOException {
    if (patient.config().isEmpty()) {
      return List.of(Finding.of("secrets", Diagnosis.NO_CONFIG));
    }
    Set<String> names = secretsOf(patient.config().get());
    if (names.isEmpty()) {
      return List.of(Finding.of("secrets", Diagnosis.NONE_CONFIGURED));
    }
    List<Finding> findings = new ArrayList<>();
    for (String name : names) {
      Path file = patient.data().resolve("secrets").resolve(name);
      if (!Files.isRegularFile(file)) {
        findings.add(Finding.of("secrets", name, Diagnosis.SECRET_MISSING, file));
      } else if (StoreChecks.loose(file).isPresent()) {
        findings.add(Finding.of("secrets", name, Diagnosis.SECRET_LOOSE, file));
      } else {
        unusable(patient, name)
            .ifPresent(
                why ->
                    findings.add(
                        Finding.of("secrets", name, Diagnosis.SECRET_UNUSABLE).quoting(why)));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.of("secrets", Diagnosis.SECRET_GOOD, names.size()))
        : findings;
  }

  private static Optional<String> unusable(Patient patient, String name) {
    try {
      String text = patient.keys().secrets().readKey(name);
      return patient
          .config()
          .flatMap(config -> config.page().codeRef())
          .filter(name::equals)
          .flatMap(_ -> PageConfig.codeProblem(text))
          .map(problem -> "the page's access code " + problem);
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  static List<Finding> certificates(Patient patient) {
    if (patient.config().isEmpty()) {
      return List.of(Finding.of("certificates", Diagnosis.NO_CONFIG));
    }
    GatewayConfig config = patient.config().get();
    List<Finding> findings = new ArrayList<>();
    for (String name : certificatesOf(config)) {
      try {
        findings.add(ends(patient, name, patient.keys().chain(name)));
      } catch (IOException e) {
        findings.add(unusable(name, e));
      }
    }
    config
        .uplink()
        .tls()
        .filter(tls -> tls.certificate().isPresent() && tls.keyRef().isPresent())
        .ifPresent(
            tls -> {
              String name = tls.certificate().orElseThrow();
              try {
                var _ = patient.keys().identity(name, tls.keyRef().orElseThrow());
              } catch (IOException e) {
                findings.add(unusable(name, e));
              }
            });
    return findings.isEmpty()
        ? List.of(Finding.of("certificates", Diagnosis.NONE_CONFIGURED))
        : findings;
  }

  private static Finding unusable(String name, IOException e) {
    return Finding.of("certificates", name, Diagnosis.CERTIFICATE_UNUSABLE)
        .quoting(String.valueOf(e.getMessage()));
  }

  /** The one of the chain that ends first. */
  private static Finding ends(Patient patient, String name, List<X509Certificate> chain) {
    Instant until = Instant.MAX;
    for (X509Certificate one : chain) {
      Instant end = one.getNotAfter().toInstant();
      until = end.isBefore(until) ? end : until;
    }
    long days = Duration.between(patient.machine().clock().instant(), until).toDays();
    if (until.isBefore(patient.machine().clock().instant())) {
      return Finding.of("certificates", name, Diagnosis.CERTIFICATE_ENDED, until);
    }
    return Finding.of(
        "certificates",
        name,
        days < SOON_DAYS ? Diagnosis.CERTIFICATE_SOON : Diagnosis.CERTIFICATE_GOOD,
        days);
  }
}
