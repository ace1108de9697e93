package org.cityedge.agent.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.cityedge.buffer.Event;
import org.cityedge.buffer.Lane;
import org.cityedge.config.ConfigException;
import org.cityedge.drivers.Quality;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One alert per incident, from its onset to the closed case. */
class AlertLifeTest {
  private static final String SECTIONS =
      """
      sensors:
        - {id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}
        - {id: night, type: contact, chip: sim, simFile: /tmp/night, quantity: open}
        - {id: detector, type: contact, chip: sim, simFile: /tmp/detector, quantity: open, name: 2号烟感}
        - {id: river, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: m}]}
      cameras:
        - {id: cam-1, source: "rtsp://h/1", detect: [smoke], gb28181: "51010800001320000001"}
        - {id: cam-2, source: "rtsp://h/2", detect: [smoke], gb28181: "51010800001320000002",
           location: {lat: 30.6601, lon: 104.1}}
        - {id: cam-3, source: "rtsp://h/3", gb28181: "51010800001320000003", location: {lat: 30.7, lon: 104.1}}
      rules:
        - {id: door-open, kind: contact, sensor: door, quantity: open, clear: 0s}
        - {id: night-open, kind: contact, sensor: night, quantity: open, hours: ["mon-sun 22:00-06:00"]}
        - {id: smoke-1, kind: smoke, camera: cam-1, incident: hall, severity: moderate}
        - {id: detector-1, kind: contact, sensor: detector, quantity: open, raises: smoke, incident: hall, severity: severe, clear: 0s}
        - {id: river-rises, kind: rate, sensor: river, quantity: level, change: 0.5, within: 10m, clear: 0s}
      alerts: {acceptWithin: 2m}
      """;

  private static final DateTimeFormatter ISO = DateTimeFormatter.ISO_OFFSET_DATE_TIME;

  @TempDir Path folder;
  private AlertStage stage;

