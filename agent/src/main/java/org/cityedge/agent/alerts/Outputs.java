package org.cityedge.agent.alerts;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.cityedge.agent.About;
import org.cityedge.drivers.OutputConfig;
import org.cityedge.drivers.gpio.Output;

/**
 * What alerts switch on the spot: each output is on while an alert of one of its rules is open,
 * within its {@code maxOn}. Only an alert that is raised switches on; one that was open before a
 * restart does not, since its time was spent before. An alert of status {@code Test} switches
 * simulated outputs only, a drill as well: a trial must not wake a street. Any thread; never waits
 * for a line.
 */
public final class Outputs implements AutoCloseable {
  /**
   * An output, the rules whose alerts switch it, and what the city knows of it.
   *
   * @param rules their ids; at least one
   */
  public record Entry(OutputConfig config, Set<String> rules, About about) {
    public Entry {
      rules = Set.copyOf(rules);
    }
  }

  private record Wired(Output output, Entry entry) {}

  /** Replaced as a whole, by the thread that starts and closes. */
  private volatile List<Wired> wired;

  private final LongSupplier nanos;

  /** By output the last wish of the centre; bounded by the outputs. */
  private final Map<String, String> byHand = new ConcurrentHashMap<>();

  /** Does no I/O. */
  public Outputs(List<Entry> entries, LongSupplier nanos) {
    this.nanos = nanos;
    this.wired = entries.stream().map(this::wire).toList();
  }

  private Wired wire(Entry entry) {
    return new Wired(new Output(entry.config(), nanos), entry);
  }

  /**
   * Goes on with others. One whose line is the same stays as it is, on or off, whatever its rules
   * are now; the others are switched off, and the new ones begin so.
   */
  public void follow(List<Entry> entries) {
    List<Wired> before = wired;
    List<Wired> next = new ArrayList<>();
    for (Entry entry : entries) {
      next.add(
          before.stream()
              .filter(w -> w.entry().config().equals(entry.config()))
              .findFirst()
              .map(w -> new Wired(w.output(), entry))
              .orElseGet(() -> wire(entry)));
    }
    List<Output> kept = next.stream().map(Wired::output).toList();
    List<Output> known = before.stream().map(Wired::output).toList();
    wired = List.copyOf(next);
    // The old ones first: a new one may want the same line.
    known.stream().filter(output -> !kept.contains(output)).forEach(Output::close);
    kept.stream().filter(output -> !known.contains(output)).forEach(Output::start);
    byHand.keySet().removeIf(id -> kept.stream().noneMatch(output -> output.id().equals(id)));
  }

  /** Once: takes the lines, switched off. */
  public void start() {
    wired.forEach(w -> w.output().start());
  }

  /** An alert as it is now. */
  void accept(Alert alert) {
    if (alert.isOver()) {
      // Whatever its rules are by now: what it has switched on goes off with it.
      wired.forEach(w -> w.output().off(alert.alertId()));
    } else if (alert.state().equals("raised")) {
      switchOn(alert);
    }
  }

  /** An alert is raised, has come back, or is seen by one rule more. */
  void switchOn(Alert alert) {
    wired.stream()
        .filter(w -> isOf(alert, w) && mayDrive(alert, w.entry()))
        .forEach(w -> w.output().on(alert.alertId()));
  }

  private static boolean isOf(Alert alert, Wired w) {
    List<String> with = alert.why().with();
    return w.entry().rules().contains(alert.why().rule())
        || (with != null && with.stream().anyMatch(w.entry().rules()::contains));
  }

  private static boolean mayDrive(Alert alert, Entry entry) {
    return alert.status().equals("Actual") || entry.config().simulated();
  }

  /**
   * By the centre's hand: on for at most {@code maxOn} from now, or off, whatever wants it on.
   *
   * @param cause names this wish; a new one begins the time anew
   * @return false when there is none of that id
   */
  public boolean set(String id, boolean on, String cause) {
    Optional<Output> output =
        wired.stream().map(Wired::output).filter(o -> o.id().equals(id)).findFirst();
    output.ifPresent(
        o -> {
          String before = byHand.getOrDefault(id, "");
          if (on) {
            o.on("hand-" + cause);
            byHand.put(id, "hand-" + cause);
            o.off(before);
          } else {
            o.off();
            byHand.remove(id);
          }
        });
    return output.isPresent();
  }

  /** Whether it is to be on; false when there is none of that id. */
  boolean isOn(String id) {
    return wired.stream().anyMatch(w -> w.output().id().equals(id) && w.output().isOn());
  }

  /** How many there are. */
  public int count() {
    return wired.size();
  }

  /** How many cannot be switched right now. */
  public int failing() {
    return (int) wired.stream().filter(w -> w.output().fault().isPresent()).count();
  }

  /** Why each one that cannot be switched right now cannot; by id. */
  public Map<String, String> faults() {
    Map<String, String> faults = new TreeMap<>();
    wired.forEach(w -> w.output().fault().ifPresent(why -> faults.put(w.output().id(), why)));
    return faults;
  }

  /** Switches all off. */
  @Override
  public void close() {
    wired.forEach(w -> w.output().close());
  }
}
