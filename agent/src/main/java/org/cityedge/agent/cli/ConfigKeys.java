package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import org.cityedge.config.ConfigException;
import org.cityedge.config.KeyList;
import org.cityedge.config.NewFile;
import org.cityedge.config.Section;
import org.cityedge.config.SigningKey;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code cityedge config keygen} and {@code config keys}: keys, and the list of them. */
final class ConfigKeys {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PUBLIC = ".pub.json";

  private ConfigKeys() {}

  static CommandSpec keygenSpec() {
    return Verb.named(
            "keygen",
            "Makes a key: ID.key, which never leaves this machine, and ID.pub.json for the key list.")
        .addPositional(
            PositionalParamSpec.builder()
                .index("0")
                .paramLabel("ID.key")
                .type(Path.class)
                .required(true)
                .description(
                    "The private key's file, such as keys/cfg-2026a.key; root.key is the root.")
                .build())
        .addOption(
            Verb.option(
                    "--role", "ROLE", "config, countersign, command or update; none for the root.")
                .type(String.class)
                .build())
        .addOption(
            Verb.option("--expires", "DATE", "Last day plus one, such as 2028-01-01; with --role.")
                .type(String.class)
                .build());
  }

  static CommandSpec keysSpec() {
    return Verb.named("keys", "Signs the list of keys that gateways obey, with the root key.")
        .addPositional(
            PositionalParamSpec.builder()
                .index("0..*")
                .arity("1..*")
                .paramLabel("ID.pub.json")
                .type(List.class)
                .auxiliaryTypes(Path.class)
                .required(true)
                .description("What config keygen wrote for each key.")
                .build())
        .addOption(
            Verb.option("--root", "root.key", "The root key.")
                .type(Path.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--epoch", "N", "Higher than that of every list before.")
                .type(int.class)
                .required(true)
                .build())
        .addOption(
            Verb.option("--required", "N", "Signatures a configuration needs, 1 or 2; default 1.")
                .type(int.class)
                .build())
        .addOption(
            Verb.option("--out", "FILE", "The signed list; must not be there.")
                .type(Path.class)
                .required(true)
                .build());
  }

  static int keygen(ParseResult arguments, PrintWriter out) throws IOException {
    Path file = arguments.matchedPositionalValue(0, Path.of(""));
    String name = file.getFileName().toString();
    Path description =
        file.resolveSibling(name.substring(0, Math.max(0, name.length() - 4)) + PUBLIC);
    boolean root = name.equals("root.key");
    String role = arguments.matchedOptionValue("--role", "");
    String expires = arguments.matchedOptionValue("--expires", "");
    if (root != role.isEmpty() || root != expires.isEmpty()) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "--role and --expires go with every key but root.key");
    }
    ObjectNode entry = JSON.createObjectNode();
    entry.put("kid", name.substring(0, Math.max(0, name.length() - 4)));
    if (!root) {
      entry.put("role", role(arguments, role)).put("exp", day(arguments, expires));
    }
    if (Files.exists(description)) {
      throw new IOException(description + " is there already and is not replaced");
    }
    entry.put("x", SigningKey.generate(file));
    try {
      write(description, JSON.writeValueAsBytes(entry));
    } catch (IOException e) {
      // Of no use to anybody without the other half, and in the way of the next try.
      Files.delete(file);
      throw e;
    }
    out.printf("%s: keep it offline, it signs for every gateway%n", file);
    out.printf(
        "%s: %s%n",
        description, root ? "for the image or the provisioning file" : "for config keys");
    return Verb.OK;
  }

  private static String role(ParseResult arguments, String text) {
    for (KeyList.Role role : KeyList.Role.values()) {
      if (Section.wordFor(role).equals(text.toLowerCase(Locale.ROOT))) {
        return Section.wordFor(role);
      }
    }
    throw new ParameterException(
        arguments.commandSpec().commandLine(),
        "--role must be config, countersign, command or update, was " + text);
  }

  private static long day(ParseResult arguments, String text) {
    try {
      Instant start = LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      return start.getEpochSecond();
    } catch (DateTimeParseException e) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "--expires must be a day such as 2028-01-01, was " + text,
          e);
    }
  }

  static int keys(ParseResult arguments, PrintWriter out) throws IOException, ConfigException {
    ObjectNode list = JSON.createObjectNode().put("typ", "keys");
    list.put("epoch", arguments.matchedOptionValue("--epoch", 0));
    list.put("requiredSignatures", arguments.matchedOptionValue("--required", 1));
    ArrayNode entries = list.putArray("keys");
    for (Path file : arguments.matchedPositionalValue(0, List.<Path>of())) {
      JsonNode entry = JSON.readTree(Files.readString(file));
      if (!entry.isObject()) {
        throw new IOException(file + " is no file of config keygen");
      }
      entries.add(entry);
    }
    SigningKey root = SigningKey.read(arguments.matchedOptionValue("--root", Path.of("root.key")));
    Path file = arguments.matchedOptionValue("--out", Path.of("keys.jws"));
    write(file, KeyList.sign(JSON.writeValueAsString(list), root));
    out.printf("%s: %d keys, epoch %d%n", file, entries.size(), list.get("epoch").intValue());
    return Verb.OK;
  }

  /** Whole or not at all, and never over a file that is there. */
  static void write(Path file, byte[] bytes) throws IOException {
    try {
      NewFile.write(file, out -> out.write(bytes));
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " is there already and is not replaced", e);
    }
  }
}