  @BeforeEach
  void open() throws Exception {
    stage = new AlertStage(folder, SECTIONS);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  private String raisedDoor() throws Exception {
    stage.flag("door", true);
    return stage.last().get("alertId").asText();
  }

  private void openAndClose() {
    stage.flag("door", true);
    stage.flag("door", false);
  }

  @Test
  void carriesWhatTheCentreSays() throws Exception {
    String id = raisedDoor();
    assertThat(stage.say(id, OptionalInt.of(1), "accepted"))
        .isEqualTo(new Handled.Taken(2, "updated"));
    JsonNode told = stage.last();
    assertThat(told.at("/handling/state").asText()).isEqualTo("accepted");
    assertThat(told.at("/handling/by").asText()).isEqualTo("duty-3");
    assertThat(told.at("/handling/case").asText()).isEqualTo("C-17");
    // Delivered twice, told once.
    assertThat(stage.say(id, "accepted")).isEqualTo(new Handled.Known(2, "updated"));
    // Said of an older message, and no less true.
    assertThat(stage.say(id, OptionalInt.of(1), "dispatched"))
        .isEqualTo(new Handled.Taken(3, "updated"));
    assertThat(stage.messages())
        .containsExactly("sensor raised 1", "sensor updated 2", "sensor updated 3");
  }

  @Test
  void goesOnWithACaseAfterItsAlertIsOverAndAfterARestart() throws Exception {
    String id = raisedDoor();
    stage.flag("door", false);
    stage.restart();
    assertThat(stage.say(id, "feedback")).isEqualTo(new Handled.Taken(3, "cleared"));
    assertThat(stage.say(id, "closed")).isEqualTo(new Handled.Taken(4, "cleared"));
    assertThat(stage.last().at("/handling/state").asText()).isEqualTo("closed");
    assertThat(stage.last().get("reason").asText()).isEqualTo("condition_gone");
    assertThat(stage.say("01JWN8Z3T0K5V9Q2R7B4C6D8E1", "accepted"))
        .isEqualTo(new Handled.Unknown());
  }

  @Test
  void forgetsTheOldestOfTheAlertsThatAreOver() throws Exception {
    String first = raisedDoor();
    stage.flag("door", false);
    for (int i = 0; i < OpenAlerts.MAX_PAST; i++) {
      stage.seconds += 3600;
      openAndClose();
    }
    assertThat(stage.say(first, "closed")).isEqualTo(new Handled.Unknown());
    String newest = stage.last().get("alertId").asText();
    assertThat(stage.say(newest, "closed")).isInstanceOf(Handled.Taken.class);
  }

  @Test
  void aFalsePositiveIsCancelledAndNotRaisedAgainUntilItsConditionWasGone() throws Exception {
    String id = raisedDoor();
    assertThat(stage.say(id, "false_positive")).isEqualTo(new Handled.Taken(2, "cancelled"));
    assertThat(stage.last().get("reason").asText()).isEqualTo("false_positive");
    stage.pass(300, () -> stage.flag("door", true));
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor cancelled 2");
    assertThat(stage.tracker.openCount()).isZero();
    stage.flag("door", false);
    stage.flag("door", true);
    assertThat(stage.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
    assertThat(stage.last().get("alertId").asText()).isNotEqualTo(id);
    assertThat(stage.tracker.verdicts()).containsEntry("door", new Verdicts(2, 1));
    stage.restart();
    assertThat(stage.tracker.verdicts()).containsEntry("door", new Verdicts(2, 1));
  }

  @Test
  void whatTheCentreCalledNothingIsNotRaisedAgainAfterARestart() throws Exception {
    stage.say(raisedDoor(), "false_positive");
    stage.restart();
    stage.pass(300, () -> stage.flag("door", true));
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor cancelled 2");
    stage.restart();
    stage.flag("door", false);
    stage.flag("door", true);
    assertThat(stage.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
  }

  @Test
  void whatTheOperatorClearedIsNotRaisedAgainAfterARestart() throws Exception {
    stage.tracker.clear(raisedDoor());
    stage.restart();
    stage.flag("door", true);
    assertThat(stage.messages()).containsExactly("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aRestartSilencesNothingThatWasGoneBefore() throws Exception {
    stage.say(raisedDoor(), "false_positive");
    stage.restart();
    stage.pass(2, () -> stage.flag("door", false));
    stage.restart();
    stage.flag("door", true);
    assertThat(stage.messages()).hasSize(3).last().isEqualTo("sensor raised 1");
  }

  @Test
  void doesNotCancelWhatHasChangedSinceTheCentreLooked() throws Exception {
    String id = raisedDoor();
    stage.say(id, "accepted");
    assertThat(stage.say(id, OptionalInt.of(1), "false_positive"))
        .isEqualTo(new Handled.Older(2, "updated"));
    assertThat(stage.say(id, OptionalInt.of(2), "false_positive"))
        .isEqualTo(new Handled.Taken(3, "cancelled"));
  }

  @Test
  void whatComesBackWithinTheCoolDownIsTheSameAlert() throws Exception {
    String id = raisedDoor();
    stage.flag("door", false);
    stage.seconds += 59;
    stage.flag("door", true);
    assertThat(stage.messages())
        .containsExactly("sensor raised 1", "sensor cleared 2", "sensor updated 3");
    assertThat(stage.last().get("alertId").asText()).isEqualTo(id);
    assertThat(stage.last().get("reopened").asInt()).isEqualTo(1);
    assertThat(stage.last().has("clearedAt")).isFalse();
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.flag("door", false);
    stage.seconds += 61;
    stage.flag("door", true);
    assertThat(stage.last().get("alertId").asText()).isNotEqualTo(id);
  }

  @Test
  void theCentresWordAndAReopeningAtOnceAreTwoMessages() throws Exception {
    String id = raisedDoor();
    stage.flag("door", false);
    Thread opens = new Thread(() -> stage.flag("door", true));
    stage.store.next =
        () -> {
          opens.start();
          long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
          while (opens.getState() != Thread.State.BLOCKED && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
          }
        };
    assertThat(stage.say(id, "accepted")).isEqualTo(new Handled.Taken(3, "cleared"));
    opens.join();
    assertThat(stage.messages())
        .containsExactly(
            "sensor raised 1", "sensor cleared 2", "sensor cleared 3", "sensor updated 4");
    assertThat(stage.last().at("/handling/state").asText()).isEqualTo("accepted");
  }

  @Test
  void aClosedCaseIsNotOpenedAgain() throws Exception {
    String id = raisedDoor();
    stage.flag("door", false);
    stage.say(id, "closed");
    stage.flag("door", true);
    assertThat(stage.last().get("alertId").asText()).isNotEqualTo(id);
    assertThat(stage.messages().getLast()).isEqualTo("sensor raised 1");
  }

  @Test
  void whatIsMadeUpDoesNotReopenWhatWasReal() throws Exception {
    raisedDoor();
    stage.flag("door", false);
    stage.flag("door", true, Quality.SIM);
    assertThat(stage.messages().getLast()).isEqualTo("sensor raised 1");
    assertThat(stage.last().get("status").asText()).isEqualTo("Test");
  }

  @Test
  void aLooseContactIsOneAlertThatStaysOpenUntilItIsQuiet() throws Exception {
    stage.pass(600, this::openAndClose);
    // Raised and cleared four times, reopened a fifth time, then a keep-alive a minute.
    assertThat(stage.messages()).hasSizeLessThan(25);
    assertThat(stage.messages().stream().filter(m -> m.contains("cleared"))).hasSize(4);
    assertThat(stage.last().get("flapping").asBoolean()).isTrue();
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    assertThat(stage.tracker.flapping()).isEqualTo(1);
    stage.pass(61, () -> {});
    assertThat(stage.messages().getLast()).startsWith("sensor cleared");
    assertThat(stage.tracker.openCount()).isZero();
  }

  @Test
  void asksTheCentreAgainThreeTimesUntilItAccepts() throws Exception {
    String id = raisedDoor();
    stage.pass(119, () -> {});
    assertThat(stage.alerts()).hasSize(1);
    stage.pass(1, () -> {});
    assertThat(stage.last().get("escalation").asInt()).isEqualTo(1);
    stage.pass(600, () -> {});
    assertThat(stage.alerts()).hasSize(4);
    assertThat(stage.last().get("escalation").asInt()).isEqualTo(3);
    stage.say(id, "accepted");
    stage.pass(600, () -> {});
    assertThat(stage.alerts()).hasSize(5);
  }

  @Test
  void asksAgainForWhatCameBackOnceTheTimeToAcceptHasPassedAnew() throws Exception {
    raisedDoor();
    stage.pass(100, () -> {});
    stage.flag("door", false);
    stage.pass(30, () -> {});
    stage.flag("door", true);
    stage.pass(119, () -> {});
    assertThat(stage.messages())
        .containsExactly("sensor raised 1", "sensor cleared 2", "sensor updated 3");
    stage.pass(1, () -> {});
    assertThat(stage.last().get("escalation").asInt()).isEqualTo(1);
  }

  @Test
  void doesNotAskAgainForWhatIsAccepted() throws Exception {
    stage.say(raisedDoor(), "accepted");
    stage.pass(600, () -> {});
    assertThat(stage.alerts()).hasSize(2);
  }

  @Test
  void twoWitnessesOfOnePlaceMakeOneAlertThatIsSurerAndMoreSevere() throws Exception {
    stage.pass(7, () -> stage.smoke("cam-1", 0.6));
    JsonNode seen = stage.last();
    assertThat(seen.get("severity").asText()).isEqualTo("Moderate");
    assertThat(seen.get("certainty").asText()).isEqualTo("Possible");
    stage.flag("detector", true);
    JsonNode both = stage.last();
    assertThat(both.get("alertId")).isEqualTo(seen.get("alertId"));
    assertThat(both.get("state").asText()).isEqualTo("updated");
    assertThat(both.get("severity").asText()).isEqualTo("Extreme");
    assertThat(both.get("certainty").asText()).isEqualTo("Observed");
    assertThat(both.get("confidence").asDouble()).isEqualTo(1);
    assertThat(both.at("/why/rule").asText()).isEqualTo("smoke-1");
    assertThat(both.at("/why/with/0").asText()).isEqualTo("detector-1");
    // One of them alone does not end it.
    stage.flag("detector", false);
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.pass(61, () -> stage.smoke("cam-1", 0));
    assertThat(stage.messages().getLast()).startsWith("smoke cleared");
  }

  @Test
  void isAsSevereAsTheOtherWitnessWhoReopensIt() throws Exception {
    stage.pass(7, () -> stage.smoke("cam-1", 0.6));
    stage.pass(61, () -> stage.smoke("cam-1", 0));
    JsonNode first = stage.last();
    assertThat(first.get("state").asText()).isEqualTo("cleared");
    stage.flag("detector", true);
    JsonNode again = stage.last();
    assertThat(again.get("alertId")).isEqualTo(first.get("alertId"));
    assertThat(again.get("reopened").asInt()).isEqualTo(1);
    assertThat(again.get("severity").asText()).isEqualTo("Extreme");
    assertThat(again.get("confidence").asDouble()).isEqualTo(1);
  }

  @Test
  void tellsAValueToTheDigitsOfItsLimit() throws Exception {
    Path own = Files.createDirectory(folder.resolve("small"));
    try (AlertStage small =
        new AlertStage(
            own,
            """
            sensors:
              - {id: dust, type: coap, uri: "coap://h/level", security: none, channels: [{quantity: level, unit: kg/m3}]}
            rules:
              - {id: dust-high, kind: threshold, sensor: dust, quantity: level, above: 0.002, hold: 0s}
            """)) {
      small.number("dust", 0.00412345678);
      assertThat(small.last().at("/why/value").asDouble()).isEqualTo(0.00412346);
      assertThat(small.last().at("/why/limit").asDouble()).isEqualTo(0.002);
    }
  }

  /** A newer agent's note after the way back to this one, and a byte that the card has lost. */
  @Test
  void takesUpEveryOpenAlertThatItCanRead() throws Exception {
    raisedDoor();
    stage.flag("detector", true);
    byte[] door = stage.store.note("alert.door-open").orElseThrow();
    byte[] newer =
        new String(door, UTF_8).replaceFirst("\\{", "{\"colour\":\"red\",").getBytes(UTF_8);
    note("alert.door-open", newer);
    stage.restart();
    assertThat(stage.tracker.openCount()).isEqualTo(2);
    note("alert.door-open", Arrays.copyOf(newer, newer.length - 1));
    stage.restart();
    assertThat(stage.tracker.openAlerts())
        .singleElement()
        .satisfies(alert -> assertThat(alert.source()).isEqualTo("detector"));
    assertThat(stage.last().get("resumed").asBoolean()).isTrue();
  }

  private void note(String key, byte[] value) {
    Event any = stage.store.read(Lane.ALERT, 0, 1, Long.MAX_VALUE).getFirst().event();
    stage.store.append(List.of(any), Map.of(key, value));
  }

  @Test
  void bothWitnessesAreTakenUpAfterARestart() throws Exception {
    stage.pass(7, () -> stage.smoke("cam-1", 0.6));
    stage.flag("detector", true);
    stage.restart();
    assertThat(stage.last().get("resumed").asBoolean()).isTrue();
    stage.flag("detector", false);
    assertThat(stage.tracker.openCount()).isEqualTo(1);
    stage.pass(61, () -> stage.smoke("cam-1", 0));
    assertThat(stage.tracker.openCount()).isZero();
  }

  @Test
  void measuresHowLongTheReportTook() throws Exception {
    String id = raisedDoor();
    stage.seconds += 7;
    stage.tracker.delivered(id + "-1");
    stage.tracker.delivered("somebody-elses");
    assertThat(stage.tracker.reporting()).isEqualTo(new AlertTracker.Reporting(1, 1, 7000, 7000));
    stage.pass(1, () -> {});
    assertThat(stage.alerts()).as("no message for that alone").hasSize(1);
    stage.flag("door", false);
    assertThat(stage.last().get("reportedMs").asLong()).isEqualTo(7000);
    stage.tracker.delivered(id + "-2");
    assertThat(stage.tracker.reporting().count()).isEqualTo(1);
  }

  @Test
  void rulesOfOneIncidentRaiseOneKind() {
    String wrong = SECTIONS.replace("raises: smoke, ", "");
    assertThatThrownBy(() -> AlertStage.config(folder, wrong))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems().getFirst().message())
                    .contains("all rules of an incident must raise one kind"));
  }

  /** The alert names them all, and its schema has a bound. */
  @Test
  void anIncidentHasNoMoreRulesThanItsAlertCanName() throws Exception {
    assertThat(AlertStage.config(folder, rulesOfAnIncident(33)).rules()).hasSize(34);
    assertThatThrownBy(() -> AlertStage.config(folder, rulesOfAnIncident(35)))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems())
                    .singleElement()
                    .satisfies(
                        problem ->
                            assertThat(problem.message())
                                .contains("\"hall\" has more than 33 rules")));
  }

