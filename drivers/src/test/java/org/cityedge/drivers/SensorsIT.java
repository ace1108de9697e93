package org.cityedge.drivers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.Sample.Measured;
import org.cityedge.drivers.Sample.Missed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The module's front door, from a document to samples. */
@Timeout(120)
class SensorsIT {
  private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();

  private static SensorConfig config(String keys) throws ConfigException {
    return ConfigLoader.parse("test.yaml", keys, SensorConfig::read);
  }

  private static SensorConfig contact(Path file) throws ConfigException {
    return config(
        "{id: door-1, type: contact, chip: sim, simFile: '"
            + file
            + "', quantity: open, period: 200ms}");
  }

  private Sample next() throws InterruptedException {
    Sample sample = samples.poll(60, TimeUnit.SECONDS);
    assertThat(sample).as("a sample within 60 s").isNotNull();
    return sample;
  }

  @Test
  void goesFromDocumentToSamples(@TempDir Path dir)
      throws ConfigException, InterruptedException, IOException {
    Path level = Files.writeString(dir.resolve("level"), "1");
    try (Sensors sensors = sensors();
        Sensor sensor = sensors.create(contact(level), Plausibility.NONE)) {
      assertThat(sensor.id()).isEqualTo("door-1");
      sensor.start(samples::add);
      Reading reading = ((Measured) next()).reading();
      assertThat(reading.sensor()).isEqualTo("door-1");
      assertThat(reading.quantity()).isEqualTo("open");
      assertThat(reading.value()).isEqualTo(new Reading.Flag(true));
      assertThat(reading.quality()).isEqualTo(Quality.SIM);
    }
  }

  @Test
  void goesOnWhenTheSinkFails(@TempDir Path dir)
      throws ConfigException, InterruptedException, IOException {
    Path level = Files.writeString(dir.resolve("level"), "1");
    try (Sensors sensors = sensors();
        Sensor sensor = sensors.create(contact(level), Plausibility.NONE)) {
      sensor.start(
          sample -> {
            samples.add(sample);
            throw new IllegalStateException("the test's sink fails");
          });
      next();
      next();
    }
  }

  @Test
  void keepsFailuresApart(@TempDir Path dir)
      throws ConfigException, InterruptedException, IOException {
    Path level = Files.writeString(dir.resolve("level"), "1");
    SensorConfig gone =
        config(
            """
            {id: air-1, type: coap, uri: 'coap://no-such-host.invalid/air', period: 100ms,
             channels: [{quantity: pm2_5, unit: ug/m3}]}
            """);
    BlockingQueue<Sample> others = new LinkedBlockingQueue<>();
    try (Sensors sensors = sensors();
        Sensor contact = sensors.create(contact(level), Plausibility.NONE);
        Sensor air = sensors.create(gone, Plausibility.NONE)) {
      air.start(others::add);
      contact.start(samples::add);
      assertThat(next()).isInstanceOf(Measured.class);
      assertThat(next()).isInstanceOf(Measured.class);
      Fault fault = null;
      while (fault == null || fault.kind() == Fault.Kind.LOST) {
        Sample sample = others.poll(60, TimeUnit.SECONDS);
        assertThat(sample).isInstanceOf(Missed.class);
        fault = sample instanceof Missed missed ? missed.fault() : null;
      }
      assertThat(fault.kind()).isEqualTo(Fault.Kind.UNREACHABLE);
      assertThat(fault.detail()).startsWith("coap://no-such-host.invalid/air");
    }
  }

  private static Sensors sensors() {
    return new Sensors(
        InstantSource.system(),
        System::nanoTime,
        KeyFiles.in(Path.of("data")),
        Optional.empty(),
        Path.of("data"));
  }
}
