package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.audit.Entry;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge audit}: who changed what on this gateway, and whether the chain is whole; also
 * beside a running agent.
 */
public final class AuditVerb implements Verb {
  private final CommandSpec spec =
      Verb.named("audit", "Who changed what on this gateway: audit list, verify.")
          .addSubcommand("list", listSpec())
          .addSubcommand("verify", verifySpec());

  private static CommandSpec listSpec() {
    return Verb.named("list", "The records that are kept, the newest last.")
        .addOption(data())
        .addOption(Verb.option("--last", "N", "Only the newest N.").type(int.class).build())
        .addOption(
            Verb.option("--kind", "KIND", "Only one kind: " + kinds() + ".")
                .type(String.class)
                .build())
        .addOption(
            Verb.option("--json", "", "One JSON object a line, as kept and as told.")
                .type(boolean.class)
                .build());
  }

  private static CommandSpec verifySpec() {
    return Verb.named(
            "verify", "Computes the chain again; names the first broken record, exit 2 then.")
        .addOption(data())
        .addOption(
            Verb.option(
                    "--expect",
                    "SHA256",
                    "Of a record that the centre has: exit 2 when the chain does not hold it.")
                .type(String.class)
                .build());
  }

  private static OptionSpec data() {
    return Verb.option("--data", "DIR", "The agent's data folder; default: data.")
        .type(Path.class)
        .build();
  }

  private static String kinds() {
    return String.join(", ", List.of(Entry.Kind.values()).stream().map(Entry.Kind::word).toList());
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
        "audit what? audit list, verify",
        what -> {
          Path data = Folders.existing(what.matchedOptionValue("--data", Path.of("data")));
          return what.commandSpec().name().equals("list")
              ? list(what, data, out)
              : verify(what, data, out);
        });
  }

  private static int list(ParseResult arguments, Path data, PrintWriter out) throws IOException {
    String kind = arguments.matchedOptionValue("--kind", "");
    if (!kind.isEmpty() && !List.of(kinds().split(", ", -1)).contains(kind)) {
      throw new ParameterException(
          arguments.commandSpec().commandLine(),
          "--kind must be one of " + kinds() + ", was " + kind);
    }
    List<AuditRecord> records =
        Chain.records(data).stream()
            .filter(r -> kind.isEmpty() || r.entry().kind().word().equals(kind))
            .toList();
    int last = Verb.number(arguments, "--last", 0, Integer.MAX_VALUE, Integer.MAX_VALUE);
    boolean json = arguments.matchedOptionValue("--json", false);
    for (AuditRecord r : records.subList(Math.max(0, records.size() - last), records.size())) {
      out.println(json ? new String(r.json(), StandardCharsets.UTF_8) : line(r));
    }
    return OK;
  }

  private static String line(AuditRecord r) {
    Entry e = r.entry();
    StringBuilder text =
        new StringBuilder(
            "%5d  %s  %s%-14s %-11s %s"
                .formatted(
                    r.number(),
                    r.time(),
                    e.high() ? "! " : "  ",
                    e.kind().word(),
                    e.what(),
                    e.subject()));
    add(text, e.code());
    add(text, e.actor().isEmpty() ? "" : "by " + e.actor());
    add(text, e.detail());
    add(text, r.missed() > 0 ? r.missed() + " records before it were lost" : "");
    return text.toString();
  }

  private static void add(StringBuilder text, String part) {
    if (!part.isEmpty()) {
      text.append("  ").append(part);
    }
  }

  private static int verify(ParseResult arguments, Path data, PrintWriter out) throws IOException {
    return switch (Chain.verify(data)) {
      case Chain.State.Empty _ -> {
        out.println("nothing is recorded yet");
        yield arguments.hasMatchedOption("--expect") ? FAILURE : OK;
      }
      case Chain.State.Broken(long number, Path file, int line, String why) -> {
        out.printf("broken at record %d: %s (%s line %d)%n", number, why, file, line);
        yield FAILURE;
      }
      case Chain.State.Whole chain -> {
        out.printf(
            "whole: records %d..%d, last %s at %s%n",
            chain.first().number(),
            chain.last().number(),
            chain.last().sha256(),
            chain.last().time());
        yield expected(arguments, chain, out);
      }
    };
  }

  private static int expected(ParseResult arguments, Chain.State.Whole chain, PrintWriter out) {
    String sha256 = arguments.matchedOptionValue("--expect", "");
    if (sha256.isEmpty()) {
      return OK;
    }
    var at = Chain.holds(chain, sha256);
    if (at.isEmpty()) {
      out.printf(
          "it does not hold %s: that record was replaced, or is older than the files%n", sha256);
      return FAILURE;
    }
    out.printf("it holds %s as record %d%n", sha256, chain.first().number() + at.getAsInt());
    return OK;
  }
}
