package org.cityedge.agent.remote;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.ContactConfig.Line;
import org.cityedge.drivers.SensorConfig;
import org.cityedge.drivers.gpio.ChipSurvey;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.ModelUse;
import org.cityedge.video.Source;
import org.cityedge.video.model.Models;

/**
 * Looks, before an order is applied, whether what it newly asks for is there: keys, certificates
 * and models in their folders, cameras that answer, GPIO lines that nobody else holds (config.md §4
 * row 9). Changes nothing, and takes at most 10 s. What the running configuration has already is
 * not looked at: it holds its own lines.
 */
public final class DryRun {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration CAMERA = Duration.ofSeconds(5);

  /** One thing to look at; throws with a sentence that names it and the cure. */
  private interface Look {
    void look() throws IOException;
  }

  private record Check(String what, Look look) {}

  private DryRun() {}

  /**
   * What is not as it should be, a sentence each; empty when all is well.
   *
   * @param now what runs
   * @param data the data folder
   */
  public static List<String> of(GatewayConfig now, GatewayConfig next, Path data)
      throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    KeyFiles files = KeyFiles.in(data);
    uplink(now, next, files, checks);
    Set<Line> held = new HashSet<>(now.lines());
    for (GatewayConfig.SensorEntry entry : next.sensors().values()) {
      GatewayConfig.SensorEntry before = now.sensors().get(entry.config().id());
      if (before == null || !before.config().equals(entry.config())) {
        sensor(entry.config(), files, checks);
      }
    }
    for (Line line : new HashSet<>(next.lines())) {
      if (!held.contains(line)) {
        checks.add(new Check("line", () -> line(line)));
      }
    }
    for (GatewayConfig.CameraEntry entry : next.cameras().values()) {
      GatewayConfig.CameraEntry before = now.cameras().get(entry.config().id());
      if (before == null || !before.config().equals(entry.config())) {
        camera(entry.config(), files, checks);
        models(entry.config(), data.resolve(Models.FOLDER), checks);
      }
    }
    return run(checks);
  }

  private static List<String> run(List<Check> checks) throws InterruptedException {
    List<Callable<Optional<String>>> tasks = new ArrayList<>();
    for (Check check : checks) {
      tasks.add(
          () -> {
            try {
              check.look().look();
              return Optional.empty();
            } catch (IOException e) {
              return Optional.of(check.what() + ": " + e.getMessage());
            }
          });
    }
    List<String> problems = new ArrayList<>();
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      List<Future<Optional<String>>> results =
          threads.invokeAll(tasks, LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      for (int i = 0; i < results.size(); i++) {
        try {
          results.get(i).get().ifPresent(problems::add);
        } catch (CancellationException | ExecutionException _) {
          problems.add(checks.get(i).what() + ": no answer within 10 s");
        }
      }
    } finally {
      threads.shutdownNow();
    }
    return List.copyOf(problems);
  }

  private static void uplink(
      GatewayConfig now, GatewayConfig next, KeyFiles files, List<Check> checks) {
    if (now.uplink().equals(next.uplink())) {
      return;
    }
    next.uplink()
        .passwordRef()
        .ifPresent(name -> checks.add(new Check("uplink", () -> files.secrets().read(name))));
    next.uplink()
        .tls()
        .ifPresent(
            tls ->
                checks.add(
                    new Check(
                        "uplink", () -> chain(files, tls.ca(), tls.certificate(), tls.keyRef()))));
  }

  private static void chain(
      KeyFiles files, String ca, Optional<String> certificate, Optional<String> keyRef)
      throws IOException {
    files.chain(ca);
    if (certificate.isPresent() && keyRef.isPresent()) {
      files.identity(certificate.get(), keyRef.get());
    }
  }

  private static void sensor(SensorConfig sensor, KeyFiles files, List<Check> checks) {
    if (sensor instanceof CoapSensorConfig coap) {
      switch (coap.security()) {
        case CoapSecurity.None _ -> {}
        case CoapSecurity.Psk psk ->
            checks.add(new Check("sensor " + coap.id(), () -> files.secrets().read(psk.keyRef())));
        case CoapSecurity.X509 x ->
            checks.add(
                new Check(
                    "sensor " + coap.id(),
                    () -> chain(files, x.ca(), x.certificate(), x.keyRef())));
      }
    }
  }

  private static void camera(CameraConfig camera, KeyFiles files, List<Check> checks) {
    String what = "camera " + camera.id();
    Source source = camera.source();
    source
        .passwordRef()
        .ifPresent(name -> checks.add(new Check(what, () -> files.secrets().read(name))));
    source.ca().ifPresent(name -> checks.add(new Check(what, () -> files.chain(name))));
    URI stream = source.stream();
    if (source.isFile() || source.isDevice()) {
      checks.add(
          new Check(
              what,
              () -> {
                if (!Files.isReadable(Path.of(stream.getPath()))) {
                  throw new IOException(stream + " is not there to be read");
                }
              }));
    } else if (stream.getHost() != null) {
      checks.add(new Check(what, () -> answers(stream)));
    }
    source.main().ifPresent(main -> checks.add(new Check(what, () -> answers(main))));
  }

  private static void models(CameraConfig camera, Path folder, List<Check> checks) {
    camera
        .models()
        .forEach(
            (kind, use) -> {
              if (use.mode() != ModelUse.Mode.CLASSICAL) {
                checks.add(
                    new Check("camera " + camera.id(), () -> Models.verify(folder, kind, use)));
              }
            });
  }

  private static void answers(URI source) throws IOException {
    int usual =
        switch (String.valueOf(source.getScheme())) {
          case "rtsp" -> 554;
          case "rtsps" -> 322; // RFC 7826
          case "https" -> 443;
          default -> 80;
        };
    int port = source.getPort() < 0 ? usual : source.getPort();
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(source.getHost(), port), Math.toIntExact(CAMERA.toMillis()));
    } catch (IOException e) {
      throw new IOException(
          source.getHost() + ":" + port + " does not answer: " + e.getMessage(), e);
    }
  }

  private static void line(Line line) throws IOException {
    if (!(line instanceof Line.Chip(Path device, int offset))) {
      return;
    }
    for (ChipSurvey.Chip chip : ChipSurvey.chips()) {
      if (chip.device().equals(device)) {
        if (!chip.problem().isEmpty()) {
          throw new IOException(device + ": " + chip.problem());
        }
        for (ChipSurvey.Listed listed : chip.lines()) {
          if (listed.offset() == offset) {
            if (listed.used()) {
              throw new IOException(
                  "%d of %s is taken by \"%s\"".formatted(offset, device, listed.owner()));
            }
            return;
          }
        }
        throw new IOException(device + " has no line " + offset);
      }
    }
    throw new IOException("there is no chip " + device);
  }
}
