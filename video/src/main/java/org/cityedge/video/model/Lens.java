package org.cityedge.video.model;

import java.util.List;
import java.util.Optional;
import org.cityedge.video.Frame;
import org.cityedge.video.Observation.Kind;
import org.cityedge.video.Observation.Region;

/**
 * What one camera has of a network for one kind. Confined to the camera's thread, but for {@link
 * #trouble}. Owned by the detector that looks through it.
 */
final class Lens implements AutoCloseable {
  /**
   * What the network saw.
   *
   * @param boxes of the lens' label alone, the surest first
   * @param card of the network that looked
   */
  record Look(List<Box> boxes, ModelCard card) {}

  private final Models models;
  private final String camera;
  private final Kind kind;
  private final Network network;
  private volatile Optional<String> trouble = Optional.empty();

  Lens(Models models, String camera, Kind kind, Network network) {
    this.models = models;
    this.camera = camera;
    this.kind = kind;
    this.network = network;
  }

  /**
   * Has the network look, if it can and this is the camera's turn.
   *
   * @param part of the picture
   * @param share of the sidecar's least score that suffices, above 0 and at most 1
   * @param urgent whether it goes before those who merely count
   * @return empty when it did not look: nothing waits for a turn
   */
  Optional<Look> look(Frame frame, Region part, double share, boolean urgent) {
    return models.look(this, frame, part, share, urgent);
  }

  Network network() {
    return network;
  }

  String camera() {
    return camera;
  }

  Kind kind() {
    return kind;
  }

  /** The class of the network that this is about. */
  Label label() {
    return Label.of(kind);
  }

  /** Why the classical detector is alone; any thread. */
  Optional<String> trouble() {
    return trouble;
  }

  void tell(Optional<String> why) {
    trouble = why;
  }

  @Override
  public void close() {
    models.close(this);
  }
}
