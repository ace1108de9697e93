package org.cityedge.agent.remote;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Handled;
import org.cityedge.agent.alerts.Outputs;
import org.cityedge.buffer.Clips;
import org.cityedge.config.Section;
import org.cityedge.config.SignedCommand;

/**
 * The commands of wire.md §6 that change something, and their arguments.
 *
 * <pre>
 *   output-set       {"id":"siren-1","on":true}    at most for the output's maxOn
 *   alert-clear      {"alertId":"01JWN8…"}
 *   log-level        {"level":"debug","minutes":10}
 *   restart          {}
 *   config-rollback  {"versions":1}
 *   evidence-delete  {"id":"01jwn8…"}
 * </pre>
 */
public final class StateVerbs {
  private static final Pattern EVIDENCE_ID = Pattern.compile("[A-Za-z0-9-]{1,32}");
  private static final Pattern ALERT_ID = Pattern.compile("[0-9A-HJKMNP-TV-Z]{26}");

  /** More than are kept, and the factory document. */
  private static final int MOST_VERSIONS = 10;

  private StateVerbs() {}

  /**
   * Each verb with what reads its arguments.
   *
   * @param shelves where evidence is kept, masked and unmasked
   */
  public static Map<String, Function<Section, Action>> of(
      Outputs outputs,
      AlertTracker alerts,
      LogLevel logLevel,
      Steering steering,
      List<Clips> shelves) {
    return Map.of(
        "output-set", args -> outputSet(args, outputs),
        "alert-clear", args -> alertClear(args, alerts),
        "log-level", logLevel::read,
        "restart", _ -> restart(steering),
        "config-rollback", args -> rollback(args, steering),
        "evidence-delete", args -> evidenceDelete(args, shelves));
  }

  private static Action outputSet(Section args, Outputs outputs) {
    String id = args.id("id");
    if (!args.has("on")) {
      args.problem("on", "is missing; must be true or false");
    }
    boolean on = args.flag("on", false);
    return new Action(
        id + (on ? " on" : " off"),
        command ->
            outputs.set(id, on, command.id())
                ? new Answer.Done(Map.of("id", id, "on", on))
                : new Answer.Refused(
                    "NO_SUCH_OUTPUT", "no output of this gateway is called " + id));
  }

  private static Action alertClear(Section args, AlertTracker alerts) {
    String id = args.text("alertId", ALERT_ID, "a ULID of 26 characters");
    return new Action(
        id,
        _ -> {
          Optional<Handled.Taken> cleared = alerts.clear(id);
          return cleared.isPresent()
              ? new Answer.Done(
                  Map.of("alertId", id, "rev", cleared.get().rev(), "state", cleared.get().state()))
              : new Answer.Refused("NO_SUCH_ALERT", "no alert is open under the id " + id);
        });
  }

  private static Action restart(Steering steering) {
    return new Action(
        "the process",
        command -> new Answer.Done(Map.of(), () -> steering.restart(actor(command))));
  }

  private static Action rollback(Section args, Steering steering) {
    int versions = args.integer("versions", 1, MOST_VERSIONS, 1);
    return new Action(
        versions + " back",
        command ->
            steering
                .goBack(versions, actor(command))
                .<Answer.Now>map(why -> new Answer.Refused("NOTHING_BEFORE", why))
                .orElseGet(() -> new Answer.Done(Map.of("versions", versions))));
  }

  private static Action evidenceDelete(Section args, List<Clips> shelves) {
    String id = args.text("id", EVIDENCE_ID, "an evidence's id, 1 to 32 of A-Z, a-z, 0-9 and -");
    return new Action(id, _ -> delete(id, shelves));
  }

  private static Answer.Now delete(String id, List<Clips> shelves) {
    int deleted = 0;
    try {
      for (Clips shelf : shelves) {
        for (String name : shelf.names()) {
          if (name.substring(0, name.lastIndexOf('.')).equals(id)) {
            shelf.drop(name);
            deleted++;
          }
        }
      }
    } catch (IOException e) {
      return new Answer.Refused("FAILED", "the disk refuses: " + e.getMessage());
    }
    return deleted > 0
        ? new Answer.Done(Map.of("id", id, "files", deleted))
        : new Answer.Refused("NO_SUCH_EVIDENCE", "no evidence is kept under " + id);
  }

  private static String actor(SignedCommand command) {
    return command.keyId() + " (" + command.by() + ")";
  }
}
