package org.cityedge.agent.alerts;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cityedge.agent.About;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.GatewayConfig.SensorEntry;
import org.cityedge.drivers.position.Report;

/**
 * Which camera's window the centre opens by itself (事发点探头自动弹出), and its neighbours, the nearest
 * first: the cameras that the rule names, then those that the camera's own list names, then the
 * gateway's others within {@value #NEAR_METRES} m. A sensor whose rule names none shows the nearest
 * camera within that distance. What has no place of its own and none from the gateway's
 * configuration is on the gateway, wherever that is.
 */
public final class Popups {
  private static final double NEAR_METRES = 200;

  private final Map<String, SensorEntry> sensors;
  private final Map<String, CameraEntry> cameras;

  public Popups(GatewayConfig config) {
    this.sensors = config.sensors();
    this.cameras = config.cameras();
  }

  /** Of a configuration's rules those that should open a window and open none, by their ids. */
  public List<String> without(List<Rule> rules) {
    return rules.stream()
        .filter(rule -> showsAPlace(rule) && of(List.of(rule)).isEmpty())
        .map(rule -> rule.head().id())
        .toList();
  }

  /** For the rule that raised the alert and those that joined it; empty when nothing is to see. */
  Optional<Alert.Popup> of(List<Rule> rules) {
    Set<String> wanted = new LinkedHashSet<>();
    rules.forEach(rule -> wanted.addAll(rule.head().popups()));
    // A drill's rule may be of the configuration before.
    wanted.retainAll(cameras.keySet());
    if (wanted.isEmpty()) {
      for (Rule rule : rules) {
        if (showsAPlace(rule)) {
          around(rule.source()).stream().limit(1).forEach(wanted::add);
        }
      }
    }
    return wanted.stream().findFirst().map(first -> popup(first, wanted));
  }

  /** A lost sensor says nothing of its place. */
  private static boolean showsAPlace(Rule rule) {
    return switch (rule) {
      case Rule.Threshold _, Rule.Rate _, Rule.Contact _ -> true;
      case Rule.Video _, Rule.SensorLost _, Rule.CameraFault _ -> false;
    };
  }

  private Alert.Popup popup(String first, Set<String> wanted) {
    About.View view = view(first);
    Set<String> near = new LinkedHashSet<>();
    wanted.stream().skip(1).forEach(camera -> view(camera).gb28181().ifPresent(near::add));
    near.addAll(view.near());
    around(first).forEach(camera -> view(camera).gb28181().ifPresent(near::add));
    view.gb28181().ifPresent(near::remove);
    return new Alert.Popup(
        first,
        view.gb28181().orElse(null),
        view.preset().orElse(null),
        near.isEmpty() ? null : near.stream().limit(About.View.MAX_NEAR).toList());
  }

  private About.View view(String camera) {
    CameraEntry entry = cameras.get(camera);
    if (entry == null) {
      throw new IllegalStateException("the configuration was checked: rule names camera " + camera);
    }
    return entry.view();
  }

  /** The other cameras near a sensor or camera, the nearest first. */
  private List<String> around(String source) {
    record Near(String camera, double metres) {}
    SensorEntry sensor = sensors.get(source);
    CameraEntry own = cameras.get(source);
    About about = sensor != null ? sensor.about() : own == null ? null : own.about();
    List<Near> found = new ArrayList<>();
    if (about != null) {
      cameras.forEach(
          (id, camera) ->
              metres(about.location(), camera.about().location())
                  .filter(metres -> !id.equals(source) && metres <= NEAR_METRES)
                  .ifPresent(metres -> found.add(new Near(id, metres))));
    }
    found.sort(Comparator.comparingDouble(Near::metres));
    return found.stream().map(Near::camera).toList();
  }

  /** Empty when one of them has a place and nobody knows where the other is. */
  private static Optional<Double> metres(
      Optional<About.Location> here, Optional<About.Location> there) {
    if (here.isEmpty() && there.isEmpty()) {
      return Optional.of(0.0);
    }
    return here.flatMap(a -> there.map(b -> Report.Fix.metres(a.lat(), a.lon(), b.lat(), b.lon())));
  }
}