  private static String rulesOfAnIncident(int rules) {
    StringBuilder text =
        new StringBuilder(
            "sensors: [{id: door, type: contact, chip: sim, simFile: /tmp/door, quantity: open}]\nrules:\n");
    for (int i = 0; i < rules; i++) {
      text.append(
          "- {id: r-%d, kind: contact, sensor: door, quantity: open, incident: hall}\n"
              .formatted(i));
    }
    return text.toString();
  }

  @Test
  void aDetectorsContactShowsTheNearestCameras() throws Exception {
    stage.flag("detector", true);
    JsonNode popup = stage.last().get("popup");
    assertThat(popup.get("camera").asText()).isEqualTo("cam-1");
    assertThat(popup.get("near")).hasSize(1);
    assertThat(popup.at("/near/0").asText()).isEqualTo("51010800001320000002");
  }

  @Test
  void raisesForAChangeThatIsTooFastAndNotForASlowOne() throws Exception {
    for (int minute = 0; minute < 60; minute++) {
      stage.number("river", 1 + minute * 0.04);
      stage.seconds += 60;
    }
    assertThat(stage.messages()).isEmpty();
    stage.number("river", 3.9);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    assertThat(stage.last().at("/why/limit").asDouble()).isEqualTo(0.5);
    for (int minute = 0; minute < 12; minute++) {
      stage.seconds += 60;
      stage.number("river", 3.9);
    }
    assertThat(stage.messages().getLast()).startsWith("sensor cleared");
    stage.number("river", 1);
    assertThat(stage.tracker.openCount()).as("a fall is not a rise").isZero();
  }

