package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.Section;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.ContactConfig;
import org.cityedge.drivers.ContactConfig.Bias;
import org.cityedge.drivers.gpio.ChipSurvey;
import org.cityedge.drivers.gpio.ChipSurvey.Chip;
import org.cityedge.drivers.gpio.ChipSurvey.Listed;
import org.cityedge.drivers.gpio.LineWatch;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge gpio list} and {@code gpio watch}: the digital lines of this machine, safe beside
 * a running agent, for a line that somebody holds cannot be watched.
 */
public final class GpioVerb implements Verb {
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final long LONGEST_SECONDS = Duration.ofDays(1).toSeconds();
  private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final CommandSpec spec =
      Verb.named("gpio", "Looks at the digital lines: gpio list, gpio watch CHIP LINE.")
          .addSubcommand("list", listSpec())
          .addSubcommand("watch", watchSpec());

  private static CommandSpec listSpec() {
    CommandSpec list = Verb.named("list", "Lists every chip and line, and who holds it.");
    list.addOption(Verb.option("--json", "", "One JSON array.").type(boolean.class).build());
    return list;
  }

  private static CommandSpec watchSpec() {
    CommandSpec watch =
        Verb.named("watch", "Prints the changes of a line that nobody holds, until Ctrl-C.");
    watch.addPositional(
        PositionalParamSpec.builder()
            .index("0")
            .paramLabel("CHIP")
            .description("0, gpiochip0 or /dev/gpiochip0.")
            .type(String.class)
            .required(true)
            .build());
    watch.addPositional(
        PositionalParamSpec.builder()
            .index("1")
            .paramLabel("LINE")
            .description("Its number on the chip, or its name.")
            .type(String.class)
            .required(true)
            .build());
    watch.addOption(
        Verb.option("--bias", "BIAS", "as-is, none, pull-up or pull-down; default as-is.")
            .type(String.class)
            .build());
    watch.addOption(
        Verb.option("--active-low", "", "The line is active at low level.")
            .type(boolean.class)
            .build());
    watch.addOption(
        Verb.option("--debounce", "MS", "Milliseconds, 0..10000; default 0.")
            .type(int.class)
            .build());
    watch.addOption(
        Verb.option("--seconds", "N", "Ends after this time, 1..86400.").type(int.class).build());
    watch.addOption(
        Verb.option("--count", "N", "Ends after this many changes, 1..1000000.")
            .type(int.class)
            .build());
    watch.addOption(
        Verb.option("--json", "", "One JSON object per line.").type(boolean.class).build());
    return watch;
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
        "gpio what? gpio list, gpio watch CHIP LINE",
        verb -> verb.commandSpec().name().equals("list") ? list(verb, out, err) : watch(verb, out));
  }

  private static int list(ParseResult verb, PrintWriter out, PrintWriter err) throws IOException {
    List<Chip> chips = ChipSurvey.chips();
    if (verb.matchedOptionValue("--json", false)) {
      out.println(json(chips));
    } else {
      chips.forEach(chip -> out.print(table(chip)));
    }
    if (chips.isEmpty()) {
      err.println("cityedge: there is no GPIO chip below /dev; load the board's GPIO driver");
      return FAILURE;
    }
    return chips.stream().allMatch(chip -> chip.problem().isEmpty()) ? OK : WARNING;
  }

  static String table(Chip chip) {
    if (!chip.problem().isEmpty()) {
      return "%s: %s%n".formatted(chip.device(), chip.problem());
    }
    StringBuilder text =
        new StringBuilder(
            "%s (%s), %d lines%n".formatted(chip.device(), chip.label(), chip.lines().size()));
    for (Listed line : chip.lines()) {
      String row =
          "%6d  %-24s %-6s  %-24s %s"
              .formatted(
                  line.offset(),
                  line.name().isEmpty() ? "-" : line.name(),
                  line.output() ? "output" : "input",
                  owner(line),
                  String.join(", ", line.flags()));
      text.append(row.stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  private static String owner(Listed line) {
    if (!line.used()) {
      return "free";
    }
    return line.owner().isEmpty() ? "taken, unnamed" : '"' + line.owner() + '"';
  }

  static String json(List<Chip> chips) {
    ArrayNode all = JSON.createArrayNode();
    for (Chip chip : chips) {
      ObjectNode out = all.addObject().put("chip", chip.device().toString());
      out.put("label", chip.label());
      if (!chip.problem().isEmpty()) {
        out.put("problem", chip.problem());
      }
      ArrayNode lines = out.putArray("lines");
      for (Listed line : chip.lines()) {
        ObjectNode entry = lines.addObject().put("line", line.offset()).put("name", line.name());
        entry.put("used", line.used()).put("owner", line.owner());
        entry.put("direction", line.output() ? "output" : "input");
        line.flags().forEach(entry.putArray("flags")::add);
      }
    }
    return all.toString();
  }

  private static int watch(ParseResult verb, PrintWriter out) throws IOException {
    Path device = device(verb.matchedPositionalValue(0, ""));
    int seconds = bounded(verb, "--seconds", 1, (int) LONGEST_SECONDS, (int) LONGEST_SECONDS);
    int count = bounded(verb, "--count", 1, 1_000_000, Integer.MAX_VALUE);
    int debounce = bounded(verb, "--debounce", 0, 10_000, 0);
    boolean json = verb.matchedOptionValue("--json", false);
    boolean endless = !verb.hasMatchedOption("--seconds");
    Clocks clocks = new Clocks(InstantSource.system(), System::nanoTime);
    try (LineWatch watch =
        LineWatch.open(
            new ContactConfig.Line.Chip(device, offset(device, verb.matchedPositionalValue(1, ""))),
            verb.matchedOptionValue("--active-low", false),
            bias(verb),
            Duration.ofMillis(debounce))) {
      long begin = clocks.nanos();
      long end = begin + Duration.ofSeconds(seconds).toNanos();
      show(out, json, clocks, new LineWatch.Change(watch.isActive(), begin, 0), begin);
      long before = begin;
      for (int seen = 0; seen < count && (endless || clocks.nanos() - end < 0); ) {
        Optional<LineWatch.Change> change = watch.await(WAIT);
        if (change.isPresent()) {
          show(out, json, clocks, change.get(), before);
          before = change.get().nanos();
          seen++;
        }
      }
    }
    return OK;
  }

  private static void show(
      PrintWriter out, boolean json, Clocks clocks, LineWatch.Change change, long before) {
    double millis = (change.nanos() - before) / 1e6;
    if (json) {
      ObjectNode entry = JSON.createObjectNode().put("at", clocks.at(change.nanos()).toString());
      entry.put("nanos", change.nanos()).put("active", change.active());
      entry.put("sinceMs", millis).put("lost", change.lost());
      out.println(entry);
    } else {
      out.printf(
          Locale.ROOT,
          "%s  %-8s  +%.3f ms%s%n",
          clocks.at(change.nanos()),
          change.active() ? "active" : "inactive",
          millis,
          change.lost() == 0 ? "" : "  " + change.lost() + " changes lost before this one");
    }
    out.flush();
  }

  static Path device(String chip) {
    if (NUMBER.matcher(chip).matches()) {
      return Path.of("/dev/gpiochip" + chip);
    }
    return Path.of("/dev").resolve(chip);
  }

  private static int offset(Path device, String line) throws IOException {
    if (NUMBER.matcher(line).matches()) {
      return Integer.parseInt(line);
    }
    List<String> names = new ArrayList<>();
    for (Chip chip : ChipSurvey.chips()) {
      if (chip.device().equals(device)) {
        for (Listed listed : chip.lines()) {
          if (listed.name().equals(line)) {
            return listed.offset();
          }
          if (!listed.name().isEmpty()) {
            names.add(listed.name());
          }
        }
      }
    }
    throw new IOException(
        "%s has no line named \"%s\"; names: %s; or give its number, see gpio list"
            .formatted(device, line, names.isEmpty() ? "none" : String.join(", ", names)));
  }

  private static Bias bias(ParseResult verb) {
    String word = verb.matchedOptionValue("--bias", "as-is");
    for (Bias bias : Bias.values()) {
      if (Section.wordFor(bias).equals(word)) {
        return bias;
      }
    }
    throw new ParameterException(
        verb.commandSpec().commandLine(),
        "--bias must be as-is, none, pull-up or pull-down, was " + word);
  }

  private static int bounded(ParseResult verb, String option, int min, int max, int fallback) {
    int value = verb.matchedOptionValue(option, fallback);
    if (value != fallback && (value < min || value > max)) {
      throw new ParameterException(
          verb.commandSpec().commandLine(),
          option + " must be " + min + ".." + max + ", was " + value);
    }
    return value;
  }
}
