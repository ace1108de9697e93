package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.cityedge.agent.remote.TrustedKeys;
import org.cityedge.agent.status.Health;
import org.cityedge.agent.update.Installation;
import org.cityedge.agent.update.SlotReport;
import org.cityedge.agent.update.UpdateFile;
import org.cityedge.config.ConfigException;
import org.cityedge.config.SignedUpdate;
import org.cityedge.config.SigningKey;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge update}: a new system for a gateway's other root slot. {@code sign} runs on the
 * maintainer's machine, {@code install} and {@code status} on the gateway, as root.
 */
public final class UpdateVerb implements Verb {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int USUAL_DAYS = 365;
  private static final int MOST_DAYS = 3650;
  private static final int MIB = 1 << 20;

  private final CommandSpec spec =
      Verb.named("update", "A new system for the other root slot: update sign, install, status.")
          .addSubcommand("sign", signSpec())
          .addSubcommand("install", installSpec())
          .addSubcommand(
              "status", Verb.named("status", "Says which slot runs and what is in both."));

  private static CommandSpec signSpec() {
    return Verb.named("sign", "Makes an update of a root slot that image/build has made.")
        .addPositional(
            Verb.file("NAME.root", "The slot's content; NAME.root.json must lie beside it."))
        .addOption(
            Verb.option("--key", "ID.key", "A key of role update.")
                .type(Path.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--seq", "N", "Higher than that of every update before.")
                .type(long.class)
                .required(true)
                .build())
        .addOption(Verb.option("--by", "NAME", "Who.").type(String.class).required(true).build())
        .addOption(
            Verb.option(
                    "--days",
                    "N",
                    "How long it may be installed, 1..%d; default %d."
                        .formatted(MOST_DAYS, USUAL_DAYS))
                .type(int.class)
                .build())
        .addOption(
            Verb.option("--out", "FILE", "The update; must not be there.")
                .type(Path.class)
                .required(true)
                .build());
  }

  private static CommandSpec installSpec() {
    return Verb.named("install", "Writes an update to the slot that does not run.")
        .addPositional(Verb.file("FILE", "What update sign has made."))
        .addOption(
            Verb.option("--data", "DIR", "The agent's data folder; default /data/cityedge.")
                .type(Path.class)
                .build());
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
        "update what? update sign, install, status",
        second ->
            switch (second.commandSpec().name()) {
              case "sign" -> sign(second, out);
              case "install" -> install(second, out);
              default -> {
                SlotReport.ofThisMachine().lines().forEach(out::println);
                yield OK;
              }
            });
  }

  private static int sign(ParseResult arguments, PrintWriter out)
      throws IOException, ConfigException {
    int days = Verb.number(arguments, "--days", 1, MOST_DAYS, USUAL_DAYS);
    Path content = arguments.matchedPositionalValue(0, Path.of(""));
    Path papers = content.resolveSibling(content.getFileName() + ".json");
    JsonNode said = JSON.readTree(Files.readAllBytes(papers));
    String sha256 = UpdateFile.sha256(content);
    if (!said.path("sha256").asText().equals(sha256)) {
      throw new IOException(
          "%s is not of %s: its sha256 is %s"
              .formatted(papers, content, said.path("sha256").asText()));
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant end = now.plus(Duration.ofDays(days));
    ObjectNode claims = JSON.createObjectNode().put("typ", "update");
    claims.put("seq", arguments.matchedOptionValue("--seq", 0L));
    claims.put("version", said.path("version").asText());
    claims.put("kernel", said.path("kernel").asText());
    claims.put("bytes", Files.size(content)).put("sha256", sha256);
    claims.put("iat", now.getEpochSecond()).put("exp", end.getEpochSecond());
    claims.put("by", arguments.matchedOptionValue("--by", ""));
    SigningKey key = SigningKey.read(arguments.matchedOptionValue("--key", Path.of("")));
    Path file = arguments.matchedOptionValue("--out", Path.of("gateway.update"));
    UpdateFile.write(SignedUpdate.sign(JSON.writeValueAsString(claims), key), content, file);
    out.printf(
        "%s: update %d, version %s for kernel %s, signed by %s, until %s%n",
        file,
        claims.path("seq").asLong(),
        claims.path("version").asText(),
        claims.path("kernel").asText(),
        key.id(),
        end);
    return OK;
  }

  private static int install(ParseResult arguments, PrintWriter out) throws IOException {
    Path data = arguments.matchedOptionValue("--data", Path.of("/data/cityedge"));
    TrustedKeys keys = new TrustedKeys(data);
    if (!keys.provisioned()) {
      throw new IOException(
          "this gateway has no root key, so nobody can sign an update for it; provision %s"
              .formatted(data.resolve("keys/root.pub.json")));
    }
    Installation installation = Installation.onThisMachine(keys.read(), Health.clockWasSet());
    Path file = arguments.matchedPositionalValue(0, Path.of(""));
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException(file + " must be a plain file: it is read twice");
    }
    return switch (installation.install(
        () -> Files.newInputStream(file), written -> tell(written, out))) {
      case Installation.Result.Written(SignedUpdate update, String slot) -> {
        out.printf(
            "Update %d (version %s, by %s) is in slot %s, read back and whole.%n",
            update.sequence(), update.version(), update.by(), slot);
        out.println("It is tried at the next start (systemctl reboot); if it does not pass its");
        out.println("gate, the slot that runs now is taken again by itself.");
        yield OK;
      }
      case Installation.Result.Refused(String code, String detail) -> {
        out.printf("%s: %s. The running system is as it was.%n", code, detail);
        yield FAILURE;
      }
    };
  }

  private static void tell(long written, PrintWriter out) {
    if (written % (32 * MIB) == 0) {
      out.printf("  %d MiB written%n", written / MIB);
      out.flush();
    }
  }
}
