package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cityedge.agent.ActiveConfig;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.remote.Judge;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.update.UpdateFile;
import org.cityedge.config.ConfigException;
import org.cityedge.config.Deployment;
import org.cityedge.config.KeyList;
import org.cityedge.config.Order;
import org.cityedge.config.Printable;
import org.cityedge.config.Problem;
import org.cityedge.config.SignedConfig;
import org.cityedge.config.SignedConfig.Floor;
import org.cityedge.config.SignedConfig.Verdict;
import org.cityedge.config.SitePart;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge config site}: which site files a gateway takes from a stick, and what a signed
 * one brings; asked by the image's provisioning. Also how {@code config sign} makes one. Changes
 * nothing.
 */
final class ConfigSite {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Largest file beside a site file, in KiB, by the folder that it is in; as the image has it. */
  private static final Map<String, Integer> KIB =
      Map.of("secrets", 64, "certificates", 64, "models", 32 * 1024);

  private static final int MOST_BYTES = 64 * 1024;

  private ConfigSite() {}

  static CommandSpec spec() {
    return Folders.lasting(
        Verb.named(
                "site",
                "Says whether this gateway takes unsigned site files (0: new, 1: in service), or"
                    + " what a signed one brings (0: to be applied, 1: followed before, 2:"
                    + " refused).")
            .addPositional(
                PositionalParamSpec.builder()
                    .index("0")
                    .arity("0..1")
                    .paramLabel("site.jws")
                    .type(Path.class)
                    .description("What config sign --beside has made.")
                    .build()));
  }

  static int site(ParseResult arguments, PrintWriter out) throws IOException, ConfigException {
    Folders folders = Folders.of(arguments);
    Path data = Folders.existing(folders.data());
    TrustedKeys keys = new TrustedKeys(data);
    Floor floor = Deployment.known(data.resolve("config")).floor();
    if (arguments.hasMatchedPositional(0)) {
      Path file = arguments.matchedPositionalValue(0, Path.of(""));
      return judge(bytes(file), folders, keys, floor, out);
    }
    // Whoever has signed an order can sign a site file; an order that was rolled back counts.
    if (keys.provisioned() && floor.sequence() > 0) {
      out.printf(
          "in service: order %d of epoch %d was followed%n", floor.sequence(), floor.epoch());
      return Verb.WARNING;
    }
    out.println("new: no signed configuration was followed yet");
    return Verb.OK;
  }

  private static int judge(
      byte[] signed, Folders folders, TrustedKeys trusted, Floor floor, PrintWriter out)
      throws IOException, ConfigException {
    if (!trusted.provisioned()) {
      out.println("KEY_UNKNOWN: this gateway has no root key, so nobody can sign for it");
      return Verb.FAILURE;
    }
    KeyList keys = trusted.read();
    GatewayConfig.Identity self =
        ActiveConfig.read(folders.config(), folders.data()).config().gateway();
    SignedConfig.Situation situation =
        new SignedConfig.Situation(
            self.id(), Judge.version(), floor, Instant.now(), Health.clockWasSet());
    Verdict<GatewayConfig> verdict =
        SignedConfig.judge(signed, keys, situation, Judge.keeping(self, folders.data()));
    return switch (verdict) {
      case Verdict.Accepted(Order order, GatewayConfig _, String _, boolean _) -> {
        out.println("order " + order.sequence());
        order.site().ifPresent(site -> files(site, out));
        order.site().flatMap(SitePart::sshKey).ifPresent(key -> out.println("sshKey " + key));
        out.println("about " + about(order));
        yield Verb.OK;
      }
      case Verdict.Repeated(Order order) -> {
        out.println("repeated " + order.sequence());
        order.site().ifPresent(site -> files(site, out));
        out.println("about " + about(order));
        yield Verb.WARNING;
      }
      case Verdict.Refused<GatewayConfig> refused -> {
        out.println(refused.code() + ": " + refused.detail());
        for (Problem problem : refused.problems()) {
          out.println("  " + problem);
        }
        yield Verb.FAILURE;
      }
    };
  }

  private static void files(SitePart site, PrintWriter out) {
    site.files().forEach(file -> out.println("file " + file.sha256() + " " + file.name()));
  }

  private static String about(Order order) {
    return Printable.line(
        "%d, by %s: %s".formatted(order.sequence(), order.by(), order.reason()), MOST_BYTES);
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MOST_BYTES + 1);
    }
  }

  /**
   * The section {@code site} for what is to lie beside the order on the stick.
   *
   * @param beside the folder with {@code secrets}, {@code certificates} and {@code models}
   * @param sshKey the file of a public key, or {@value SitePart#OFF}
   * @throws IOException when a file there is one that no gateway takes from a stick
   */
  static ObjectNode claims(Optional<Path> beside, Optional<String> sshKey) throws IOException {
    ObjectNode site = JSON.createObjectNode();
    ArrayNode files = site.putArray("files");
    if (beside.isPresent()) {
      Path folder = Folders.existing(beside.get());
      if (Files.exists(folder.resolve("keys"))) {
        throw new IOException(
            folder.resolve("keys") + " cannot come with an order; whoever has the card brings it");
      }
      for (String kind : KIB.keySet().stream().sorted().toList()) {
        for (Path file : files(folder.resolve(kind))) {
          ObjectNode entry = files.addObject();
          entry.put("name", kind + "/" + file.getFileName()).put("sha256", sha256(file, kind));
        }
      }
    }
    if (sshKey.isPresent()) {
      String key = sshKey.get();
      site.put("sshKey", key.equals(SitePart.OFF) ? key : Files.readString(Path.of(key)).strip());
    }
    return site;
  }

  /** Those that a person sees there. */
  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
    }
  }

  private static String sha256(Path file, String kind) throws IOException {
    int kib = KIB.getOrDefault(kind, 0);
    if (!Files.isRegularFile(file) || Files.size(file) > kib * 1024L) {
      throw new IOException(file + " must be a plain file of at most " + kib + " KiB");
    }
    return UpdateFile.sha256(file);
  }
}
