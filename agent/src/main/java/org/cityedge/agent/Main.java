package org.cityedge.agent;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.cityedge.agent.cli.AlertVerb;
import org.cityedge.agent.cli.AnalyzeVerb;
import org.cityedge.agent.cli.AuditVerb;
import org.cityedge.agent.cli.BackupVerb;
import org.cityedge.agent.cli.BundleVerb;
import org.cityedge.agent.cli.CameraVerb;
import org.cityedge.agent.cli.CatalogVerb;
import org.cityedge.agent.cli.CheckVerb;
import org.cityedge.agent.cli.CoapVerb;
import org.cityedge.agent.cli.CommandVerb;
import org.cityedge.agent.cli.ConfigVerb;
import org.cityedge.agent.cli.DoctorVerb;
import org.cityedge.agent.cli.EvidenceVerb;
import org.cityedge.agent.cli.GpioVerb;
import org.cityedge.agent.cli.LabelVerb;
import org.cityedge.agent.cli.MqttVerb;
import org.cityedge.agent.cli.PortsVerb;
import org.cityedge.agent.cli.QueueVerb;
import org.cityedge.agent.cli.RestoreVerb;
import org.cityedge.agent.cli.RunVerb;
import org.cityedge.agent.cli.UpdateVerb;
import org.cityedge.agent.cli.Verb;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The program {@code cityedge}. Exit codes: 0 ok, 1 warning, 2 failure, 64 usage (sysexits.h
 * EX_USAGE).
 */
public final class Main {
  private static final int USAGE = 64;

  /** In the order of the help. */
  static final Map<String, Supplier<Verb>> VERBS = new LinkedHashMap<>();

  static {
    VERBS.put("run", RunVerb::new);
    VERBS.put("check", CheckVerb::new);
    VERBS.put("doctor", DoctorVerb::new);
    VERBS.put("bundle", BundleVerb::new);
    VERBS.put("analyze", AnalyzeVerb::new);
    VERBS.put("catalog", CatalogVerb::new);
    VERBS.put("alert", () -> new AlertVerb(InstantSource.system()));
    VERBS.put("queue", QueueVerb::new);
    VERBS.put("evidence", EvidenceVerb::new);
    VERBS.put("backup", BackupVerb::new);
    VERBS.put("restore", RestoreVerb::new);
    VERBS.put("label", LabelVerb::new);
    VERBS.put("update", UpdateVerb::new);
    VERBS.put("ports", PortsVerb::new);
    VERBS.put("mqtt", MqttVerb::new);
    VERBS.put("config", ConfigVerb::new);
    VERBS.put("command", CommandVerb::new);
    VERBS.put("audit", AuditVerb::new);
    VERBS.put("coap", CoapVerb::new);
    VERBS.put("gpio", GpioVerb::new);
    VERBS.put("camera", CameraVerb::new);
  }

  private Main() {}

  public static void main(String[] args) {
    Logging.setUp();
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(args, out, err));
  }

  /** Runs one verb and returns its exit code; what it has printed is written out by then. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    // Making all of them takes as long as reading the configuration; a start needs one.
    Supplier<Verb> one = args.length > 0 ? VERBS.get(args[0]) : null;
    Map<String, Verb> verbs = new LinkedHashMap<>();
    if (one != null) {
      verbs.put(args[0], one.get());
    } else {
      VERBS.forEach((name, verb) -> verbs.put(name, verb.get()));
    }
    CommandLine line = commandLine(verbs);
    try {
      ParseResult parsed = line.parseArgs(args);
      if (parsed.isVersionHelpRequested()) {
        line.printVersionHelp(out);
        return Verb.OK;
      }
      ParseResult verb = parsed.subcommand();
      if (verb == null || verb.commandSpec().name().equals("help")) {
        line.usage(out);
        return Verb.OK;
      }
      if (verb.isUsageHelpRequested()) {
        verb.commandSpec().commandLine().usage(out);
        return Verb.OK;
      }
      Verb chosen = verbs.get(verb.commandSpec().name());
      if (chosen == null) {
        throw new IllegalStateException(
            "verb " + verb.commandSpec().name() + " is parsed but not known");
      }
      return chosen.run(verb, out, err);
    } catch (ParameterException e) {
      err.println("cityedge: " + e.getMessage());
      err.println("Try: cityedge help");
      return USAGE;
    } finally {
      // println alone does so, and the end of the program does not.
      out.flush();
      err.flush();
    }
  }

  private static CommandLine commandLine(Map<String, Verb> verbs) {
    CommandSpec top = CommandSpec.create().name("cityedge");
    top.usageMessage()
        .description("City Edge Agent: sensors and cameras in, alerts and telemetry out over MQTT.")
        .commandListHeading("%nVerbs:%n")
        .footer(
            "",
            "From a source checkout also:",
            "  centre   Receives what gateways report, as the monitoring centre does (watch, verify).",
            "  demo     Runs the agent against a simulated city and shows what the monitoring centre sees.",
            "  test     Builds everything and passes the tests.",
            "  bench    Measures: append, write, waiting, drain, coap, camera, detect, footprint, smoke, counts,",
            "           models.",
            "",
            "Exit codes: 0 ok, 1 warning, 2 failure, 64 usage.");
    top.version("cityedge " + Version.agent(), "Java " + Runtime.version());
    top.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Prints the versions.")
            .build());
    verbs.forEach((name, verb) -> top.addSubcommand(name, verb.spec()));
    top.addSubcommand(
        "help",
        CommandSpec.create()
            .name("help")
            .usageMessage(
                new CommandLine.Model.UsageMessageSpec().description("Lists the verbs.")));
    return new CommandLine(top).setUsageHelpAutoWidth(false);
  }
}
