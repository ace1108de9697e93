package org.cityedge.agent;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  private Main() {}

  public static void main(String[] args) {
    Logging.setUp();
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(args, out, err));
  }

  /** Runs one verb and returns its exit code; what it has printed is written out by then. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    Map<String, Verb> verbs = new LinkedHashMap<>();
    for (Verb verb :
        List.of(
            new RunVerb(),
            new CheckVerb(),
            new DoctorVerb(),
            new BundleVerb(),
            new AnalyzeVerb(),
            new CatalogVerb(),
            new AlertVerb(InstantSource.system()),
            new QueueVerb(),
            new EvidenceVerb(),
            new BackupVerb(),
            new RestoreVerb(),
            new LabelVerb(),
            new UpdateVerb(),
            new PortsVerb(),
            new MqttVerb(),
            new ConfigVerb(),
            new CommandVerb(),
            new AuditVerb(),
            new CoapVerb(),
            new GpioVerb(),
            new CameraVerb())) {
      verbs.put(verb.spec().name(), verb);
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
            "  bench    Measures store, uplink and sensors: append, write, waiting, drain, coap.",
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
