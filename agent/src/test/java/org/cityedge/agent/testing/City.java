package org.cityedge.agent.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the configuration of a gateway in a test's city. */
public final class City {
  public static final String SOURCE = "urn:cityedge:510108:gw-test";

  private final List<String> sensors = new ArrayList<>();
  private final List<String> cameras = new ArrayList<>();
  private final List<String> rules = new ArrayList<>();
  private final URI broker;
  private String telemetryPeriod = "1s";
  private String buffer = "";
  private String evidence = "";
  private String inbox = "";

  public City(URI broker) {
    this.broker = broker;
  }

  public City telemetryEvery(String period) {
    telemetryPeriod = period;
    return this;
  }

  public City maxBytes(String size) {
    buffer = "buffer: {maxBytes: " + size + "}\n";
    return this;
  }

  /** Clips that begin and end so long before and after their alert. */
  public City clips(String before, String after) {
    evidence = "evidence: {before: %s, after: %s}\n".formatted(before, after);
    return this;
  }

  /** A CoAP sensor that is observed and speaks SenML. */
  public City observed(String id, URI uri, String channels) {
    sensors.add(
        "{id: %s, type: coap, uri: \"%s\", mode: observe, format: senml, period: 2s, channels: [%s]}"
            .formatted(id, uri, channels));
    return this;
  }

  public City polled(String id, URI uri, String format, String channels) {
    sensors.add(
        "{id: %s, type: coap, uri: \"%s\", mode: poll, format: %s, period: 1s, channels: [%s]}"
            .formatted(id, uri, format, channels));
    return this;
  }

  /** A sensor that posts a voltage as text, to an inbox that takes one post a minute. */
  public City posting(String id, int port) {
    sensors.add(
        "{id: %s, type: coap, mode: inbox, security: none, format: text, period: 12h, channels: [{quantity: battery, unit: V}]}"
            .formatted(id));
    inbox = "inbox: {listen: \"coap://127.0.0.1:%d\", perMinute: 1}\n".formatted(port);
    return this;
  }

  /** A contact on a simulated line, with an alert when it is open. */
  public City contact(String id, Path file) {
    sensors.add(
        "{id: %s, type: contact, chip: sim, simFile: \"%s\", quantity: open, debounce: 0ms, period: 1s}"
            .formatted(id, file));
    rules.add(
        "{id: %s-open, kind: contact, sensor: %s, quantity: open, clear: 0s}".formatted(id, id));
    return this;
  }

  /** A camera that looks for smoke. */
  public City camera(String id, URI source) {
    return camera(id, source, "");
  }

  /** The same with further keys. */
  public City camera(String id, URI source, String more) {
    cameras.add(
        "{id: %s, source: \"%s\", detect: [smoke], gb28181: \"51010800001320000001\"%s}"
            .formatted(id, source, more.isEmpty() ? "" : ", " + more));
    rules.add("{id: %s-smoke, kind: smoke, camera: %s}".formatted(id, id));
    return this;
  }

  public City rule(String rule) {
    rules.add(rule);
    return this;
  }

  /** Writes {@code gateway.yaml} into the folder and returns its path. */
  public Path write(Path folder) throws IOException {
    String text =
        """
        gateway: {id: gw-test, district: "510108", location: {lat: 30.66, lon: 104.1}, gridCode: "510108004002017"}
        uplink: {brokers: ["%s"], telemetryPeriod: %s}
        %s\
        %s\
        %s\
        sensors:%s
        cameras:%s
        rules:%s
        """
            .formatted(
                broker,
                telemetryPeriod,
                buffer,
                evidence,
                inbox,
                list(sensors),
                list(cameras),
                list(rules));
    return Files.writeString(folder.resolve("gateway.yaml"), text);
  }

  private static String list(List<String> entries) {
    return entries.isEmpty() ? " []" : "\n  - " + String.join("\n  - ", entries);
  }
}