  @Test
  void raisesInItsHoursOnlyAndOutlivesThem() throws Exception {
    stage.flag("night", true); // 08:30 in Shanghai
    stage.flag("night", false);
    assertThat(stage.messages()).isEmpty();
    stage.seconds = 13 * 3600 + 1800; // 22:00
    stage.flag("night", true);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
    stage.seconds += 12 * 3600;
    stage.flag("night", true);
    assertThat(stage.tracker.openCount()).isEqualTo(1);
  }

  @Test
  void aClockThatNobodyVouchesForSilencesNothing() throws Exception {
    stage.trust = new Alert.Clock("none", null);
    stage.flag("night", true);
    assertThat(stage.messages()).containsExactly("sensor raised 1");
  }

  @ParameterizedTest
  @CsvSource({
    "mon-fri 22:00-06:00, 2026-06-01T22:00:00+08:00, true", // Monday
    "mon-fri 22:00-06:00, 2026-06-01T05:59:59+08:00, false",
    "mon-fri 22:00-06:00, 2026-06-06T05:59:59+08:00, true", // Saturday morning is Friday's night
    "mon-fri 22:00-06:00, 2026-06-06T22:00:00+08:00, false",
    "sat-mon 00:00-24:00, 2026-06-07T23:59:59+08:00, true",
    "sat-mon 00:00-24:00, 2026-06-02T00:00:00+08:00, false",
    "wed 08:00-12:00, 2026-06-03T08:00:00+08:00, true",
    "wed 08:00-12:00, 2026-06-03T12:00:00+08:00, false"
  })
  void knowsItsHours(String hours, String time, boolean inside) throws Exception {
    String sections = SECTIONS.replace("mon-sun 22:00-06:00", hours);
    Rule night =
        AlertStage.config(folder, sections).rules().stream()
            .filter(r -> r.head().id().equals("night-open"))
            .findFirst()
            .orElseThrow();
    assertThat(night.head().hours().orElseThrow().contains(Instant.from(ISO.parse(time))))
        .isEqualTo(inside);
  }

