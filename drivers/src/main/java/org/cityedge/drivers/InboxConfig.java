package org.cityedge.drivers;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.Section;
import org.cityedge.drivers.CoapSecurity.Psk;
import org.cityedge.drivers.CoapSensorConfig.Mode;

/**
 * The section {@code inbox}: where sensors that sleep post to. Absent, nothing listens.
 *
 * @param listen {@code coaps://ADDRESS[:5684]}, or {@code coap://ADDRESS[:5683]} for plain CoAP
 * @param perMinute messages that one sensor may send a minute, 1..1200, default 60; as many, at
 *     most 64, may come at once. What is above is answered with 4.29
 * @param maxPayload bytes of one message, all its blocks together; 64 B..8 KiB, default 4 KiB
 * @param packetsPerSecond datagrams that are looked at from one address, 10..10000, default 200;
 *     twice as many may come at once. The rest is dropped unread, so that a flood costs little
 */
public record InboxConfig(URI listen, int perMinute, int maxPayload, int packetsPerSecond) {
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9a-fA-F:.]+\\]|localhost");

  /** Whether peers have to show a key. */
  public boolean secure() {
    return listen.getScheme().equals("coaps");
  }

  /** Reads the section and holds it against the sensors, which need it and must fit it. */
  public static Optional<InboxConfig> read(Section root, List<SensorConfig> sensors) {
    Optional<InboxConfig> inbox = root.section("inbox").map(InboxConfig::read);
    List<CoapSensorConfig> posting =
        sensors.stream()
            .filter(CoapSensorConfig.class::isInstance)
            .map(CoapSensorConfig.class::cast)
            .filter(sensor -> sensor.mode() == Mode.INBOX)
            .toList();
    if (inbox.isEmpty() && !posting.isEmpty() && !root.has("inbox")) {
      root.problem(
          "inbox",
          "is missing; sensor "
              + posting.getFirst().id()
              + " posts to it: write inbox: {listen: \"coaps://0.0.0.0:5684\"}");
    }
    inbox.ifPresent(config -> posting.forEach(sensor -> check(root, config, sensor)));
    checkIdentities(root, posting);
    return inbox;
  }

  private static InboxConfig read(Section section) {
    URI listen = section.uri("listen", "coaps", "coap");
    if (listen.getScheme().startsWith("coap") && !isAddress(listen)) {
      section.problem(
          "listen",
          "must be coaps://ADDRESS[:0..65535] without a path, such as coaps://0.0.0.0:5684, was "
              + listen);
    }
    return new InboxConfig(
        listen,
        section.integer("perMinute", 1, 1200, 60),
        (int) section.bytes("maxPayload", 64, 8 * 1024, 4 * 1024),
        section.integer("packetsPerSecond", 10, 10_000, 200));
  }

  private static boolean isAddress(URI uri) {
    return uri.getHost() != null
        && ADDRESS.matcher(uri.getHost()).matches()
        && uri.getPort() <= 65_535
        && uri.getRawPath().isEmpty()
        && uri.getRawQuery() == null
        && uri.getRawFragment() == null;
  }

  private static void check(Section root, InboxConfig inbox, CoapSensorConfig sensor) {
    boolean keyed = sensor.security() instanceof Psk;
    if (inbox.secure() && !keyed) {
      root.problem(
          "sensors", "sensor " + sensor.id() + " must have security: {psk: {keyRef: NAME}}");
    } else if (!inbox.secure() && keyed) {
      root.problem(
          "inbox", "must listen on coaps://, since sensor " + sensor.id() + " has a key to show");
    }
  }

  /** Two sensors of one device may share an identity, but then it is the same key. */
  private static void checkIdentities(Section root, List<CoapSensorConfig> posting) {
    Map<String, Psk> seen = new HashMap<>();
    for (CoapSensorConfig sensor : posting) {
      if (sensor.security() instanceof Psk psk) {
        Psk earlier = seen.putIfAbsent(psk.identity(), psk);
        if (earlier != null && !earlier.equals(psk)) {
          root.problem(
              "sensors",
              "sensor "
                  + sensor.id()
                  + " has the identity "
                  + psk.identity()
                  + " of an earlier sensor, but another keyRef");
        }
      }
    }
  }
}
