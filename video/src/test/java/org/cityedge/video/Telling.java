package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.cityedge.video.CameraHealth.State;
import org.jspecify.annotations.Nullable;

/** Collects what a camera tells. */
final class Telling implements Camera.Sink {
  private final LinkedBlockingQueue<CameraHealth> healths = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Observation> observations = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Picture> pictures = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable CameraHealth> latest = new AtomicReference<>();
  private final List<CameraHealth> past = new ArrayList<>();

  @Override
  public void observed(Observation observation, Witness witness) {
    observations.add(observation);
    if (pictures.isEmpty()) {
      pictures.add(witness.get());
    }
  }

  @Override
  public void health(CameraHealth health) {
    latest.set(health);
    healths.add(health);
  }

  /** Also when it was not awaited. */
  CameraHealth latest() {
    return Objects.requireNonNull(latest.get(), "no health yet");
  }

  CameraHealth awaitState(State state) throws InterruptedException {
    return await(state + "", health -> health.state() == state);
  }

  CameraHealth await(String what, Predicate<CameraHealth> wanted) throws InterruptedException {
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < until) {
      CameraHealth health = healths.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (health != null) {
        past.add(health);
        if (wanted.test(health)) {
          return health;
        }
      }
    }
    assertThat(past).as("health never was " + what).isEmpty();
    throw new AssertionError();
  }

  Observation awaitObservation() throws InterruptedException {
    Observation observation = observations.poll(60, TimeUnit.SECONDS);
    assertThat(observation).as("an observation within 60 s").isNotNull();
    return observation;
  }

  /** Forgets what was told so far, and waits for what is told next. */
  Observation awaitNextObservation() throws InterruptedException {
    observations.clear();
    return awaitObservation();
  }

  /** Of the first frame since this was called last, masked. */
  Picture awaitPicture() throws InterruptedException {
    pictures.clear();
    Picture picture = pictures.poll(60, TimeUnit.SECONDS);
    assertThat(picture).as("a picture within 60 s").isNotNull();
    return picture;
  }

  int waiting() {
    return healths.size() + observations.size();
  }
}
