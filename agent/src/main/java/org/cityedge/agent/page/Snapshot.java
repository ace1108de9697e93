package org.cityedge.agent.page;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The gateway at one moment, as the page shows it; component names are the keys of {@code
 * /api/v1/status}. Immutable, and free of secrets: no password, no key, no user of a device or
 * broker.
 *
 * @param time RFC 3339, in the gateway's zone
 * @param sensors a line for each channel, in the configuration's order
 * @param faults changes of state, the newest first, at most {@value FaultLog#MAX}
 * @param curves by channel, in the order of {@code sensors}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Snapshot(
    String time,
    Gateway gateway,
    Light light,
    Cloud cloud,
    List<Channel> sensors,
    List<Camera> cameras,
    List<OpenAlert> alerts,
    List<Queue> queue,
    Books books,
    List<Change> faults,
    List<Interface> network,
    Clock clock,
    Machine machine,
    @Nullable Position position,
    @JsonIgnore Map<String, Long> alertsRaised,
    @JsonIgnore List<LastHour.Curve> curves) {

  Snapshot {
    sensors = List.copyOf(sensors);
    cameras = List.copyOf(cameras);
    alerts = List.copyOf(alerts);
    queue = List.copyOf(queue);
    faults = List.copyOf(faults);
    network = List.copyOf(network);
    alertsRaised = Map.copyOf(alertsRaised);
    curves = List.copyOf(curves);
  }

  /**
   * @param configSeq number of the active configuration, 0 for the factory document
   */
  record Gateway(
      String id,
      String name,
      String district,
      String version,
      String java,
      long boot,
      long uptimeS,
      long configSeq) {}

  /** How the gateway is, at a glance. */
  enum Level {
    GREEN,
    AMBER,
    RED
  }

  /**
   * @param reasons the worst first; empty exactly when green
   */
  record Light(Level level, List<Reason> reasons) {
    Light {
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * Why the light is not green.
   *
   * @param code a word for which the page has a sentence and a cure in each language
   * @param subject the sensor or camera; absent for the gateway itself
   * @param detail what is known beyond the code, for a person
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Reason(Level level, String code, @Nullable String subject, @Nullable String detail) {}

  /**
   * @param reached nothing, tcp, tls, connack, puback
   * @param secure whether the way includes TLS
   * @param broker host and port
   * @param sinceS seconds that the connection, or its absence, has lasted
   * @param certificateDays until the first certificate of the way ends
   * @param deaf why nothing of the centre can arrive although the connection stands
   * @param fault the last one, also after it is over
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Cloud(
      boolean connected,
      String reached,
      boolean secure,
      @Nullable String broker,
      long sinceS,
      long reconnects,
      long stalls,
      long published,
      long acknowledged,
      long rejected,
      @Nullable Long certificateDays,
      boolean held,
      @Nullable String deaf,
      @Nullable String fault) {}

  /**
   * @param number or {@code flag}; neither before the first reading
   * @param ageS since the last reading
   * @param quality word of the last reading; {@code none} before the first
   * @param fault why there is no newer one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Channel(
      String sensor,
      String name,
      String quantity,
      String unit,
      @Nullable Double number,
      @Nullable Boolean flag,
      @Nullable Double ageS,
      String quality,
      @Nullable String fault) {}

  /**
   * @param state as in health; {@code starting} before the camera's first word
   * @param crowds by zone, where people are counted right now
   * @param picture whether a masked picture may be asked for
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Camera(
      String id,
      String name,
      String state,
      double framesPerSecond,
      @Nullable Double frameAgeS,
      double analysisMs,
      double decoderCpuPercent,
      long dropped,
      long reconnects,
      @Nullable String detail,
      List<Crowd> crowds,
      boolean picture) {
    Camera {
      crowds = List.copyOf(crowds);
    }
  }

  /**
   * @param zone {@code frame} where the camera has none
   * @param persons estimated
   * @param perSquareMetre where the camera knows its ground
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Crowd(String zone, double persons, @Nullable Double perSquareMetre) {}

  /**
   * @param handling what the centre said last; absent before it said anything
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record OpenAlert(
      String alertId,
      String kind,
      String status,
      String severity,
      String headline,
      String onset,
      @Nullable String handling,
      @Nullable String handlingBy,
      @Nullable String caseNumber,
      @Nullable Integer escalation,
      @Nullable Boolean flapping) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Queue(String lane, long events, long bytes, @Nullable Double oldestAgeS, long dropped) {}

  /** The store's account; {@code unexplained} is 0, or somebody has a bug. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Books(
      long appended,
      long acknowledged,
      long rejected,
      long dropped,
      long unexplained,
      @Nullable String trouble) {}

  /** A change of state: {@code code} as in {@link Reason}, or {@code ok}. */
  record Change(String time, String subject, String code, String detail) {}

  record Interface(String name, List<String> addresses) {}

  /**
   * @param source ntp, or none when nobody vouches for it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Clock(String source, @Nullable Long errorMs) {}

  /**
   * @param crashes of the agent, in the last 24 h
   * @param powerCuts of the machine, in the last 24 h
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Machine(
      double cpuSeconds,
      long heapBytes,
      @Nullable Long residentBytes,
      @Nullable Long diskFreeBytes,
      @Nullable Double temperatureC,
      int processors,
      int crashes,
      int powerCuts) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Position(
      String source,
      String state,
      @Nullable Double lat,
      @Nullable Double lon,
      @Nullable Double ageS,
      @Nullable String detail) {}
}
