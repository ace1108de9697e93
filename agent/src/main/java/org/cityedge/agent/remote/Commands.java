package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
 * <p>Commands that change something need a signature: {@link SignedCommands}. At most {@value
 * #MOST} come at once and one a second after that; the others are refused with TOO_MANY, of which
 * again only so many are told, and the audit counts them all. Called on the inbox's thread.
 */
public final class Commands implements Consumer<Incoming>, AutoCloseable {
  static final int MAX_BYTES = 16 * 1024;

  /** Verbs that change something. */
  public static final List<String> SIGNED =
      List.of(
          "alert-clear",
          "config-rollback",
          "evidence-delete",
          "log-level",
          "output-set",
          "restart");

  /** Commands that may come at once; then one a second. */
  static final int MOST = 20;

  /** Answers that are worked at on threads of their own. */
  static final int MOST_LATE = 8;

  private static final Duration EACH = Duration.ofSeconds(1);
  private static final Pattern VERB = Pattern.compile("[a-z0-9-]{1,32}");
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

  private final CloudEvents events;
  private final Answers answers;
  private final Map<String, Function<JsonNode, Answer>> verbs;
  private final Audit audit;
  private final SignedCommands signed;
  private final Turns turns;
  private final Turns refusals;
  private long silent;

  /** By name, at most {@link #MOST_LATE}; guarded by itself. */
  private final Map<String, Thread> late = new HashMap<>();

  /** Guarded by {@link #late}. */
  private boolean closed;

  /**
   * @param verbs what is done for each verb, with the command's JSON object, empty when it came
   *     without a payload
   * @param signed carries out what changes something
   * @param nanos monotonic clock
   */
  public Commands(
      EventStore store,
      CloudEvents events,
      Map<String, Function<JsonNode, Answer>> verbs,
      SignedCommands signed,
      Audit audit,
      LongSupplier nanos) {
    this.audit = audit;
    this.signed = signed;
    this.turns = new Turns(MOST, EACH, nanos);
    this.refusals = new Turns(MOST, EACH, nanos);
    this.answers = new Answers(store, events);
    this.events = events;
    this.verbs = Map.copyOf(verbs);
  }

  @Override
  public void accept(Incoming command) {
    String level = command.topic().substring(command.topic().lastIndexOf('/') + 1);
    String verb = VERB.matcher(level).matches() ? level : Answers.NOBODY;
    if (!turns.take()) {
      refuseForNow(command, verb);
      return;
    }
    if (silent > 0) {
      record("refused", "", "flood", "TOO_MANY", silent + " more were refused unanswered", true);
      silent = 0;
    }
    Answer answer = answer(command, verb);
    switch (answer) {
      case Answer.Now now -> answers.send(command, verb, now);
      case Answer.Later(String name, Answer.Work work) -> answerLater(command, verb, name, work);
    }
  }

  private void answerLater(Incoming command, String verb, String name, Answer.Work work) {
    Answer.Now no;
    synchronized (late) {
      if (closed) {
        no = closing();
      } else if (late.containsKey(name) || late.size() >= MOST_LATE) {
        no = refused("BUSY", name + " is at work already, or much else is; ask again later");
      } else {
        late.put(
            name,
            Thread.ofVirtual()
                .name("command-" + verb)
                .start(() -> workAt(command, verb, name, work)));
        return;
      }
    }
    record(command, verb, no);
    answers.send(command, verb, no);
  }

  private static Answer.Now closing() {
    return refused("CLOSING", "the gateway is being closed; ask again");
  }

  private void workAt(Incoming command, String verb, String name, Answer.Work work) {
    Answer.Now answer;
    try {
      answer = work.answer();
    } catch (InterruptedException e) {
      answer = closing();
    } catch (RuntimeException e) {
      answer = fault(verb, e);
    }
    try {
      record(command, verb, answer);
      answers.send(command, verb, answer);
    } finally {
      // Not before: whoever closes waits for those that are here.
      synchronized (late) {
        late.remove(name);
      }
    }
  }

  /**
   * Ends what is still worked at, and begins no more; its answers are stored before this returns.
   */
  @Override
  public void close() {
    List<Thread> threads;
    synchronized (late) {
      closed = true;
      threads = List.copyOf(late.values());
    }
    for (Thread thread : threads) {
      thread.interrupt();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A flood must not become one of answers, and of writing to the disk. */
  private void refuseForNow(Incoming command, String verb) {
    if (!refusals.take()) {
      silent++;
      return;
    }
    Answer.Refused answer =
        new Answer.Refused(
            "TOO_MANY", "at most " + MOST + " commands at once and one a second after that");
    record(command, verb, answer);
    answers.send(command, verb, answer);
  }

  private void record(Incoming command, String verb, Answer.Now answer) {
    String requester = answers.requester(command);
    switch (answer) {
      case Answer.Done _ -> record("done", requester, verb, "", "", false);
      case Answer.Refused(String code, String message) ->
          record("refused", requester, verb, code, message, false);
    }
  }

  private void record(
      String what, String actor, String verb, String code, String detail, boolean high) {
    boolean _ = audit.add(new Entry(Entry.Kind.COMMAND, what, actor, verb, code, detail, high));
  }

  private Answer answer(Incoming command, String verb) {
    Optional<Answer.Now> refusal = refusal(command);
    if (refusal.isEmpty() && signed.knows(verb)) {
      // Audited there, with who signed.
      return signed.answer(verb, command.payload(), answers.requester(command));
    }
    Answer answer = refusal.isPresent() ? refusal.get() : carryOut(command, verb);
    if (answer instanceof Answer.Now now) {
      record(command, verb, now);
    }
    return answer;
  }

  private Optional<Answer.Now> refusal(Incoming command) {
    if (command.retained()) {
      return Optional.of(
          refused("RETAINED", "a command must not be retained; publish it with RETAIN=0"));
    }
    int correlation = command.correlationData().length;
    if (correlation == 0 || correlation > Incoming.MAX_CORRELATION) {
      return Optional.of(
          refused(
              "NO_CORRELATION",
              "Correlation Data must be 1.."
                  + Incoming.MAX_CORRELATION
                  + " bytes, was "
                  + correlation));
    }
    if (command.responseTopic().flatMap(events.topics()::requester).isEmpty()) {
      return Optional.of(
          refused(
              "BAD_RESPONSE_TOPIC",
              "the Response Topic must be "
                  + events.topics().commandResponse("x")
                  + " with your own name for x, 1..32 of a-z, 0-9 and -"));
    }
    return Optional.empty();
  }

  private Answer carryOut(Incoming command, String verb) {
    Function<JsonNode, Answer> known = verbs.get(verb);
    if (known == null) {
      return refused(
          "NO_SUCH_VERB",
          "known verbs are "
              + String.join(
                  ", ",
                  Stream.concat(verbs.keySet().stream(), signed.verbs().stream())
                      .sorted()
                      .toList()));
    }
    JsonNode request = request(command.payload());
    if (!request.isObject()) {
      return refused(
          "BAD_REQUEST", "the payload must be a JSON object of at most 16 KiB, or empty");
    }
    try {
      return known.apply(request);
    } catch (RuntimeException e) {
      return fault(verb, e);
    }
  }

  private static Answer.Now fault(String verb, RuntimeException e) {
    LOG.error("A command failed by a fault of our own. verb={}", verb, e);
    return refused("FAULT", "the gateway failed at it; its log says why");
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

  private static Answer.Now refused(String code, String message) {
    return new Answer.Refused(code, message);
  }
}
