package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.position.Place;
import org.cityedge.agent.testing.MemoryShelf;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Topics;
import org.cityedge.agent.uplink.Ulid;
import org.cityedge.buffer.BufferConfig;
import org.cityedge.buffer.EventStore;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.SqliteEventStore;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.config.ConfigLoader;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.position.PositionConfig.Source;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Clip;
import org.cityedge.video.Observation;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Samples and observations in, alert messages in the store out. */
class AlertTrackerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant START = Instant.parse("2026-06-01T00:30:00Z");

  @TempDir Path folder;

  private GatewayConfig config;
  private EventStore store;
  private final MemoryShelf shelf = new MemoryShelf();
  private final Map<String, byte[]> kept = shelf.kept;
  private AlertTracker tracker;
  private Outputs outputs = new Outputs(List.of(), () -> 0L);
  private LongFunction<Optional<Place>> place = _ -> Optional.empty();
  private long seconds;
  private final InstantSource clock = () -> START.plusSeconds(seconds);
  private final Camera witness = new Camera();

  @BeforeEach
  void startTheTracker() throws Exception {
    config = GatewayConfig.load(Path.of("src/test/resources/cases/whole/gateway.yaml"), folder);
    open();
  }

  private void open() throws Exception {
    CloudEvents events =
        new CloudEvents(
            new Topics(config.gateway().district(), config.gateway().id()),
            config.gateway().zone(),
            clock,
            new Ulid(clock, new Random(1)));
    store = SqliteEventStore.open(BufferConfig.defaults(folder), events::loss, clock);
    outputs = new Outputs(config.outputs(), this::nanos);
    tracker =
        new AlertTracker(
            config,
            store,
            events,
            clock,
            this::nanos,
            () -> new Alert.Clock("ntp", 12L),
            moment -> place.apply(moment),
            outputs,
            shelf);
    tracker.resume();
  }

  @AfterEach
  void closeTheStore() {
    store.close();
  }

  private long nanos() {
    return Duration.ofSeconds(seconds).toNanos();
  }

  private void pm25(double value) {
    pm25(value, Quality.GOOD);
  }

  private void pm25(double value, Quality quality) {
    tracker.accept(
        new Sample.Measured(
            new Reading(
                "pm25-1",
                "pm2_5",
                new Reading.Quantity(value),
                "ug/m3",
                clock.instant(),
                nanos(),
                quality)));
  }

  private void manhole(boolean open, Quality quality) {
    tracker.accept(
        new Sample.Measured(
            new Reading(
                "manhole-1",
                "open",
                new Reading.Flag(open),
                "",
                clock.instant(),
                nanos(),
                quality)));
  }

  private void missed(Fault.Kind kind) {
    tracker.accept(
        new Sample.Missed("pm25-1", clock.instant(), nanos(), new Fault(kind, "no answer")));
  }

  private void observe(Observation.Kind kind, String zone, double score, double persons) {
    tracker.accept(observation(kind, zone, score, persons), witness);
  }

  private Observation smokeSeen() {
    return observation(Observation.Kind.SMOKE, "plaza", 0.8, 0);
  }

  private Observation observation(
      Observation.Kind kind, String zone, double score, double persons) {
    return new Observation(
        "cam-1",
        zone,
        kind,
        "test/1",
        score,
        kind == Observation.Kind.CROWD ? OptionalDouble.of(persons) : OptionalDouble.empty(),
        true,
        Map.of(),
        List.of(),
        nanos(),
        clock.instant());
  }

  /** Shows a picture and keeps the orders of clips. */
  private final class Camera implements Witness {
    private final List<Consumer<Clip>> orders = new ArrayList<>();
    private @Nullable Original original;
    private Picture picture = new Picture.Masked(new byte[] {1, 2, 3}, clock.instant());

    @Override
    public Picture get() {
      return picture;
    }

    @Override
    public Optional<Original> original() {
      return Optional.ofNullable(original);
    }

    @Override
    public void clip(Consumer<Clip> whenDone) {
      orders.add(whenDone);
    }

    /** Hands over what was ordered first. */
    void made(String content) throws IOException {
      Path file = Files.writeString(folder.resolve("made.mp4"), content);
      orders.removeFirst().accept(new Clip.Made(file, clock.instant(), Optional.empty()));
    }
  }

  private void smoke(double score) {
    observe(Observation.Kind.SMOKE, "plaza", score, 0);
  }

  private void camera(CameraHealth.State state) {
    tracker.accept(
        new CameraHealth(
            "cam-1", state, "test", 2, 100, 5, false, 20, 0, 0, clock.instant(), nanos()));
  }

  private List<StoredEvent> waiting() {
    List<StoredEvent> all = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      all.addAll(store.read(lane, 0, 1000, Long.MAX_VALUE));
    }
    return all;
  }

  /** Alert messages so far as {@code kind state rev}, in their order. */
  private List<String> messages() throws Exception {
    List<String> out = new ArrayList<>();
    for (JsonNode alert : alerts()) {
      out.add(
          alert.get("kind").asText()
              + " "
              + alert.get("state").asText()
              + " "
              + alert.get("rev").asInt());
    }
    return out;
  }

  private List<JsonNode> alerts() throws Exception {
    List<JsonNode> out = new ArrayList<>();
    for (StoredEvent stored : store.read(Lane.ALERT, 0, 1000, Long.MAX_VALUE)) {
      if (stored.event().topic().contains("/alert/")) {
        out.add(JSON.readTree(stored.event().payload()));
      }
    }
    return out;
  }

  private JsonNode active() throws Exception {
    StoredEvent last =
        store.read(Lane.ALERT, 0, 1000, Long.MAX_VALUE).stream()
            .filter(e -> e.event().topic().endsWith("/alert-active"))
            .reduce((_, later) -> later)
            .orElseThrow();
    return JSON.readTree(last.event().payload()).get("alerts");
  }

  @Test
  void raisesOnceTheValueHasStoodBeyondTheLimitForTheHoldTime() throws Exception {
    for (seconds = 0; seconds < 180; seconds += 60) {
      pm25(160);
    }
    assertThat(messages()).isEmpty();
    pm25(160);
    assertThat(messages()).containsExactly("sensor raised 1");
    JsonNode alert = alerts().getFirst();
    assertThat(alert.get("onset").asText()).isEqualTo("2026-06-01T08:30:00.000+08:00");
    assertThat(alert.at("/why/value").asDouble()).isEqualTo(160);
    assertThat(alert.get("certainty").asText()).isEqualTo("Observed");
    assertThat(active()).hasSize(1);
  }

  @Test
  void switchesTheOutputsOfItsRule() {
    for (seconds = 0; seconds <= 180; seconds += 60) {
      assertThat(outputs.isOn("siren-1")).isFalse();
      pm25(160);
    }
    assertThat(outputs.isOn("siren-1")).isTrue();
    // Updates of the same alert do not lengthen its 90 s.
    for (; seconds <= 300; seconds += 30) {
      pm25(170);
    }
    assertThat(outputs.isOn("siren-1")).isFalse();
    manhole(true, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).isTrue();
    manhole(false, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).as("the other alert's time is the siren's now").isTrue();
    seconds += 90;
    assertThat(outputs.isOn("siren-1")).isFalse();
  }

  @Test
  void wakesNobodyForATest() throws Exception {
    manhole(true, Quality.SIM);
    assertThat(messages()).containsExactly("sensor raised 1");
    assertThat(outputs.isOn("siren-1")).isFalse();
  }

  @Test
  void doesNotSwitchOnAgainForWhatWasOpenBeforeARestart() throws Exception {
    manhole(true, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).isTrue();
    store.close();
    open();
    manhole(true, Quality.GOOD);
    assertThat(outputs.isOn("siren-1")).isFalse();
  }

  @Test
  void aValueBetweenTheLimitsNeitherRaisesNorClears() throws Exception {
    for (; seconds <= 600; seconds += 60) {
      pm25(140);
    }
    assertThat(messages()).isEmpty();
    for (; seconds <= 1200; seconds += 60) {
      pm25(160);
    }
    for (; seconds <= 1800; seconds += 60) {
      pm25(140);
    }
    assertThat(messages()).startsWith("sensor raised 1").noneMatch(m -> m.contains("cleared"));
    for (; seconds <= 2000; seconds += 60) {
      pm25(100);
    }
    assertThat(messages().getLast()).startsWith("sensor cleared");
    JsonNode cleared = alerts().getLast();
    assertThat(cleared.get("reason").asText()).isEqualTo("condition_gone");
    assertThat(cleared.get("clearedAt").asText()).isNotEmpty();
    assertThat(active()).isEmpty();
  }

  @Test
  void aContactRaisesAtOnceAndItsAlertOpensTheCameraMappedToIt() throws Exception {
    manhole(true, Quality.GOOD);
    assertThat(messages()).containsExactly("sensor raised 1");
    JsonNode popup = alerts().getFirst().get("popup");
    assertThat(popup.get("camera").asText()).isEqualTo("cam-1");
    assertThat(popup.get("gb28181").asText()).isEqualTo("51010800001320000001");
    assertThat(popup.get("near").get(0).asText()).isEqualTo("51010800001320000007");
    assertThat(alerts().getFirst().get("status").asText()).isEqualTo("Actual");
  }

  @Test
  void aSimulatedSourceMakesATestAlert() throws Exception {
    manhole(true, Quality.SIM);
    assertThat(alerts().getFirst().get("status").asText()).isEqualTo("Test");
  }

  @Test
  void onlyGoodReadingsDriveAlerts() throws Exception {
    manhole(true, Quality.STUCK);
    manhole(true, Quality.RANGE);
    assertThat(messages()).isEmpty();
  }

  @Test
  void smokeIsRaisedWithItsPictureBehindItAndClearedWhenItIsGone() throws Exception {
    for (; seconds <= 6; seconds++) {
      smoke(0.8);
    }
    assertThat(messages()).containsExactly("smoke raised 1");
    List<StoredEvent> all = waiting();
    StoredEvent alert =
        all.stream()
            .filter(e -> e.event().topic().endsWith("/alert/smoke"))
            .findFirst()
            .orElseThrow();
    StoredEvent thumb =
        all.stream().filter(e -> e.event().topic().endsWith("/thumb")).findFirst().orElseThrow();
    JsonNode evidence = alerts().getFirst().at("/evidence/0");
    assertThat(thumb.event().topic())
        .contains("/evidence/" + evidence.get("id").asText() + "/thumb");
    assertThat(thumb.sequence()).isEqualTo(alert.sequence() + 2);
    assertThat(evidence.get("bytes").asInt()).isEqualTo(3);
    assertThat(evidence.get("masked").asBoolean()).isTrue();
    assertThat(kept).containsOnlyKeys(evidence.get("id").asText());
    for (; seconds <= 70; seconds++) {
      smoke(0.1);
    }
    assertThat(messages()).containsExactly("smoke raised 1", "smoke cleared 2");
  }

  private void smokeFor(int more, double score) {
    for (long until = seconds + more; seconds < until; seconds++) {
      smoke(score);
    }
  }

  @Test
  void theClipOfAnOpenAlertIsToldInAnUpdate() throws Exception {
    smokeFor(7, 0.8);
    assertThat(witness.orders).hasSize(1);
    witness.made("clip");
    assertThat(messages()).containsExactly("smoke raised 1", "smoke updated 2");
    JsonNode clip = alerts().getLast().at("/evidence/1");
    assertThat(clip.get("type").asText()).isEqualTo("video/mp4");
    assertThat(clip.get("bytes").asInt()).isEqualTo(4);
    assertThat(kept).containsKey(clip.get("id").asText());
    smokeFor(70, 0.1);
    assertThat(messages()).endsWith("smoke cleared 3");
    assertThat(alerts().getLast().get("evidence")).hasSize(2);
  }

  @Test
  void theClipOfAnAlertThatIsOverIsToldInItsLastStateAndTouchesNoOther() throws Exception {
    smokeFor(7, 0.8);
    smokeFor(70, 0.1);
    seconds += 600; // past the cool-down
    smokeFor(7, 0.8);
    assertThat(messages()).containsExactly("smoke raised 1", "smoke cleared 2", "smoke raised 1");
    witness.made("clip");
    assertThat(messages()).endsWith("smoke cleared 3");
    JsonNode told = alerts().getLast();
    assertThat(told.get("alertId")).isEqualTo(alerts().getFirst().get("alertId"));
    assertThat(told.get("clearedAt")).isEqualTo(alerts().get(1).get("clearedAt"));
    assertThat(told.at("/evidence/1/type").asText()).isEqualTo("video/mp4");
    assertThat(tracker.openCount()).isEqualTo(1);
    smokeFor(70, 0.1);
    assertThat(messages()).endsWith("smoke cleared 2");
  }

  @Test
  void theAnnotatedPictureAndTheOriginalAreKeptAndOnlyTheFirstIsTold() throws Exception {
    witness.picture =
        new Picture.Masked(new byte[] {1}, clock.instant(), Optional.of(new byte[] {2, 2}));
    witness.original = new Original(new byte[] {3, 3, 3}, clock.instant());
    smokeFor(7, 0.8);
    JsonNode evidence = alerts().getFirst().get("evidence");
    assertThat(evidence).hasSize(2);
    assertThat(evidence.get(0).has("annotated")).isFalse();
    assertThat(evidence.get(1).get("annotated").asBoolean()).isTrue();
    String clean = evidence.get(0).get("id").asText();
    assertThat(kept.get(clean)).containsExactly(1);
    assertThat(kept.get(evidence.get(1).get("id").asText())).containsExactly(2, 2);
    assertThat(kept.get(clean + " original")).containsExactly(3, 3, 3);
    assertThat(waiting().stream().filter(e -> e.event().topic().endsWith("/thumb"))).hasSize(1);
  }

  @Test
  void whatIsWithheldIsToldWithItsReason() throws Exception {
    witness.picture = new Picture.Withheld("nothing was seen yet");
    smokeFor(7, 0.8);
    assertThat(alerts().getFirst().get("evidence"))
        .isEqualTo(
            JSON.readTree("[{\"type\":\"image/jpeg\",\"withheld\":\"nothing was seen yet\"}]"));
    witness.orders.removeFirst().accept(new Clip.Withheld("the mosaic slipped"));
    assertThat(messages()).containsExactly("smoke raised 1", "smoke updated 2");
    assertThat(alerts().getLast().at("/evidence/1"))
        .isEqualTo(JSON.readTree("{\"type\":\"video/mp4\",\"withheld\":\"the mosaic slipped\"}"));
    assertThat(kept).isEmpty();
  }

  @Test
  void aClipThatIsRefusedAtOnceIsToldInTheFirstMessage() throws Exception {
    tracker.accept(smokeSeen(), () -> new Picture.Masked(new byte[] {1, 2, 3}, clock.instant()));
    for (seconds++; seconds <= 6; seconds++) {
      tracker.accept(smokeSeen(), () -> new Picture.Masked(new byte[] {1, 2, 3}, clock.instant()));
    }
    assertThat(messages()).containsExactly("smoke raised 1");
    assertThat(alerts().getFirst().at("/evidence/1/withheld").asText())
        .isEqualTo("clips are switched off");
  }

  @Test
  void aGrowingCrowdIsUpdated() throws Exception {
    for (; seconds <= 10; seconds++) {
      observe(Observation.Kind.CROWD, "plaza", 0.9, 35);
    }
    for (; seconds <= 30; seconds++) {
      observe(Observation.Kind.CROWD, "plaza", 0.9, 60);
    }
    assertThat(messages()).containsExactly("crowd raised 1", "crowd updated 2");
    assertThat(alerts().getLast().at("/why/count").asInt()).isEqualTo(60);
  }

  @Test
  void aCrowdIsJudgedByItsDensityWhereTheRuleSaysSo() throws Exception {
    String whole = Files.readString(Path.of("src/test/resources/cases/whole/gateway.yaml"));
    String dense =
        whole
            .replace("persons: 30", "density: 0.5")
            .replace(
                "    gb28181: \"51010800001320000001\"",
                "    gb28181: \"51010800001320000001\"\n    ground: {points: [[0, 0], [1, 0], [1, 1],"
                    + " [0, 1]], metres: [[0, 10], [20, 10], [20, 0], [0, 0]]}");
    config = ConfigLoader.parse("dense", dense, root -> GatewayConfig.read(root, folder));
    store.close();
    open();
    for (; seconds <= 20; seconds++) {
      tracker.accept(crowd(49, 0.49), witness);
    }
    assertThat(messages()).isEmpty();
    for (; seconds <= 40; seconds++) {
      tracker.accept(crowd(51, 0.512), witness);
    }
    assertThat(messages()).containsExactly("crowd raised 1");
    JsonNode why = alerts().getFirst().get("why");
    assertThat(why.get("count").asInt()).isEqualTo(51);
    assertThat(why.get("quantity").asText()).isEqualTo("density");
    assertThat(why.get("value").asDouble()).isEqualTo(0.51);
    assertThat(why.get("limit").asDouble()).isEqualTo(0.5);
    // As many people, who have spread, are no crowd.
    for (long end = seconds + 600; seconds <= end; seconds++) {
      tracker.accept(crowd(51, 0.1), witness);
    }
    assertThat(messages()).startsWith("crowd raised 1").hasSizeGreaterThan(1);
    assertThat(messages().getLast()).startsWith("crowd cleared");
  }

  private Observation crowd(double persons, double density) {
    Observation plain = observation(Observation.Kind.CROWD, "plaza", 0.9, persons);
    return new Observation(
        plain.camera(),
        plain.zone(),
        plain.kind(),
        plain.detector(),
        plain.score(),
        plain.persons(),
        true,
        Map.of(Observation.DENSITY, density),
        List.of(),
        plain.nanos(),
        plain.at());
  }

  @Test
  void anotherZonesCrowdIsNoneOfTheRulesBusiness() throws Exception {
    for (; seconds <= 30; seconds++) {
      observe(Observation.Kind.CROWD, "elsewhere", 0.9, 60);
    }
    assertThat(messages()).isEmpty();
  }

  @Test
  void theLossOfAnAlarmSensorIsAnAlertUntilItSpeaksAgain() throws Exception {
    missed(Fault.Kind.MALFORMED);
    assertThat(messages()).isEmpty();
    missed(Fault.Kind.LOST);
    assertThat(messages()).containsExactly("sensor raised 1");
    assertThat(alerts().getFirst().get("headline").asText()).isEqualTo("pm25-1失联");
    seconds = 60;
    pm25(10);
    assertThat(messages()).containsExactly("sensor raised 1", "sensor cleared 2");
  }

  @Test
  void aSensorThatTalksRubbishForTooLongIsLostAsWell() throws Exception {
    pm25(10);
    seconds = 60;
    missed(Fault.Kind.MALFORMED);
    assertThat(messages()).isEmpty();
    seconds = 90;
    missed(Fault.Kind.MALFORMED);
    assertThat(messages()).containsExactly("sensor raised 1");
  }

  @Test
  void aLostCameraIsAnAlertAndTheTimersOfItsVideoRulesStandStill() throws Exception {
    for (; seconds <= 6; seconds++) {
      smoke(0.8);
    }
    for (; seconds <= 50; seconds += 10) {
      camera(CameraHealth.State.LOST);
    }
    assertThat(messages()).containsExactly("smoke raised 1", "camera raised 1");
    for (; seconds <= 100; seconds += 10) {
      camera(CameraHealth.State.LOST);
    }
    tracker.tick();
    assertThat(messages()).contains("smoke expired 2");
    camera(CameraHealth.State.OK);
    assertThat(messages().getLast()).startsWith("camera cleared");
  }

  @ParameterizedTest
  @EnumSource(
      value = CameraHealth.State.class,
      names = {"BLINDED", "COVERED", "MOVED", "DEGRADED"})
  void aCameraWhoseViewIsWrongIsAnAlertAndItsVideoRulesGoOn(CameraHealth.State wrong)
      throws Exception {
    for (; seconds <= 50; seconds++) {
      smoke(0.8);
      camera(wrong);
    }
    tracker.tick();
    assertThat(messages()).contains("smoke raised 1", "camera raised 1");
    assertThat(messages()).noneMatch(message -> message.startsWith("smoke expired"));
    camera(CameraHealth.State.OK);
    assertThat(messages().getLast()).startsWith("camera cleared");
  }

  @Test
  void anOpenAlertSurvivesARestartAndIsResumedNotRaisedAnew() throws Exception {
    manhole(true, Quality.GOOD);
    String id = alerts().getFirst().get("alertId").asText();
    store.close();
    open();
    assertThat(messages()).containsExactly("sensor raised 1", "sensor updated 2");
    JsonNode resumed = alerts().getLast();
    assertThat(resumed.get("resumed").asBoolean()).isTrue();
    assertThat(resumed.get("alertId").asText()).isEqualTo(id);
    manhole(true, Quality.GOOD);
    assertThat(messages()).hasSize(2);
    seconds = 10;
    manhole(false, Quality.GOOD);
    seconds = 13;
    manhole(false, Quality.GOOD);
    assertThat(messages()).endsWith("sensor cleared 3");
    assertThat(active()).isEmpty();
  }

  @Test
  void aSensorThatGivesNothingButRubbishIsLostInTheEnd() throws Exception {
    pm25(40);
    for (seconds = 60; seconds < 600; seconds += 60) {
      pm25(5000, seconds % 120 == 0 ? Quality.RANGE : Quality.STUCK);
    }
    assertThat(messages()).startsWith("sensor raised 1", "sensor updated 2");
    assertThat(alerts()).allMatch(a -> a.at("/why/rule").asText().equals("pm25-1.lost"));
    pm25(40);
    assertThat(messages().getLast()).startsWith("sensor cleared");
  }

  @Test
  void valuesThatAreNotGoodNeitherRaiseNorSpeakForTheirSensor() throws Exception {
    for (Quality quality : List.of(Quality.RANGE, Quality.STALE, Quality.COMM, Quality.INIT)) {
      for (int i = 0; i < 10; i++, seconds += 20) {
        pm25(40);
        pm25(500, quality);
      }
    }
    assertThat(messages()).isEmpty();
    missed(Fault.Kind.LOST);
    pm25(40, Quality.COMM);
    assertThat(messages()).containsExactly("sensor raised 1");
  }

  /** One degree a second to the north. */
  private static Optional<Place> place(long moment, boolean simulated) {
    return Optional.of(
        new Place(
            Duration.ofNanos(moment).toSeconds(),
            104,
            OptionalDouble.of(17.1),
            Source.GPSD,
            Duration.ofMillis(400),
            false,
            simulated));
  }

  @Test
  void aVehiclesAlertIsWhereTheVehicleWasAtTheOnset() throws Exception {
    place = moment -> place(moment, false);
    for (seconds = 10; seconds <= 250; seconds += 60) {
      pm25(160);
    }
    JsonNode where = alerts().getFirst().get("where");
    assertThat(where.get("lat").asDouble()).isEqualTo(10);
    assertThat(where.get("lon").asDouble()).isEqualTo(104);
    assertThat(where.get("accuracyM").asDouble()).isEqualTo(17.1);
    assertThat(where.get("positionSource").asText()).isEqualTo("gpsd");
    assertThat(where.get("positionAgeS").asDouble()).isEqualTo(0.4);
    assertThat(where.has("positionStale")).isFalse();
    assertThat(where.has("gridCode")).as("that of the depot").isFalse();
    for (JsonNode later : alerts()) {
      assertThat(later.get("where")).isEqualTo(where);
    }
  }

  @Test
  void anOldPositionIsMarkedInTheAlert() throws Exception {
    place =
        _ ->
            Optional.of(
                new Place(
                    1,
                    2,
                    OptionalDouble.empty(),
                    Source.NMEA,
                    Duration.ofSeconds(90),
                    true,
                    false));
    manhole(true, Quality.GOOD);
    JsonNode where = alerts().getFirst().get("where");
    assertThat(where.get("positionStale").asBoolean()).isTrue();
    assertThat(where.get("positionAgeS").asDouble()).isEqualTo(90);
    assertThat(where.get("positionSource").asText()).isEqualTo("nmea");
    assertThat(where.has("accuracyM")).isFalse();
  }

  @Test
  void withoutAPositionOfItsOwnAnAlertIsWhereTheConfigurationSays() throws Exception {
    manhole(true, Quality.GOOD);
    JsonNode where = alerts().getFirst().get("where");
    assertThat(where.get("lat").asDouble()).isEqualTo(30.66012);
    assertThat(where.get("positionSource").asText()).isEqualTo("configured");
    assertThat(where.has("positionAgeS")).isFalse();
  }

  @Test
  void aMadeUpPositionIsForTestsOnly() throws Exception {
    place = moment -> place(moment, true);
    manhole(true, Quality.GOOD);
    assertThat(alerts().getFirst().at("/where/positionSource").asText()).isEqualTo("configured");
    manhole(false, Quality.GOOD);
    seconds = 60;
    manhole(false, Quality.GOOD);
    seconds = 70;
    manhole(true, Quality.SIM);
    JsonNode test = alerts().getLast();
    assertThat(test.get("status").asText()).isEqualTo("Test");
    assertThat(test.at("/where/positionSource").asText()).isEqualTo("gpsd");
  }

  @Test
  void anAlertWhoseRuleIsGoneExpiresAtTheNextStart() throws Exception {
    manhole(true, Quality.GOOD);
    store.close();
    config =
        new GatewayConfig(
            config.gateway(),
            config.uplink(),
            config.buffer(),
            config.sensors(),
            config.cameras(),
            config.inbox(),
            List.of(),
            config.acceptWithin(),
            List.of(),
            config.position(),
            config.evidence(),
            config.page(),
            config.led(),
            config.button());
    open();
    assertThat(messages()).containsExactly("sensor raised 1", "sensor expired 2");
    assertThat(active()).isEmpty();
  }
}
