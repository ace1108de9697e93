package org.cityedge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.agent.care.Progress;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.Sample;
import org.cityedge.fixtures.ContactFile;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;
import org.cityedge.video.Witness;
import org.cityedge.video.model.Models;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which sensors begin anew with another configuration: each tells its first reading when it does.
 */
class SourcesTest {
  @TempDir Path folder;
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private ContactFile line;
  private Sources sources;

  @BeforeEach
  void open() throws Exception {
    for (String left : List.of("ring/cam-that-is-gone/0000000001.mkv", "clips/0/original.mp4")) {
      Files.createDirectories(folder.resolve(left).getParent());
      Files.writeString(folder.resolve(left), "unmasked");
    }
    line = ContactFile.create(folder.resolve("line"));
    sources =
        new Sources(
            new KeyFiles(new Secrets(folder), folder),
            folder,
            folder,
            new Models(folder),
            config("a: 1h").evidence(),
            InstantSource.system(),
            System::nanoTime,
            new Progress(Duration.ofMinutes(1), System::nanoTime),
            new Sources.Sink() {
              @Override
              public void accept(Sample sample) {
                told.add(sample.sensor());
              }

              @Override
              public void observed(Observation observation, Witness witness) {}

              @Override
              public void health(CameraHealth state) {}
            });
  }

  @AfterEach
  void close() {
    sources.close();
  }

  /** By sensor, its period. */
  private GatewayConfig config(String... sensors) throws ConfigException {
    StringBuilder text = new StringBuilder("gateway: {id: gw-1, district: \"510108\"}\n");
    text.append("uplink: {brokers: [\"mqtt://h\"]}\nsensors:\n");
    for (String sensor : sensors) {
      int colon = sensor.indexOf(':');
      text.append(
          "- {id: %s, type: contact, chip: sim, simFile: \"%s\", quantity: open, period: %s}\n"
              .formatted(sensor.substring(0, colon), line.path(), sensor.substring(colon + 1)));
    }
    return ConfigLoader.parse("test", text.toString(), root -> GatewayConfig.read(root, folder));
  }

  private Set<String> follow(GatewayConfig next) {
    Set<String> stopped = sources.stopAllBut(next);
    sources.start(next);
    return stopped;
  }

  /** Who tells next, in alphabetical order. */
  private List<String> next(int howMany) throws InterruptedException {
    List<String> next = new ArrayList<>();
    for (int i = 0; i < howMany; i++) {
      String sensor = told.poll(10, TimeUnit.SECONDS);
      next.add(sensor == null ? "nobody" : sensor);
    }
    Collections.sort(next);
    return next;
  }

  @Test
  void removesWhatAKilledProcessRecordedAlsoOfCamerasThatThereAreNoMore() {
    assertThat(folder.resolve("ring")).doesNotExist();
    assertThat(folder.resolve("clips")).doesNotExist();
  }

  @Test
  void onlyWhatHasChangedBeginsAnew() throws Exception {
    follow(config("a: 1h", "b: 1h", "c: 1h"));
    assertThat(next(3)).containsExactly("a", "b", "c");

    assertThat(follow(config("a: 1h", "b: 2h", "d: 1h"))).containsExactlyInAnyOrder("b", "c");
    assertThat(next(2)).containsExactly("b", "d");

    // All that run tell of a change, and none that was stopped.
    line.set(true);
    assertThat(next(3)).containsExactly("a", "b", "d");
    sources.close();
    assertThat(told).isEmpty();
  }

  @Test
  void anEqualConfigurationRestartsNothing() throws Exception {
    follow(config("a: 1h"));
    assertThat(next(1)).containsExactly("a");
    assertThat(follow(config("a: 1h"))).isEmpty();
    sources.close();
    assertThat(told).isEmpty();
  }
}
