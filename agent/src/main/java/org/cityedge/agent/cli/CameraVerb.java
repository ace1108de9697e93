package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.cityedge.agent.ActiveConfig;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.GatewayConfig.CameraEntry;
import org.cityedge.agent.doctor.CameraTrial;
import org.cityedge.config.ConfigException;
import org.cityedge.config.KeyFiles;
import org.cityedge.config.Section;
import org.cityedge.video.CameraConfig;
import org.cityedge.video.CameraHealth;
import org.cityedge.video.Picture;
import org.cityedge.video.Source;
import org.cityedge.video.discovery.CameraSurvey;
import org.cityedge.video.discovery.Found;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge camera test}, {@code camera frame} and {@code camera discover}: safe beside a
 * running agent, as far as the camera serves another viewer.
 */
public final class CameraVerb implements Verb {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int LONGEST_SECONDS = 600;
  private static final int TEST_SECONDS = 10;

  /** What stands still is shown after two minutes. */
  private static final int FRAME_SECONDS = 180;

  private static final int DISCOVER_SECONDS = 3;

  private final CommandSpec spec =
      Verb.named("camera", "Looks at cameras: camera test, camera frame, camera discover.")
          .addSubcommand("test", testSpec())
          .addSubcommand("frame", frameSpec())
          .addSubcommand("discover", discoverSpec());

  private static CommandSpec testSpec() {
    CommandSpec test =
        ofCamera("test", "Opens a camera of the configuration and tells what comes.", TEST_SECONDS);
    return test.addOption(Verb.option("--json", "", "One JSON array.").type(boolean.class).build());
  }

  private static CommandSpec frameSpec() {
    return ofCamera("frame", "Saves one picture of a camera, masked as evidence is.", FRAME_SECONDS)
        .addOption(
            Verb.option("--masked", "FILE", "Where the JPEG goes; people are pixelated in it.")
                .type(Path.class)
                .required(true)
                .build());
  }

  private static CommandSpec ofCamera(String name, String description, int seconds) {
    CommandSpec spec = Verb.named(name, description);
    spec.addPositional(
        PositionalParamSpec.builder()
            .index("0")
            .paramLabel("ID")
            .description("The camera's id.")
            .type(String.class)
            .required(true)
            .build());
    return Folders.lasting(spec)
        .addOption(seconds("For at most so long, 1.." + LONGEST_SECONDS, seconds));
  }

  private static OptionSpec seconds(String what, int standard) {
    return Verb.option("--seconds", "N", what + "; default " + standard + ".")
        .type(int.class)
        .build();
  }

  private static CommandSpec discoverSpec() {
    CommandSpec discover =
        Verb.named(
            "discover", "Asks the local network, or the hosts that are named, for ONVIF cameras.");
    discover.addPositional(
        PositionalParamSpec.builder()
            .index("0..*")
            .arity("0..*")
            .paramLabel("HOST[:PORT]")
            .description("Asked instead of the whole network; port " + CameraSurvey.PORT + ".")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .build());
    discover.addOption(seconds("Waits so long for answers, 1..60", DISCOVER_SECONDS));
    discover.addOption(Verb.option("--json", "", "One JSON array.").type(boolean.class).build());
    return discover;
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    return Verb.second(
        arguments,
        out,
        err,
        "camera what? camera test ID, camera frame ID --masked FILE, camera discover",
        verb ->
            switch (verb.commandSpec().name()) {
              case "test" -> test(verb, out, err);
              case "frame" -> frame(verb, out, err);
              default -> discover(verb, out, err);
            });
  }

  private static int test(ParseResult verb, PrintWriter out, PrintWriter err)
      throws ConfigException, IOException, InterruptedException {
    CameraConfig camera = camera(verb, err);
    List<CameraConfig> streams = new ArrayList<>(List.of(camera));
    if (camera.source().main().isPresent()) {
      streams.add(camera.of(camera.source().forEvidence()));
    }
    ArrayNode all = JSON.createArrayNode();
    int worst = OK;
    for (CameraConfig stream : streams) {
      CameraTrial.Result result =
          CameraTrial.run(stream, keys(verb), limit(verb, LONGEST_SECONDS, TEST_SECONDS), false);
      if (verb.matchedOptionValue("--json", false)) {
        json(all.addObject(), stream.source(), result);
      } else {
        print(out, stream.source(), result);
      }
      worst = Math.max(worst, exitCode(result));
    }
    if (verb.matchedOptionValue("--json", false)) {
      out.println(all);
    }
    if (worst == FAILURE) {
      err.println("cityedge: camera " + camera.id() + " gives no picture");
    }
    return worst;
  }

  private static int exitCode(CameraTrial.Result result) {
    if (result.frames() == 0) {
      return FAILURE;
    }
    return result.health().state() == CameraHealth.State.OK ? OK : WARNING;
  }

