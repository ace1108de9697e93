package org.cityedge.agent.alerts;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.uplink.EvidenceShelf;
import org.cityedge.video.Clip;
import org.cityedge.video.Picture;
import org.cityedge.video.Witness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pictures and clips that go with alerts: taken from the witness, named in the alert, kept on
 * the shelf once the alert is stored. Any thread; keeps nothing itself.
 */
final class AlertEvidence {
  /** Of one alert, over its whole life. */
  private static final int MAX_PICTURES = 4;

  /** Of one alert; one that comes back within its cool-down gets another each time. */
  private static final int MAX_CLIPS = 3;

  private static final String JPEG = "image/jpeg";
  private static final String MP4 = "video/mp4";
  private static final Logger LOG = LoggerFactory.getLogger(AlertEvidence.class);

  private final AlertWriter writer;
  private final EvidenceShelf shelf;
  private final boolean clips;
  private final boolean originals;

  /**
   * @param clips whether the configuration wants any
   * @param originals whether unmasked pictures are kept on the gateway
   */
  AlertEvidence(AlertWriter writer, EvidenceShelf shelf, boolean clips, boolean originals) {
    this.writer = writer;
    this.shelf = shelf;
    this.clips = clips;
    this.originals = originals;
  }

  /** What a camera can show of what was just seen. */
  record Shot(String camera, Witness witness) {
    Shot strict() {
      return new Shot(camera, witness.strict());
    }
  }

  /** An alert that names its new pictures, and these. */
  record Shown(
      Alert alert, Optional<OpenAlerts.Thumb> thumb, Optional<OpenAlerts.Thumb> annotated) {}

  /** Takes a picture of what was just seen, if the alert may have one more. */
  Shown show(Alert alert, Optional<Shot> shot) {
    Optional<Picture> picture =
        pictures(alert) < MAX_PICTURES ? shot.map(s -> s.witness().get()) : Optional.empty();
    Optional<OpenAlerts.Thumb> thumb =
        shot.flatMap(s -> picture.flatMap(p -> thumb(alert, s.camera(), p)));
    Alert shown =
        thumb
            .map(t -> writer.withEvidence(alert, t))
            .orElseGet(() -> picture.map(p -> withReason(alert, p)).orElse(alert));
    Optional<OpenAlerts.Thumb> annotated = thumb.flatMap(this::annotated);
    Alert both =
        annotated.map(t -> writer.withEvidence(shown, writer.entry(t).asAnnotated())).orElse(shown);
    return new Shown(both, thumb, annotated);
  }

  /** Keeps the pictures of an alert that is stored by now. */
  void keep(Shown shown, Optional<Shot> shot) {
    shown.thumb().ifPresent(t -> shelf.keep(t.id(), t.picture()));
    shown.annotated().ifPresent(t -> shelf.keep(t.id(), t.picture()));
    if (originals && shown.thumb().isPresent()) {
      String id = shown.thumb().get().id();
      shot.flatMap(s -> s.witness().original()).ifPresent(o -> shelf.keepOriginal(id, o));
    }
  }

  /**
   * Whether a clip is to be ordered for it.
   *
   * @param due clips that are on order for it already
   */
  boolean wantsClip(Alert alert, int due) {
    return clips && count(alert, MP4) + due < MAX_CLIPS;
  }

  /** What the alert is to say of a clip; keeps the clip first. */
  Alert.Evidence entry(String alertId, Clip clip) {
    return switch (clip) {
      case Clip.Made made -> {
        String id = writer.evidenceId();
        try {
          EvidenceShelf.Kept kept = shelf.keepClip(id, made);
          yield Alert.Evidence.of(
              id, MP4, kept.bytes(), kept.sha256(), writer.time(made.takenAt()));
        } catch (IOException e) {
          LOG.warn("The clip of alert {} cannot be kept: {}", alertId, e.getMessage());
          yield Alert.Evidence.withheld(MP4, "cannot be kept: " + e.getMessage());
        }
      }
      case Clip.Withheld(String reason) -> {
        LOG.warn("No clip goes with alert {}: {}", alertId, reason);
        yield Alert.Evidence.withheld(MP4, reason);
      }
    };
  }

  /** Does not ride with the alert, as the clean one does: it can be asked for. */
  private Optional<OpenAlerts.Thumb> annotated(OpenAlerts.Thumb thumb) {
    return thumb
        .picture()
        .annotated()
        .map(
            jpeg ->
                new OpenAlerts.Thumb(
                    writer.evidenceId(),
                    thumb.camera(),
                    new Picture.Masked(jpeg, thumb.picture().takenAt())));
  }

  private static long pictures(Alert alert) {
    return count(alert, JPEG);
  }

  private static long count(Alert alert, String type) {
    List<Alert.Evidence> evidence = alert.evidence() == null ? List.of() : alert.evidence();
    return evidence.stream().filter(e -> e.type().equals(type) && e.annotated() == null).count();
  }

  /** Only in the first message: that there still is no picture is no news. */
  private Alert withReason(Alert alert, Picture picture) {
    return picture instanceof Picture.Withheld(String reason) && alert.rev() == 1
        ? writer.withEvidence(alert, Alert.Evidence.withheld(JPEG, reason))
        : alert;
  }

  private Optional<OpenAlerts.Thumb> thumb(Alert alert, String camera, Picture picture) {
    return switch (picture) {
      case Picture.Masked masked ->
          Optional.of(new OpenAlerts.Thumb(writer.evidenceId(), camera, masked));
      case Picture.Withheld withheld -> {
        LOG.warn("No picture goes with alert {}: {}", alert.alertId(), withheld.reason());
        yield Optional.empty();
      }
    };
  }
}
