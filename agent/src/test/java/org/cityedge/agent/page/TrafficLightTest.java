package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.page.Snapshot.Level;
import org.cityedge.agent.status.Machine;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.video.Observation;
import org.cityedge.video.model.Models;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrafficLightTest {
  private Snapshot.Cloud cloud = Snapshots.DELIVERING;
  private Snapshot.Books books = Snapshots.BALANCED;
  private Snapshot.Clock clock = Snapshots.SYNCHRONISED;
  private Snapshot.Machine machine = Snapshots.COOL;
  private List<Snapshot.Queue> queue = List.of();
  private List<LastHour.Last> channels = List.of(channel("a", Quality.GOOD, null));
  private List<Snapshot.Camera> cameras = List.of();
  private StatusPage.Troubles troubles = StatusPage.Troubles.NONE;

  private Snapshot.Light light() {
    return TrafficLight.of(
        new TrafficLight.Parts(
            cloud, queue, books, clock, machine, Optional.empty(), channels, cameras, 0, troubles));
  }

  private List<String> causes() {
    return light().reasons().stream().map(Snapshot.Reason::code).toList();
  }

  private static LastHour.Last channel(String sensor, Quality quality, Fault.@Nullable Kind fault) {
    Reading reading =
        new Reading(sensor, "level", new Reading.Quantity(1), "m", Instant.EPOCH, 0, quality);
    return new LastHour.Last(
        sensor, "level", "m", reading, fault == null ? null : new Fault(fault, "why"));
  }

  private static Snapshot.Camera camera(String id, String state) {
    return new Snapshot.Camera(id, id, state, 2, 0.5, 10, 5, 0, 0, null, List.of(), false);
  }

  private static Snapshot.Cloud lost(long seconds) {
    return new Snapshot.Cloud(
        false, "nothing", false, "b:1883", seconds, 0, 0, 0, 0, 0, null, false, null, "refused");
  }

  @Test
  void twoCrashesADayAreLetPassAndAThirdIsNamed() {
    machine = Snapshots.crashed(2);
    assertThat(light().level()).isEqualTo(Level.GREEN);
    machine = Snapshots.crashed(3);
    assertThat(causes()).containsExactly("crash-loop");
  }

  @Test
  void isGreenWhenNothingIsWrong() {
    assertThat(light()).isEqualTo(new Snapshot.Light(Level.GREEN, List.of()));
  }

  @Test
  void aShortOutageIsAmberAndALongOneRed() {
    cloud = lost(59);
    assertThat(light().level()).isEqualTo(Level.AMBER);
    cloud = lost(60);
    assertThat(light().level()).isEqualTo(Level.RED);
    assertThat(light().reasons().getFirst().detail()).isEqualTo("refused");
  }

  @Test
  void oneOfTwoSensorsIsAmberBothAreRed() {
    channels =
        List.of(channel("a", Quality.STALE, Fault.Kind.LOST), channel("b", Quality.GOOD, null));
    assertThat(light().level()).isEqualTo(Level.AMBER);
    assertThat(causes()).containsExactly("sensor-lost");
    channels =
        List.of(channel("a", Quality.STALE, Fault.Kind.LOST), channel("b", Quality.COMM, null));
    assertThat(light().level()).isEqualTo(Level.RED);
    assertThat(causes()).containsExactly("sensors-all", "sensor-lost", "sensor-comm");
  }

  @Test
  void aValueOutOfRangeOrStuckIsAmberAlsoWhenNoOtherIsTrusted() {
    channels = List.of(channel("a", Quality.RANGE, null));
    assertThat(light().level()).isEqualTo(Level.AMBER);
    assertThat(causes()).containsExactly("sensor-range");
    channels =
        List.of(channel("a", Quality.STALE, Fault.Kind.LOST), channel("b", Quality.STUCK, null));
    assertThat(light().level()).isEqualTo(Level.AMBER);
    assertThat(causes()).containsExactly("sensor-lost", "sensor-stuck");
  }

  @Test
  void theOnlySensorThatIsBadIsRed() {
    channels = List.of(channel("a", Quality.STALE, Fault.Kind.LOST));
    assertThat(light().level()).isEqualTo(Level.RED);
    assertThat(causes()).containsExactly("sensors-all", "sensor-lost");
  }

  @Test
  void sensorsOfWhichAChannelStillWorksAreAmber() {
    channels =
        List.of(
            channel("a", Quality.RANGE, null),
            channel("a", Quality.GOOD, null),
            channel("b", Quality.GOOD, null),
            channel("b", Quality.STUCK, null));
    assertThat(light().level()).isEqualTo(Level.AMBER);
    assertThat(causes()).containsExactly("sensor-range", "sensor-stuck");
  }

  @Test
  void nothingConfiguredIsNoFault() {
    channels = List.of();
    assertThat(light().level()).isEqualTo(Level.GREEN);
  }

  @Test
  void whatTheLampForFaultsFlashesIsAmber() {
    Models.Standing model =
        new Models.Standing(
            "cam-1", Observation.Kind.SMOKE, "smoke.json", Optional.of("no such file"));
    Models.Standing second =
        new Models.Standing("cam-1", Observation.Kind.CROWD, "crowd.json", Optional.of("neither"));
    troubles = new StatusPage.Troubles(true, true, List.of(model, second));
    assertThat(light().level()).isEqualTo(Level.AMBER);
    assertThat(light().reasons())
        .extracting(Snapshot.Reason::code, Snapshot.Reason::subject, Snapshot.Reason::detail)
        .containsExactly(
            tuple("model-bad", "cam-1", "no such file"),
            tuple("voltage-low", null, null),
            tuple("order-rolled-back", null, null));
  }

  @Test
  void aGatewayThatCannotHearTheCentreIsAmber() {
    cloud =
        new Snapshot.Cloud(
            true, "puback", false, "b:1883", 60, 0, 0, 1, 1, 0, null, false, "refused", "refused");
    assertThat(light().level()).isEqualTo(Level.AMBER);
    assertThat(causes()).containsExactly("uplink-deaf");
  }

  @Test
  void simulatedAndWarmingUpSensorsAreNoFault() {
    channels =
        List.of(
            channel("a", Quality.SIM, null),
            channel("b", Quality.INIT, null),
            new LastHour.Last("c", "level", "m", null, null));
    assertThat(light().level()).isEqualTo(Level.GREEN);
  }

  @Test
  void aCameraWhosePicturesAreNotAnalysedIsNotCalledBlurred() {
    String detail = "nothing is found in its pictures: out of memory";
    cameras =
        List.of(
            camera("a", "degraded"),
            new Snapshot.Camera(
                "b", "b", "degraded", 2, 0.5, 10, 5, 0, 0, detail, List.of(), false));
    assertThat(causes()).containsExactly("camera-degraded", "camera-unanalysed");
  }

  @Test
  void aCameraThatShowsNothingOfUseIsAmber() {
    cameras = List.of(camera("a", "covered"), camera("b", "covered"), camera("c", "starting"));
    assertThat(light().level()).isEqualTo(Level.AMBER);
    assertThat(causes()).containsExactly("camera-covered", "camera-covered");
    cameras = List.of(camera("a", "lost"), camera("b", "lost"));
    assertThat(light().level()).isEqualTo(Level.RED);
    cameras = List.of(camera("a", "lost"));
    assertThat(causes()).containsExactly("cameras-all", "camera-lost");
  }

  @Test
  void whatWillSoonFailIsAmberAndTheWorstComesFirst() {
    clock = new Snapshot.Clock("none", null);
    cloud =
        new Snapshot.Cloud(
            true, "puback", true, "b:8883", 60, 0, 0, 1, 1, 0, 13L, false, null, null);
    machine = new Snapshot.Machine(1, 1, null, Machine.DISK_FULL - 1, 80.0, 4, 0, 0);
    queue = List.of(new Snapshot.Queue("alert", 1, 1, 61.0, 0));
    books = new Snapshot.Books(10, 9, 0, 0, 1, null);
    assertThat(causes())
        .containsExactly(
            "disk-full", "certificate-soon", "account-open", "alerts-wait", "clock-none", "hot");
  }
}
