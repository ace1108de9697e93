package org.cityedge.agent.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.cityedge.agent.cli.PerturbedClips.Clip;
import org.cityedge.agent.cli.PerturbedClips.Way;
import org.cityedge.video.Observation.Kind;

/**
 * How far the smoke rules depend on the very pictures they were chosen by: each labelled clip is
 * judged as {@link Analyze} does, as it is and as another camera, place or hour would show it. A
 * rule that has a reason stands that; one that fits a clip does not.
 *
 * <p>Prints a row per clip: seconds from the smoke to the alarm, {@code -} for none, {@code F} and
 * the time of each false alarm; then what each way amounts to. Alarms count as right from a second
 * before the smoke to five after it: the labels are that exact. Some minutes of one core, and no
 * part of the tests, since the clips are not in the tree.
 *
 * <pre>./cityedge bench smoke FOLDER    with clips and manifest.json
 * CITYEDGE_BENCH='-Donly=field -Dkept=/var/tmp/pictures' ./cityedge bench smoke FOLDER
 *     the clips so named alone; the decoded pictures (4 GB) are kept for the next time</pre>
 */
final class PerturbedFootage {
  private static final double EARLY = 1;
  private static final double LATE = 5;

  private PerturbedFootage() {}

  public static void main(String[] args) throws Exception {
    List<Totals> totals = PerturbedClips.WAYS.stream().map(way -> new Totals()).toList();
    PerturbedClips.judge(
        Path.of(args[0]),
        Kind.SMOKE,
        (clip, number, said) ->
            totals
                .get(number)
                .add(clip, PerturbedClips.WAYS.get(number), PerturbedClips.alarms(said)));
    PerturbedClips.print("found", totals.stream().map(t -> t.found + "/" + t.smokes).toList());
    PerturbedClips.print("median s", totals.stream().map(Totals::median).toList());
    PerturbedClips.print("false", totals.stream().map(t -> "" + t.wrong).toList());
    int smokes = totals.stream().mapToInt(t -> t.smokes).sum();
    int found = totals.stream().mapToInt(t -> t.found).sum();
    System.out.printf(
        Locale.ROOT,
        "%d of %d (%.2f), %d false in %.0f s%n",
        found,
        smokes,
        (double) found / smokes,
        totals.stream().mapToInt(t -> t.wrong).sum(),
        totals.stream().mapToDouble(t -> t.clear).sum());
  }

  /** What one way amounts to over the clips. */
  private static final class Totals {
    private final List<Double> delays = new ArrayList<>();
    private int smokes;
    private int found;
    private int wrong;
    private double clear;

    /** Counts a clip; returns what its cell says. */
    String add(Clip clip, Way way, List<Double> alarms) {
      double begin = PerturbedClips.begin(clip, way);
      double from = Math.max(clip.from(), begin);
      List<Double> right =
          alarms.stream().filter(t -> t >= from - EARLY && t <= clip.to() + LATE).toList();
      List<Double> early = alarms.stream().filter(t -> t < from - EARLY).toList();
      StringBuilder cell = new StringBuilder();
      for (double t : early) {
        cell.append(String.format(Locale.ROOT, "F%.0f ", t));
      }
      wrong += early.size();
      clear += Math.max(0, Math.min(clip.seconds(), clip.from()) - begin);
      if (clip.smokes()) {
        smokes++;
      }
      if (clip.smokes() && !right.isEmpty()) {
        found++;
        delays.add(right.getFirst() - from);
        cell.append(String.format(Locale.ROOT, "%.1f", delays.getLast()));
      }
      return cell.isEmpty() ? "-" : cell.toString().strip();
    }

    String median() {
      return delays.isEmpty()
          ? "-"
          : String.format(
              Locale.ROOT, "%.1f", delays.stream().sorted().toList().get(delays.size() / 2));
    }
  }
}