  @ParameterizedTest
  @CsvSource({
    "sometimes",
    "mon 8:00-12:00",
    "mon 08:00-08:00",
    "mon-xyz 08:00-12:00",
    "mon 08:00-24:30"
  })
  void refusesHoursThatNobodyUnderstands(String hours) {
    String wrong = SECTIONS.replace("mon-sun 22:00-06:00", hours);
    assertThatThrownBy(() -> AlertStage.config(folder, wrong))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> assertThat(e.problems().getFirst().message()).contains("mon-fri 22:00-06:00"));
  }

  /** Whatever 100 loose contacts do, every alert's revisions are whole and in order. */
  @Test
  void aHundredFlappingSensorsLoseAndReorderNothing() throws Exception {
    StringBuilder sensors = new StringBuilder("sensors:\n");
    StringBuilder rules = new StringBuilder("rules:\n");
    for (int i = 0; i < 100; i++) {
      sensors.append(
          "  - {id: s%d, type: contact, chip: sim, simFile: /tmp/s, quantity: open}\n"
              .formatted(i));
      rules.append(
          "  - {id: r%d, kind: contact, sensor: s%d, quantity: open, clear: 0s}\n".formatted(i, i));
    }
    Path other = Files.createDirectory(folder.resolve("other"));
    try (AlertStage many = new AlertStage(other, sensors.toString() + rules)) {
      many.pass(
          60,
          () -> {
            for (int i = 0; i < 100; i++) {
              many.flag("s" + i, true);
              many.flag("s" + i, false);
            }
          });
      Map<String, Integer> revs = new HashMap<>();
      Set<String> ids = new HashSet<>();
      for (JsonNode alert : many.alerts()) {
        String id = alert.get("alertId").asText();
        ids.add(id);
        assertThat(alert.get("rev").asInt()).isEqualTo(revs.merge(id, 1, Integer::sum));
      }
      assertThat(ids).as("one alert for each").hasSize(100);
      assertThat(many.alerts()).as("bounded, however often they flap").hasSizeLessThan(1_300);
      assertThat(many.tracker.flapping()).isEqualTo(100);
    }
  }
}
