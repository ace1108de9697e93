package org.cityedge.agent.uplink;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cityedge.config.Secrets;
import org.cityedge.config.Section;

/**
 * The section {@code uplink}.
 *
 * @param brokers {@code mqtt://host:port}, port 1883 when none is named; tried in this order
 * @param user for the broker's authentication; its password is the secret {@code passwordRef}
 * @param keepAlive MQTT keep alive, 5 s..20 min, default 60 s
 * @param window most QoS 1 messages in flight, 1..1000, default 64; the broker's Receive Maximum
 *     lowers it
 * @param telemetryPeriod how long readings are gathered into one pack, 100 ms..10 min, default 5 s
 */
public record UplinkConfig(
    List<URI> brokers,
    Optional<String> user,
    Optional<String> passwordRef,
    Duration keepAlive,
    int window,
    Duration telemetryPeriod) {
  public UplinkConfig {
    brokers = List.copyOf(brokers);
  }

  public static UplinkConfig read(Section section) {
    List<URI> brokers = section.uris("brokers", "mqtt");
    if (brokers.isEmpty()) {
      section.problem("brokers", "must name at least one broker, such as [\"mqtt://host:1883\"]");
    }
    for (URI broker : brokers) {
      if (broker.getHost() == null || !broker.getPath().isEmpty() || broker.getQuery() != null) {
        section.problem(
            "brokers", "must be mqtt://host or mqtt://host:port, was \"" + broker + "\"");
      }
    }
    Optional<String> user = section.optionalText("user");
    Optional<String> passwordRef =
        section.optionalText(
            "passwordRef", Secrets.REFERENCE, "the name of a file in the secrets folder");
    if (user.isPresent() != passwordRef.isPresent()) {
      section.problem("", "user and passwordRef come together or not at all");
    }
    return new UplinkConfig(
        brokers,
        user,
        passwordRef,
        section.duration(
            "keepAlive", Duration.ofSeconds(5), Duration.ofMinutes(20), Duration.ofSeconds(60)),
        section.integer("window", 1, 1000, 64),
        section.duration(
            "telemetryPeriod",
            Duration.ofMillis(100),
            Duration.ofMinutes(10),
            TelemetryPacks.DEFAULT_PERIOD));
  }
}
