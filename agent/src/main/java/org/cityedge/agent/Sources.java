package org.cityedge.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.GatewayConfig.SensorEntry;
import org.cityedge.agent.care.Progress;
import org.cityedge.agent.care.Turn;
import org.cityedge.agent.status.Heat;
import org.cityedge.agent.status.Machine;
import org.cityedge.config.KeyFiles;
import org.cityedge.drivers.InboxConfig;
import org.cityedge.drivers.Loss;
import org.cityedge.drivers.Plausibility;
import org.cityedge.drivers.Sample;
import org.cityedge.drivers.Sensor;
import org.cityedge.drivers.SensorConfig;
import org.cityedge.drivers.Sensors;
import org.cityedge.video.Camera;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Detectors;
import org.cityedge.video.Observation;
import org.cityedge.video.Witness;
import org.cityedge.video.evidence.ClipMaker;
import org.cityedge.video.evidence.EvidenceConfig;
import org.cityedge.video.evidence.Recorder;
import org.cityedge.video.model.Models;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sensors and cameras that run. With another configuration only those begin anew whose own
 * records have changed, all sensors if the inbox has, and all cameras if the evidence has. Confined
 * to the thread that starts and closes.
 */
final class Sources implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

  /** Where it all goes; one call at a time from each source, on threads of its kind. */
  interface Sink {
    void accept(Sample sample);

    void observed(Observation observation, Witness witness);

    void health(CameraHealth state);
  }

  private static final String RING = "ring";
  private static final String CLIPS = "clips";

  private record RunningSensor(SensorConfig config, Plausibility plausibility, Sensor sensor) {
    boolean is(@Nullable SensorEntry entry) {
      return entry != null
          && config.equals(entry.config())
          && plausibility.equals(entry.plausibility());
    }
  }

  private record RunningCamera(CameraConfig config, Camera camera) {
    boolean is(@Nullable CameraEntry entry) {
      return entry != null && config.equals(entry.config());
    }
  }

  private final KeyFiles keys;
  private final Path data;
  private final Path run;
  private final Models models;
  private EvidenceConfig evidence;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Progress progress;
  private final Heat heat;
  private final Sink sink;

  private final Map<String, RunningSensor> sensors = new LinkedHashMap<>();
  private final Map<String, RunningCamera> cameras = new LinkedHashMap<>();
  private Optional<InboxConfig> inbox = Optional.empty();
  private volatile @Nullable Sensors shared; // read by others too
  private @Nullable ClipMaker clips;
  private boolean noClips;

  /**
   * @param data folder that lasts, for the totals of pulse counters
   * @param run folder for what does not outlive the process
   * @param models the networks that cameras name
   * @param nanos monotonic clock
   */
  Sources(
      KeyFiles keys,
      Path data,
      Path run,
      Models models,
      EvidenceConfig evidence,
      InstantSource clock,
      LongSupplier nanos,
      Progress progress,
      Sink sink) {
    this.keys = keys;
    this.data = data;
    this.run = run;
    this.models = models;
    this.evidence = evidence;
    this.clock = clock;
    this.nanos = nanos;
    this.progress = progress;
    heat = new Heat(Machine::temperature, nanos);
    this.sink = sink;
    removeLeftovers();
  }

  /** A process that was killed left unmasked seconds, also of cameras that there are no more. */
  private void removeLeftovers() {
    for (String left : List.of(RING, CLIPS)) {
      try {
        Recorder.remove(run.resolve(left));
      } catch (IOException e) {
        LOG.warn("What an earlier process recorded cannot be removed. folder={}", run, e);
      }
    }
  }

  /**
   * Stops what another configuration has no more, or has otherwise.
   *
   * @return the ids of what was stopped
   */
  Set<String> stopAllBut(GatewayConfig next) {
    boolean sameInbox = inbox.equals(next.inbox());
    boolean sameEvidence = evidence.equals(next.evidence());
    Set<String> stopped = new HashSet<>();
    List<AutoCloseable> ends = new ArrayList<>();
    cameras
        .values()
        .removeIf(
            running -> {
              String id = running.config.id();
              if (sameEvidence && running.is(next.cameras().get(id))) {
                return false;
              }
              progress.forget(cameraLoop(id));
              running.camera.stop();
              ends.add(running.camera);
              return stopped.add(id);
            });
    sensors
        .values()
        .removeIf(
            running -> {
              String id = running.config.id();
              if (sameInbox && running.is(next.sensors().get(id))) {
                return false;
              }
              progress.forget(sensorLoop(id));
              running.sensor.stop();
              ends.add(running.sensor);
              return stopped.add(id);
            });
    if (!sameInbox && shared != null) {
      ends.add(shared);
      shared = null;
    }
    if (!sameEvidence && clips != null) {
      ends.add(clips);
      clips = null;
    }
    ends.forEach(Sources::end);
    return stopped;
  }

  /** Starts what does not run yet; returns once everything has been told to start. */
  void start(GatewayConfig config) {
    inbox = config.inbox();
    if (!evidence.equals(config.evidence())) {
      evidence = config.evidence();
      noClips = false;
    }
    config
        .sensors()
        .forEach(
            (id, entry) -> {
              if (!sensors.containsKey(id)) {
                sensors.put(id, start(entry));
              }
            });
    config
        .cameras()
        .forEach(
            (id, entry) -> {
              if (!cameras.containsKey(id)) {
                cameras.put(id, start(entry, config.cameras()));
              }
            });
  }

  private RunningSensor start(SensorEntry entry) {
    if (shared == null) {
      shared = new Sensors(clock, nanos, keys, inbox, data.resolve("counters"));
    }
    Sensor sensor = shared.create(entry.config(), entry.plausibility());
    Turn turn = progress.loop(sensorLoop(sensor.id()));
    sensor.start(
        sample -> {
          turn.begin();
          try {
            sink.accept(sample);
          } finally {
            turn.end();
          }
        });
    return new RunningSensor(entry.config(), entry.plausibility(), sensor);
  }

  private RunningCamera start(CameraEntry entry, Map<String, CameraEntry> all) {
    CameraConfig config = entry.config();
    Optional<Recorder> recorder =
        clips(all)
            .map(
                maker ->
                    new Recorder(
                        config,
                        evidence,
                        maker,
                        run.resolve(RING).resolve(config.id()),
                        keys,
                        nanos,
                        clock));
    Camera camera =
        new Camera(
            config, () -> Detectors.of(config, models), keys, run, clock, nanos, recorder, heat);
    camera.start(new CameraSink(progress.loop(cameraLoop(config.id()))));
    return new RunningCamera(config, camera);
  }

  private static String sensorLoop(String id) {
    return "sensor " + id;
  }

  private static String cameraLoop(String id) {
    return "camera " + id;
  }

  private final class CameraSink implements Camera.Sink {
    private final Turn turn;

    CameraSink(Turn turn) {
      this.turn = turn;
    }

    @Override
    public void observed(Observation observation, Witness witness) {
      sink.observed(observation, witness);
    }

    @Override
    public void health(CameraHealth state) {
      turn.beat();
      sink.health(state);
    }

    /** One that cannot run at all, without OpenCV, says so once and ends its thread. */
    @Override
    public void ended() {
      turn.end();
    }
  }

  /** Empty when nobody wants clips, or the run folder cannot hold any. */
  private Optional<ClipMaker> clips(Map<String, CameraEntry> all) {
    if (clips == null && !noClips && evidence.clips()) {
      try {
        warnOfRoom(all);
        clips = new ClipMaker(run.resolve(CLIPS));
      } catch (IOException e) {
        noClips = true;
        LOG.error("There are no clips: the run folder cannot be used. folder={}", run, e);
      }
    }
    return Optional.ofNullable(clips);
  }

  private void warnOfRoom(Map<String, CameraEntry> all) throws IOException {
    long wanted = GatewayConfig.runBytes(evidence, all.values());
    long free = Files.getFileStore(run).getUsableSpace();
    if (free < wanted) {
      LOG.warn(
          "Clips may be cut short: the run folder has less room than evidence.ringBytes allows"
              + " to be used; lower it or give the folder more. folder={} freeBytes={}"
              + " wantedBytes={}",
          run,
          free,
          wanted);
    }
    if (!Files.getFileStore(run).type().equals("tmpfs")) {
      LOG.warn(
          "The cameras' last seconds go to a disk, unmasked and all the time: the run folder is"
              + " no tmpfs; start with --run /run/cityedge, or say evidence: {clips: false}."
              + " folder={}",
          run);
    }
  }

  /** Messages that came and were not read; any thread. */
  List<Loss> lost() {
    Sensors now = shared;
    return now == null ? List.of() : now.lost();
  }

  /** Stops everything, the cameras first. Any number of times. */
  @Override
  public void close() {
    List<AutoCloseable> ends = new ArrayList<>();
    // Each takes up to three seconds where its camera is silent, and a line half a second: all at
    // once.
    cameras.values().forEach(running -> running.camera.stop());
    cameras.values().forEach(running -> ends.add(running.camera));
    cameras.clear();
    if (clips != null) {
      ends.add(clips);
      clips = null;
    }
    sensors.values().forEach(running -> running.sensor.stop());
    sensors.values().forEach(running -> ends.add(running.sensor));
    sensors.clear();
    if (shared != null) {
      ends.add(shared);
      shared = null;
    }
    ends.forEach(Sources::end);
  }

  /** Whatever one throws, the others are still to be closed. */
  private static void end(AutoCloseable part) {
    try {
      part.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.error("A source did not close cleanly.", e);
    }
  }
}
