package org.cityedge.agent.doctor;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.uplink.BrokerPing;
import org.cityedge.agent.uplink.BrokerPing.Outcome;
import org.cityedge.agent.uplink.BrokerPing.Stage;
import org.cityedge.agent.uplink.Credentials;
import org.cityedge.agent.uplink.Topics;

/**
 * The way to each broker, as {@code cityedge mqtt ping} goes it, under a client id of its own. All
 * brokers at once. Where another broker delivers, what is wrong with one is a warning.
 */
final class BrokerCheck {
  static final List<String> STAGES =
      List.of("broker-tcp", "broker-tls", "broker-connack", "broker-puback");

  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final Pattern DAYS = Pattern.compile("\\((-?\\d+) days\\)");

  /** What a stage's words mean; the first that is found holds. */
  private record Meaning(String words, Diagnosis diagnosis) {}

  private static final List<Meaning> TCP =
      List.of(
          new Meaning("refused", Diagnosis.TCP_REFUSED),
          new Meaning("no answer in time", Diagnosis.TCP_SILENT),
          new Meaning("no route", Diagnosis.ROUTE_NONE),
          new Meaning("", Diagnosis.TCP_FAILED));

  private static final List<Meaning> TLS =
      List.of(
          new Meaning("expired on", Diagnosis.TLS_EXPIRED),
          new Meaning("not yet valid", Diagnosis.TLS_NOT_YET),
          new Meaning("does not vouch for", Diagnosis.TLS_UNKNOWN_CA),
          new Meaning("refuses the gateway's certificate", Diagnosis.TLS_OWN_REFUSED),
          new Meaning("does not speak TLS", Diagnosis.TLS_NOT_SPOKEN),
          new Meaning("certificate is for", Diagnosis.TLS_WRONG_NAME),
          new Meaning("", Diagnosis.TLS_FAILED));

  private static final List<Meaning> CONNACK =
      List.of(
          new Meaning("it retains nothing", Diagnosis.LOGIN_NO_RETAIN),
          new Meaning("0x86", Diagnosis.LOGIN_PASSWORD),
          new Meaning("0x87", Diagnosis.LOGIN_FORBIDDEN),
          new Meaning("0x8a", Diagnosis.LOGIN_FORBIDDEN),
          new Meaning("0x85", Diagnosis.LOGIN_CLIENT_ID),
          new Meaning("0x84", Diagnosis.LOGIN_PROTOCOL),
          new Meaning("", Diagnosis.LOGIN_FAILED));

  private static final List<Meaning> PUBACK =
      List.of(
          new Meaning("is refused with", Diagnosis.PUBACK_REFUSED),
          new Meaning("", Diagnosis.PUBACK_MISSING));

  private BrokerCheck() {}

  static List<Finding> stages(Patient patient) throws InterruptedException, ExecutionException {
    if (patient.config().isEmpty()) {
      return List.of(Finding.of("broker-tcp", Diagnosis.NO_CONFIG));
    }
    GatewayConfig config = patient.config().get();
    List<Outcome> outcomes = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Outcome>> pings = new ArrayList<>();
      for (URI broker : config.uplink().brokers()) {
        pings.add(threads.submit(() -> ping(patient, config).ping(broker, 1)));
      }
      for (Future<Outcome> ping : pings) {
        outcomes.add(ping.get());
      }
    }
    boolean delivers = outcomes.stream().anyMatch(outcome -> !outcome.failed());
    List<Finding> findings = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      for (Finding finding : of(outcome)) {
        findings.add(delivers ? finding.milder() : finding);
      }
    }
    return findings;
  }

  private static BrokerPing ping(Patient patient, GatewayConfig config) {
    return new BrokerPing(
        config.uplink(),
        Credentials.in(patient.data()),
        new Topics(config.gateway().district(), config.gateway().id()),
        PATIENCE,
        patient.machine().clock(),
        System::nanoTime);
  }

  /** A finding for each of the four stages, as far as they were reached. */
  static List<Finding> of(Outcome outcome) {
    String broker = outcome.broker().toString();
    List<Finding> findings = new ArrayList<>();
    if (outcome.broker().getScheme().equals("mqtt")) {
      findings.add(Finding.of("broker-tls", broker, Diagnosis.TLS_NONE));
    }
    for (Stage stage : outcome.stages()) {
      finding(outcome.broker(), stage).ifPresent(findings::add);
    }
    for (String id : STAGES) {
      if (findings.stream().noneMatch(finding -> finding.check().equals(id))) {
        findings.add(Finding.of(id, broker, Diagnosis.NOT_REACHED));
      }
    }
    return findings;
  }

  private static java.util.Optional<Finding> finding(URI broker, Stage stage) {
    boolean ofCertificates = stage.text().contains("refuses the gateway's certificate");
    boolean failed = stage.mark() == BrokerPing.Mark.FAILED;
    String check =
        switch (stage.name()) {
          case "resolve", "tcp" -> "broker-tcp";
          case "credentials", "tls" -> "broker-tls";
          // With TLS 1.3 a broker judges our certificate after the handshake.
          case "connect" -> failed && ofCertificates ? "broker-tls" : "broker-connack";
          default -> "broker-puback";
        };
    Finding of =
        switch (stage.name()) {
          case "resolve" ->
              failed ? found(check, broker, Diagnosis.NAMES_FAIL, broker.getHost()) : null;
          case "credentials" -> found(check, broker, Diagnosis.TLS_FILES);
          case "tcp" ->
              failed
                  ? found(check, broker, meaning(TCP, stage), NetworkChecks.port(broker))
                  : found(
                      check, broker, Diagnosis.TCP_GOOD, Math.round(stage.millis()), stage.text());
          case "tls" ->
              failed
                  ? found(check, broker, meaning(TLS, stage))
                  : found(check, broker, Diagnosis.TLS_GOOD, days(stage));
          case "connect" -> {
            if (failed) {
              yield found(check, broker, meaning(ofCertificates ? TLS : CONNACK, stage));
            }
            yield found(check, broker, Diagnosis.LOGIN_GOOD);
          }
          case "subscribe" ->
              stage.mark() == BrokerPing.Mark.OK
                  ? null
                  : found(
                      check,
                      broker,
                      failed ? Diagnosis.PUBACK_MISSING : Diagnosis.COMMANDS_REFUSED);
          case "publish" ->
              found(check, broker, failed ? meaning(PUBACK, stage) : Diagnosis.PUBACK_GOOD);
          default -> null;
        };
    return java.util.Optional.ofNullable(of)
        .map(finding -> finding.mark() == Mark.PASS ? finding : finding.quoting(stage.text()));
  }

  private static Finding found(String check, URI broker, Diagnosis diagnosis, Object... values) {
    return Finding.of(check, broker.toString(), diagnosis, values);
  }

  private static Diagnosis meaning(List<Meaning> meanings, Stage stage) {
    return meanings.stream()
        .filter(meaning -> stage.text().contains(meaning.words()))
        .findFirst()
        .orElseThrow()
        .diagnosis();
  }

  private static String days(Stage stage) {
    Matcher days = DAYS.matcher(stage.text());
    return days.find() ? days.group(1) : "?";
  }
}
