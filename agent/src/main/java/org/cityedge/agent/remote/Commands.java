package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.Entry;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.buffer.EventStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes every message on {@code G/cmd/{verb}} and answers it on {@code G/cmd-res/{requester}} with
 * its Correlation Data, as a stored event: an answer always comes, also for what is refused.
 *
 * <p>The requester is the last level of the Response Topic. A command whose Response Topic is
 * missing or lies elsewhere is refused, and the answer goes to the requester {@value
 * Answers#NOBODY}: nobody makes a gateway publish where he likes. One that was retained is refused,
 * since it would be carried out again at every connection.
 *
 * <p>Commands that change something need a signature; until those are understood, none is carried
 * out. Called on the inbox's thread.
 */
public final class Commands implements Consumer<Incoming> {
  static final int MAX_BYTES = 16 * 1024;

  private static final Pattern VERB = Pattern.compile("[a-z0-9-]{1,32}");
  private static final Set<String> SIGNED =
      Set.of(
          "output-set",
          "alert-clear",
          "log-level",
          "restart",
          "config-rollback",
          "evidence-delete");
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

  private final CloudEvents events;
  private final Answers answers;
  private final Map<String, Function<JsonNode, Answer>> verbs;
  private final Audit audit;

  /**
   * @param verbs what is done for each verb, with the command's JSON object, empty when it came
   *     without a payload
   */
  public Commands(
      EventStore store,
      CloudEvents events,
      Map<String, Function<JsonNode, Answer>> verbs,
      Audit audit) {
    this.audit = audit;
    this.answers = new Answers(store, events);
    this.events = events;
    this.verbs = Map.copyOf(verbs);
  }

  @Override
  public void accept(Incoming command) {
    String level = command.topic().substring(command.topic().lastIndexOf('/') + 1);
    String verb = VERB.matcher(level).matches() ? level : Answers.NOBODY;
    Answer answer = answer(command, verb);
    record(command, verb, answer);
    answers.send(command, verb, answer);
  }

  private void record(Incoming command, String verb, Answer answer) {
    String code = answer instanceof Answer.Refused(String no, String _) ? no : "";
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.COMMAND,
                code.isEmpty() ? "done" : "refused",
                answers.requester(command),
                verb,
                code,
                answer instanceof Answer.Refused(String _, String message) ? message : "",
                code.equals("NOT_SIGNED")));
  }

  private Answer answer(Incoming command, String verb) {
    if (command.retained()) {
      return refused("RETAINED", "a command must not be retained; publish it with RETAIN=0");
    }
    int correlation = command.correlationData().length;
    if (correlation == 0 || correlation > Answers.MAX_CORRELATION) {
      return refused(
          "NO_CORRELATION",
          "Correlation Data must be 1.." + Answers.MAX_CORRELATION + " bytes, was " + correlation);
    }
    if (command.responseTopic().flatMap(events.topics()::requester).isEmpty()) {
      return refused(
          "BAD_RESPONSE_TOPIC",
          "the Response Topic must be "
              + events.topics().commandResponse("x")
              + " with your own name for x, 1..32 of a-z, 0-9 and -");
    }
    if (SIGNED.contains(verb)) {
      return refused("NOT_SIGNED", "the command " + verb + " changes something and must be signed");
    }
    Function<JsonNode, Answer> known = verbs.get(verb);
    if (known == null) {
      return refused(
          "NO_SUCH_VERB",
          "known verbs are " + String.join(", ", verbs.keySet().stream().sorted().toList()));
    }
    JsonNode request = request(command.payload());
    if (!request.isObject()) {
      return refused(
          "BAD_REQUEST", "the payload must be a JSON object of at most 16 KiB, or empty");
    }
    try {
      return known.apply(request);
    } catch (RuntimeException e) {
      LOG.error("A command failed by a fault of our own. verb={}", verb, e);
      return refused("FAULT", "the gateway failed at it; its log says why");
    }
  }

  private static JsonNode request(byte[] payload) {
    if (payload.length == 0) {
      return JSON.createObjectNode();
    }
    if (payload.length > MAX_BYTES) {
      return MissingNode.getInstance();
    }
    try {
      return JSON.readTree(payload);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  private static Answer refused(String code, String message) {
    return new Answer.Refused(code, message);
  }
}
