package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.cityedge.agent.cli.PerturbedClips.Clip;
import org.cityedge.agent.cli.PerturbedClips.Count;
import org.cityedge.video.Observation.Kind;

/**
 * How far the counts of people depend on the very pictures that the rules were chosen by: the error
 * of the count in each labelled clip, as it is and as another camera, place or hour would show it.
 *
 * <p>Prints a row per clip with the mean absolute error in persons, {@code A} where a crowd alert
 * was raised over five people at most; then per way the error in proportion to the people in clips
 * with more than five, and the mean error in those with fewer. A count holds for 2.5 s; where none
 * was given, all are missed. The middle of a picture alone shows other people than the whole, so
 * that way has no cell.
 *
 * <pre>./cityedge bench counts FOLDER    with clips and manifest.json; options as {@link
 * PerturbedFootage} has them</pre>
 */
final class PerturbedCounts {
  private static final double HOLDS = 2.5;
  private static final double FEW = 5;

  private PerturbedCounts() {}

  public static void main(String[] args) throws Exception {
    List<Totals> totals = PerturbedClips.WAYS.stream().map(way -> new Totals()).toList();
    PerturbedClips.judge(
        Path.of(args[0]),
        Kind.CROWD,
        (clip, number, said) ->
            PerturbedClips.WAYS.get(number).name().equals("crop")
                ? ""
                : totals.get(number).add(counted(clip, number), said));
    PerturbedClips.print("of a crowd", totals.stream().map(t -> share(t.crowds)).toList());
    PerturbedClips.print("of few, persons", totals.stream().map(t -> mean(t.few)).toList());
    PerturbedClips.print("false alarms", totals.stream().map(t -> "" + t.wrong).toList());
    List<Miss> crowds = totals.stream().flatMap(t -> t.crowds.stream()).toList();
    List<Miss> few = totals.stream().flatMap(t -> t.few.stream()).toList();
    int wrong = totals.stream().mapToInt(t -> t.wrong).sum();
    System.out.printf(
        Locale.ROOT,
        "error of a crowd %s, of few %s persons, %d false alarms%n",
        share(crowds),
        mean(few),
        wrong);
  }

  /** The labels of what a way shows, from when a count can be given on. */
  private static List<Count> counted(Clip clip, int number) {
    double begin = PerturbedClips.begin(clip, PerturbedClips.WAYS.get(number));
    return clip.counts().stream().filter(count -> count.seconds() >= begin).toList();
  }

  private static String share(List<Miss> misses) {
    double present = misses.stream().mapToDouble(Miss::present).sum();
    double error = misses.stream().mapToDouble(Miss::error).sum();
    return present == 0 ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * error / present);
  }

  private static String mean(List<Miss> misses) {
    return misses.isEmpty()
        ? "-"
        : String.format(
            Locale.ROOT, "%.2f", misses.stream().mapToDouble(Miss::error).average().orElseThrow());
  }

  /** Mean over the labels of a clip, in persons. */
  private record Miss(double present, double error) {}

  /** What one way amounts to over the clips. */
  private static final class Totals {
    private final List<Miss> crowds = new ArrayList<>();
    private final List<Miss> few = new ArrayList<>();
    private int wrong;

    /** Counts a clip; returns what its cell says. */
    String add(List<Count> labels, List<JsonNode> said) {
      if (labels.isEmpty()) {
        return "";
      }
      double error = labels.stream().mapToDouble(label -> error(label, said)).average().orElse(0);
      double present = labels.stream().mapToDouble(Count::persons).average().orElse(0);
      boolean crowd = labels.stream().anyMatch(label -> label.persons() > FEW);
      (crowd ? crowds : few).add(new Miss(present, error));
      int alarms = crowd ? 0 : PerturbedClips.alarms(said).size();
      wrong += alarms;
      return String.format(Locale.ROOT, "%s%.1f", "A".repeat(alarms), error);
    }

    private static double error(Count label, List<JsonNode> said) {
      return said.stream()
          .filter(line -> line.has("persons"))
          .filter(line -> away(label, line) <= HOLDS)
          .min(Comparator.comparingDouble((JsonNode line) -> away(label, line)))
          .map(line -> Math.abs(line.get("persons").asDouble() - label.persons()))
          .orElse(label.persons());
    }

    private static double away(Count label, JsonNode line) {
      return Math.abs(line.get("t").asDouble() - label.seconds());
    }
  }
}
