package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cityedge.agent.uplink.EvidenceChunks;
import org.cityedge.video.Observation;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;

/**
 * {@code snapshot}: {@code {"camera":"cam-1"}}; the camera's next picture, with all that moves
 * masked, is kept, and its chunks follow the answer. What cannot be masked does not leave.
 */
public final class CameraSnapshot implements Function<JsonNode, Answer> {
  private final EvidenceChunks evidence;
  private final Supplier<Collection<String>> cameras;
  private final Supplier<String> newId;
  private final Duration patience;

  /** By camera, who waits for its next picture; bounded by the cameras. */
  private final Map<String, CompletableFuture<Picture>> waiting = new ConcurrentHashMap<>();

  /**
   * @param cameras those whose pictures are looked at
   * @param newId for each picture
   * @param patience how long the next picture is waited for
   */
  public CameraSnapshot(
      EvidenceChunks evidence,
      Supplier<Collection<String>> cameras,
      Supplier<String> newId,
      Duration patience) {
    this.evidence = evidence;
    this.cameras = cameras;
    this.newId = newId;
    this.patience = patience;
  }

  /** On the camera's thread, while the frame is in hand; nothing is masked unless it is wanted. */
  public void offer(Observation observation, Witness witness) {
    Optional.ofNullable(waiting.remove(observation.camera()))
        .ifPresent(wanted -> wanted.complete(witness.strict().get()));
  }

  @Override
  public Answer apply(JsonNode request) {
    String camera = request.path("camera").asText();
    Collection<String> known = cameras.get();
    if (!known.contains(camera)) {
      return new Answer.Refused(
          "NO_SUCH_CAMERA",
          "camera must be one that looks for something: "
              + (known.isEmpty() ? "there is none" : String.join(", ", known)));
    }
    return new Answer.Later("snapshot of " + camera, () -> take(camera));
  }

  private Answer.Now take(String camera) throws InterruptedException {
    CompletableFuture<Picture> wanted = new CompletableFuture<>();
    waiting.put(camera, wanted);
    try {
      return switch (wanted.get(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        case Picture.Masked masked -> send(masked);
        case Picture.Withheld(String reason) -> new Answer.Refused("WITHHELD", reason);
      };
    } catch (TimeoutException e) {
      return new Answer.Refused(
          "NO_PICTURE", "no picture came within %d s".formatted(patience.toSeconds()));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      waiting.remove(camera, wanted);
    }
  }

  private Answer.Now send(Picture.Masked masked) {
    // Part of a topic, hence in lower case (wire.md §1).
    String id = newId.get().toLowerCase(Locale.ROOT);
    try {
      return EvidenceGet.answer(id, evidence.send(id, masked));
    } catch (IOException e) {
      return new Answer.Refused("STORAGE", String.valueOf(e.getMessage()));
    }
  }
}