  private static void print(PrintWriter out, Source source, CameraTrial.Result result) {
    CameraHealth health = result.health();
    out.println(source.stream());
    result
        .firstMillis()
        .ifPresent(
            millis ->
                out.printf(
                    Locale.ROOT,
                    "  first picture  after %.1f s, analysed at %dx%d%n"
                        + "  pictures       %d, %.1f a second, of %s%n"
                        + "  decoder        %.1f %% of one core%n",
                    millis / 1000.0,
                    result.width(),
                    result.height(),
                    result.frames(),
                    result.framesPerSecond(),
                    health.keyframes() ? "the keyframes" : "all",
                    health.decoderPercent()));
    out.printf("  state          %s: %s%n", Section.wordFor(health.state()), health.detail());
    out.flush();
  }

  private static void json(ObjectNode out, Source source, CameraTrial.Result result) {
    CameraHealth health = result.health();
    out.put("source", source.stream().toString());
    result.firstMillis().ifPresent(millis -> out.put("firstPictureMs", millis));
    out.put("width", result.width()).put("height", result.height());
    out.put("frames", result.frames()).put("framesPerSecond", result.framesPerSecond());
    out.put("decoded", health.keyframes() ? "keyframes" : "all");
    out.put("decoderCpuPercent", health.decoderPercent());
    out.put("state", Section.wordFor(health.state())).put("detail", health.detail());
  }

  private static int frame(ParseResult verb, PrintWriter out, PrintWriter err)
      throws ConfigException, IOException, InterruptedException {
    CameraConfig camera = camera(verb, err);
    Path file = verb.matchedOptionValue("--masked", Path.of(""));
    CameraTrial.Result result =
        CameraTrial.run(camera, keys(verb), limit(verb, LONGEST_SECONDS, FRAME_SECONDS), true);
    if (result.picture().orElse(null) instanceof Picture.Masked masked) {
      Files.write(file, masked.jpeg());
      out.printf("%s: %d bytes, taken at %s%n", file, masked.jpeg().length, masked.takenAt());
      return OK;
    }
    String why =
        result.picture().orElse(null) instanceof Picture.Withheld withheld
            ? withheld.reason()
            : result.health().detail();
    err.println("cityedge: camera " + camera.id() + " gives no masked picture: " + why);
    return FAILURE;
  }

  private static int discover(ParseResult verb, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    List<String> hosts = verb.matchedPositionalValue(0, List.of());
    List<InetSocketAddress> targets = new ArrayList<>();
    for (String host : hosts) {
      targets.add(target(verb, host));
    }
    if (targets.isEmpty()) {
      targets.add(new InetSocketAddress(CameraSurvey.GROUP, CameraSurvey.PORT));
    }
    List<Found> found =
        new CameraSurvey(System::nanoTime).ask(targets, limit(verb, 60, DISCOVER_SECONDS));
    if (verb.matchedOptionValue("--json", false)) {
      ArrayNode all = JSON.createArrayNode();
      for (Found camera : found) {
        ObjectNode entry = all.addObject().put("host", camera.host());
        entry.put("endpoint", camera.endpoint());
        camera.name().ifPresent(name -> entry.put("name", name));
        camera.hardware().ifPresent(hardware -> entry.put("hardware", hardware));
        camera.services().forEach(entry.putArray("services")::add);
      }
      out.println(all);
    } else {
      for (Found camera : found) {
        out.printf(
            "%-15s  %-20s  %-20s  %s%n",
            camera.host(),
            camera.name().orElse("-"),
            camera.hardware().orElse("-"),
            camera.services().stream().findFirst().orElse(camera.endpoint()));
      }
    }
    if (found.isEmpty()) {
      err.println(
          "cityedge: no camera answered; ONVIF discovery may be off in the camera, or a router is"
              + " between: then name its address");
      return WARNING;
    }
    return OK;
  }

  private static InetSocketAddress target(ParseResult verb, String host) {
    int colon = host.indexOf(':');
    String name = colon < 0 ? host : host.substring(0, colon);
    try {
      int port = colon < 0 ? CameraSurvey.PORT : Integer.parseInt(host.substring(colon + 1));
      InetSocketAddress target = new InetSocketAddress(name, port);
      if (!target.isUnresolved()) {
        return target;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new ParameterException(
        verb.commandSpec().commandLine(),
        "must be a host that is known, or HOST:PORT with a port of 1..65535, was " + host);
  }

  private static CameraConfig camera(ParseResult verb, PrintWriter err)
      throws ConfigException, IOException {
    ActiveConfig active = Folders.of(verb).active(err);
    GatewayConfig config = active.config();
    String id = verb.matchedPositionalValue(0, "");
    CameraEntry entry = config.cameras().get(id);
    if (entry == null) {
      throw new ParameterException(
          verb.commandSpec().commandLine(),
          "there is no camera \""
              + id
              + "\" in "
              + active.origin()
              + "; cameras: "
              + String.join(", ", config.cameras().keySet()));
    }
    return entry.config();
  }

  private static KeyFiles keys(ParseResult verb) {
    return KeyFiles.in(Folders.of(verb).data());
  }

  private static Duration limit(ParseResult verb, int most, int standard) {
    int seconds = verb.matchedOptionValue("--seconds", standard);
    if (seconds < 1 || seconds > most) {
      throw new ParameterException(
          verb.commandSpec().commandLine(), "--seconds must be 1.." + most + ", was " + seconds);
    }
    return Duration.ofSeconds(seconds);
  }
}
