package org.cityedge.agent.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.buffer.Lane;
import org.cityedge.buffer.StoredEvent;
import org.cityedge.config.ConfigLoader;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Clip;
import org.cityedge.video.Observation;
import org.cityedge.video.Original;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What cameras see, what they show of it, and what is wrong with them. */
class CameraAlertsTest extends AlertScene {
  private final Map<String, byte[]> kept = shelf.kept;
  private final Camera witness = new Camera();

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

  @ParameterizedTest
  @CsvSource({"0.8, 0", "0, 0.8"})
  void smokeInOneOfTwoZonesIsRaisedAndToldByTheZoneThatShowsIt(double first, double second)
      throws Exception {
    inTwoZones(7, first, second);
    assertThat(messages()).containsExactly("smoke raised 1");
    assertThat(alerts().getFirst().at("/why/zone").asText()).isEqualTo(first > 0 ? "a" : "b");
    assertThat(alerts().getFirst().at("/why/observations").asInt()).isEqualTo(7);
    inTwoZones(62, first, second);
    assertThat(messages()).containsExactly("smoke raised 1", "smoke updated 2");
    inTwoZones(61, 0, 0);
    assertThat(messages()).endsWith("smoke cleared 3");
  }

  @ParameterizedTest
  @CsvSource({"0.8, 0", "0, 0.8"})
  void aZoneWithoutSmokeDoesNotClearWhatAnotherShows(double first, double second) throws Exception {
    configure("kind: smoke, camera: cam-1", "kind: smoke, camera: cam-1, hold: 0s, clear: 0s");
    inTwoZones(20, first, second);
    assertThat(messages()).containsExactly("smoke raised 1");
    inTwoZones(1, 0, 0);
    assertThat(messages()).containsExactly("smoke raised 1", "smoke cleared 2");
  }

  @Test
  void aCrowdIsAsLargeAsThatOfItsFullestZone() throws Exception {
    configure("camera: cam-1, zone: plaza, persons: 30", "camera: cam-1, persons: 30");
    for (; seconds <= 10; seconds++) {
      observe(Observation.Kind.CROWD, "a", 0.9, 35);
      observe(Observation.Kind.CROWD, "b", 0.9, 70);
    }
    assertThat(alerts().getFirst().at("/why/count").asInt()).isEqualTo(70);
    for (; seconds <= 50; seconds++) {
      observe(Observation.Kind.CROWD, "a", 0.9, 35);
      observe(Observation.Kind.CROWD, "b", 0.9, 70);
    }
    assertThat(messages()).as("it neither grows nor shrinks").containsExactly("crowd raised 1");
  }

  private void inTwoZones(int frames, double first, double second) {
    for (long until = seconds + frames; seconds < until; seconds++) {
      observe(Observation.Kind.SMOKE, "a", first, 0);
      observe(Observation.Kind.SMOKE, "b", second, 0);
    }
  }

  private void configure(String rule, String as) throws Exception {
    String whole = Files.readString(Path.of("src/test/resources/cases/whole/gateway.yaml"));
    config =
        ConfigLoader.parse(
            "zones", whole.replace(rule, as), root -> GatewayConfig.read(root, folder));
    store.close();
    open();
  }

  @Test
  void aCameraThatIsStartedAgainIsNotYetWell() throws Exception {
    for (; seconds <= 20; seconds += 10) {
      camera(CameraHealth.State.LOST);
    }
    store.close();
    open();
    camera(CameraHealth.State.STARTING);
    assertThat(messages()).containsExactly("camera raised 1", "camera updated 2");
    camera(CameraHealth.State.OK);
    assertThat(messages()).endsWith("camera cleared 3");
  }

  @Test
  void anotherZonesCrowdIsNoneOfTheRulesBusiness() throws Exception {
    for (; seconds <= 30; seconds++) {
      observe(Observation.Kind.CROWD, "elsewhere", 0.9, 60);
    }
    assertThat(messages()).isEmpty();
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
}
