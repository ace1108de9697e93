package org.cityedge.agent.page;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Publisher;
import org.cityedge.buffer.EventStore;
import org.cityedge.config.Secrets;
import org.cityedge.drivers.Sample;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Observation;
import org.cityedge.video.Witness;
import org.cityedge.video.model.Models;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's own page. Where the configuration switches it off it only takes note of what it is
 * told, for a later one. What is told to it is told on the teller's thread and never waits. Every
 * 10 s it is seen to that the page listens on the address that its interface has.
 */
public final class StatusPage implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusPage.class);
  private static final Duration AGAIN = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private volatile GatewayConfig config;
  private final Survey survey;
  private final Stills stills;
  private final AccessCode code;
  private final Path data;
  private final LongSupplier nanos;
  private final boolean on;

  // Guarded by this.
  private @Nullable Listening listening;
  private boolean closed;

  /**
   * What else is wrong with the gateway, as its lamp for faults shows it.
   *
   * @param voltageLow the board's supply is too weak right now
   * @param rolledBack the last order was gone back from, and nobody asked for that
   * @param models uses of a network that go on without it
   */
  public record Troubles(boolean voltageLow, boolean rolledBack, List<Models.Standing> models) {
    public static final Troubles NONE = new Troubles(false, false, List.of());

    public Troubles {
      models = List.copyOf(models);
    }
  }

  /**
   * The running parts that it asks.
   *
   * @param troubles may read a few files
   */
  public record Parts(
      EventStore store,
      Supplier<Publisher> publisher,
      AlertTracker alerts,
      Outputs outputs,
      Whereabouts whereabouts,
      CloudEvents cloudEvents,
      LongSupplier configSeq,
      Supplier<Troubles> troubles) {}

  /**
   * @param data the data folder: its free space counts, and its {@code secrets/} has the code
   */
  public StatusPage(
      GatewayConfig config, Parts parts, Path data, InstantSource clock, LongSupplier nanos) {
    this(config, new Survey(config, parts, data, clock, nanos), data, nanos);
  }

  private StatusPage(GatewayConfig config, Survey survey, Path data, LongSupplier nanos) {
    PageConfig page = config.page();
    this.config = config;
    this.on = page.listen().isPresent();
    this.survey = survey;
    this.stills = new Stills(shown(config), nanos);
    this.data = data;
    this.nanos = nanos;
    this.code = new AccessCode(page.codeRef(), new Secrets(data.resolve("secrets")), nanos);
  }

  /**
   * The page that takes this one's place, which is closed, where the section {@code page} is
   * another; what is known of sensors and cameras that stay stays.
   *
   * @param stopped sensors and cameras of which nothing is known any more
   */
  public StatusPage successor(GatewayConfig next, Collection<String> stopped) {
    survey.follow(next, stopped);
    return new StatusPage(next, survey, data, nanos);
  }

  private static Collection<String> shown(GatewayConfig config) {
    return config.page().pictures() ? config.cameras().keySet() : List.of();
  }

  /**
   * Goes on with other sensors and cameras; what is known of those that stay stays.
   *
   * @param next has the same section {@code page}
   * @param stopped sensors and cameras of which nothing is known any more
   */
  public void follow(GatewayConfig next, Collection<String> stopped) {
    config = next;
    survey.follow(next, stopped);
    stills.follow(shown(next), stopped);
  }

  /** Begins to listen; once. Returns at once. */
  public synchronized void start() {
    if (listening == null && !closed && config.page().listen().isPresent()) {
      PageConfig.Listen listen = config.page().listen().get();
      listening =
          new Listening(
              listen, Listening::ofMachine, address -> open(address, listen.port()), AGAIN);
      listening.start();
    }
  }

  private PageServer open(InetAddress address, int port) throws IOException {
    PageServer opened =
        new PageServer(
            new InetSocketAddress(address, port),
            hosts(address),
            code,
            survey::snapshot,
            stills,
            () -> Documents.zones(drawable()),
            PATIENCE);
    opened.start();
    LOG.info(
        "The page listens. address=http://{}:{} code={} pictures={}",
        literal(address),
        opened.port(),
        code.standing().word(),
        config.page().pictures());
    return opened;
  }

  /** Cameras whose picture may be seen; the others cannot be drawn on. */
  private List<CameraConfig> drawable() {
    return config.cameras().values().stream()
        .map(GatewayConfig.CameraEntry::config)
        .filter(camera -> config.page().pictures() && !camera.detect().isEmpty())
        .toList();
  }

  /** An address in numbers cannot be rebound, and a name must be known. */
  private Set<String> hosts(InetAddress address) {
    String id = config.gateway().id();
    Set<String> out = new HashSet<>(config.page().hosts());
    out.addAll(List.of(literal(address), id, id + ".local"));
    if (address.isLoopbackAddress()) {
      out.addAll(List.of("localhost", "127.0.0.1", "[::1]"));
    }
    return out;
  }

  private static String literal(InetAddress address) {
    String text = address.getHostAddress().replaceFirst("%.*", "");
    return text.contains(":") ? "[" + text + "]" : text;
  }

  public void accept(Sample sample) {
    survey.accept(sample);
  }

  public void accept(CameraHealth health) {
    survey.accept(health);
  }

  /** What a camera sees, and its frame that could be shown; on the camera's thread. */
  public void accept(Observation observation, Witness witness) {
    survey.accept(observation);
    if (on) {
      stills.offer(observation, witness);
    }
  }

  /** Once a second. */
  public void tick() {
    survey.tick();
  }

  /** Ends what is being served. Any number of times. */
  @Override
  public synchronized void close() {
    closed = true;
    if (listening != null) {
      listening.close();
    }
  }
}
