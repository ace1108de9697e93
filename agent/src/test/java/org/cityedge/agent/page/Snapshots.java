package org.cityedge.agent.page;

import java.util.List;
import java.util.Map;
import org.cityedge.agent.page.Snapshot.Level;

/** Snapshots for tests. */
final class Snapshots {
  private Snapshots() {}

  static final Snapshot.Cloud DELIVERING =
      new Snapshot.Cloud(
          true, "puback", false, "10.1.2.3:1883", 60, 0, 0, 10, 10, 0, null, false, null, null);
  static final Snapshot.Books BALANCED = new Snapshot.Books(10, 10, 0, 0, 0, null);
  static final Snapshot.Clock SYNCHRONISED = new Snapshot.Clock("ntp", null);
  static final Snapshot.Machine COOL = crashed(0);

  /** A cool machine whose agent has crashed so often today. */
  static Snapshot.Machine crashed(int times) {
    return new Snapshot.Machine(1.5, 1 << 24, null, 1L << 34, 40.0, 4, times, 0);
  }

  /** A small gateway in good health. */
  static Snapshot well() {
    return new Snapshot(
        "2026-11-25T08:30:12.345+08:00",
        new Snapshot.Gateway("gw-test", "建设路", "510108", "0.1.0", "25", 1, 60, 0),
        new Snapshot.Light(Level.GREEN, List.of()),
        DELIVERING,
        List.of(
            new Snapshot.Channel(
                "pm25-1", "pm25-1", "pm2_5", "ug/m3", 37.5, null, 0.5, "good", null)),
        List.of(),
        List.of(),
        List.of(new Snapshot.Queue("alert", 0, 0, null, 0)),
        BALANCED,
        List.of(),
        List.of(),
        SYNCHRONISED,
        COOL,
        null,
        Map.of("smoke", 2L),
        List.of(new LastHour.Curve("pm25-1", "pm2_5", new float[] {Float.NaN, 1.23456f})));
  }

  /** Everything there can be in one. */
  static Snapshot full() {
    Snapshot s = well();
    return new Snapshot(
        s.time(),
        s.gateway(),
        s.light(),
        new Snapshot.Cloud(
            true, "puback", true, "10.1.2.3:8883", 60, 1, 0, 10, 10, 0, 100L, false, null, null),
        s.sensors(),
        List.of(
            new Snapshot.Camera(
                "cam-1",
                "cam-1",
                "ok",
                2,
                0.5,
                20,
                9,
                3,
                1,
                null,
                List.of(new Snapshot.Crowd("square", 12.4, 0.31)),
                true)),
        List.of(
            new Snapshot.OpenAlert(
                "01JWN8Z3T0K5V9Q2R7B4C6D8E1",
                "smoke",
                "Actual",
                "Severe",
                "建设路3号探头疑似烟雾",
                s.time(),
                null,
                null,
                null,
                null,
                null)),
        List.of(new Snapshot.Queue("alert", 2, 900, 3.5, 0)),
        s.books(),
        s.faults(),
        s.network(),
        s.clock(),
        new Snapshot.Machine(1.5, 1 << 24, 90L << 20, 1L << 34, 40.0, 4, 2, 1),
        s.position(),
        s.alertsRaised(),
        s.curves());
  }

  /** The same with other curves. */
  static Snapshot with(Snapshot s, List<LastHour.Curve> curves) {
    return change(s, s.cloud(), s.sensors(), s.faults(), curves);
  }

  /** The same with other channels. */
  static Snapshot withSensors(Snapshot s, List<Snapshot.Channel> sensors) {
    return change(s, s.cloud(), sensors, s.faults(), s.curves());
  }

  /** The same with other changes of state. */
  static Snapshot withFaults(Snapshot s, List<Snapshot.Change> faults) {
    return change(s, s.cloud(), s.sensors(), faults, s.curves());
  }

  /** The same with another way to the centre. */
  static Snapshot withCloud(Snapshot s, Snapshot.Cloud cloud) {
    return change(s, cloud, s.sensors(), s.faults(), s.curves());
  }

  /** The same, all of whose sensors are silent. */
  static Snapshot inTrouble() {
    Snapshot s = well();
    return new Snapshot(
        s.time(),
        s.gateway(),
        new Snapshot.Light(
            Level.RED,
            List.of(new Snapshot.Reason(Level.RED, Cause.SENSORS_ALL.word(), null, null))),
        s.cloud(),
        s.sensors(),
        s.cameras(),
        s.alerts(),
        s.queue(),
        s.books(),
        s.faults(),
        s.network(),
        s.clock(),
        s.machine(),
        s.position(),
        s.alertsRaised(),
        s.curves());
  }

  private static Snapshot change(
      Snapshot s,
      Snapshot.Cloud cloud,
      List<Snapshot.Channel> sensors,
      List<Snapshot.Change> faults,
      List<LastHour.Curve> curves) {
    return new Snapshot(
        s.time(),
        s.gateway(),
        s.light(),
        cloud,
        sensors,
        s.cameras(),
        s.alerts(),
        s.queue(),
        s.books(),
        faults,
        s.network(),
        s.clock(),
        s.machine(),
        s.position(),
        s.alertsRaised(),
        curves);
  }
}
