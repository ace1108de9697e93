package org.cityedge.video;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.cityedge.video.Observation.Kind;

/** Camera configurations of tests. */
public final class Cameras {
  /** Seen from straight above: 10 m wide and 20 m high. */
  public static final Ground FROM_ABOVE =
      new Ground(
          List.of(
              new Ground.Mark(0, 0, 0, 20),
              new Ground.Mark(1, 0, 10, 20),
              new Ground.Mark(1, 1, 10, 0),
              new Ground.Mark(0, 1, 0, 0)));

  private Cameras() {}

  public static CameraConfig watching(Kind... kinds) {
    return watching(List.of(), List.of(), kinds);
  }

  public static CameraConfig watching(List<Zone> zones, List<Zone> ignore, Kind... kinds) {
    return watching(Sampling.rate(2), zones, ignore, kinds);
  }

  static CameraConfig sampled(Sampling sampling, Kind... kinds) {
    return watching(sampling, List.of(), List.of(), kinds);
  }

  private static CameraConfig watching(
      Sampling sampling, List<Zone> zones, List<Zone> ignore, Kind... kinds) {
    return new CameraConfig(
        "test",
        Source.of(URI.create("file:///test")),
        sampling,
        Set.of(kinds),
        zones,
        ignore,
        List.of(),
        Optional.empty());
  }

  /** Looks for people of such heights, as fractions of the picture's. */
  public static CameraConfig tall(double top, double bottom) {
    CameraConfig camera = watching(Kind.CROWD);
    return new CameraConfig(
        camera.id(),
        camera.source(),
        camera.sampling(),
        camera.detect(),
        camera.zones(),
        camera.ignore(),
        camera.privacy(),
        Optional.of(new CameraConfig.PersonHeight(top, bottom)));
  }

  /** The same, with the ground measured. */
  public static CameraConfig above(CameraConfig camera, Ground ground) {
    return new CameraConfig(
        camera.id(),
        camera.source(),
        camera.sampling(),
        camera.detect(),
        camera.zones(),
        camera.ignore(),
        camera.privacy(),
        camera.personHeight(),
        Optional.of(ground),
        camera.models());
  }

  /** Five frames a second of a source, for nobody in particular. */
  public static CameraConfig of(Source source, Zone... privacy) {
    return new CameraConfig(
        "cam-1",
        source,
        Sampling.rate(5),
        Set.of(),
        List.of(),
        List.of(),
        List.of(privacy),
        Optional.empty());
  }

  /** Short ones for the states, the product's for the rest. */
  static Camera.Limits limits(CameraWatch.Limits states) {
    Camera.Limits product = Camera.Limits.of(watching(Kind.CROWD));
    return new Camera.Limits(states, product.keyframes(), product.memoryBytes());
  }

  public static Zone box(String id, double left, double top, double right, double bottom) {
    return new Zone(
        id,
        List.of(
            new Zone.Point(left, top),
            new Zone.Point(right, top),
            new Zone.Point(right, bottom),
            new Zone.Point(left, bottom)));
  }
}
