package org.cityedge.agent.remote;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.agent.alerts.AlertTracker;
import org.cityedge.agent.alerts.Drill;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.agent.uplink.RestartBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drills that are asked for on the gateway itself, while the agent runs: letters in {@code drill}
 * of the data folder.
 *
 * <pre>
 *   order     JSON: rule or kind, seconds; boot and nanos, when it was asked for
 *   answer    "raised" and the alert's id, or "refused" and why; two lines
 * </pre>
 *
 * The agent's side is confined to the thread that ticks.
 */
public final class Drills {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Logger LOG = LoggerFactory.getLogger(Drills.class);

  /** Whoever asks waits no longer; what is older must not be raised out of the blue. */
  private static final long LONGEST_WAIT = Duration.ofSeconds(10).toNanos();

  private final Letterbox letters;
  private final String boot;
  private final LongSupplier nanos;
  private boolean asked;

  public Drills(Path data) {
    this(data, RestartBudget.machineBoot(), System::nanoTime);
  }

  /**
   * @param boot names the kernel's boot
   * @param nanos monotonic clock that counts from that boot, the same in every process
   */
  Drills(Path data, String boot, LongSupplier nanos) {
    this.letters = new Letterbox(data.resolve("drill"));
    this.boot = boot;
    this.nanos = nanos;
  }

  /** Once a second: begins what is asked for, and tells when it is raised. */
  public void tick(AlertTracker alerts) {
    letters
        .take("order")
        .ifPresent(
            letter -> {
              switch (begin(alerts, letter)) {
                case Drill.Answer.Begun _ -> asked = true;
                case Drill.Answer.Refused(String reason) -> answer("refused", reason);
              }
            });
    Optional<String> alert = alerts.drilling();
    if (asked && alert.isPresent()) {
      asked = false;
      answer("raised", alert.get());
    }
  }

  private Drill.Answer begin(AlertTracker alerts, byte[] letter) {
    try {
      JsonNode order = JSON.readTree(letter);
      long age = nanos.getAsLong() - order.path("nanos").asLong();
      if (!boot.equals(order.path("boot").textValue()) || age < 0 || age > LONGEST_WAIT) {
        LOG.warn("A drill was asked for so long ago that nobody waits for it. order={}", order);
        return new Drill.Answer.Refused("it was asked for too long ago");
      }
      Duration length = Duration.ofSeconds(order.path("seconds").asLong());
      if (length.compareTo(Drill.SHORTEST) < 0 || length.compareTo(Drill.LONGEST) > 0) {
        return new Drill.Answer.Refused("a drill lasts from 5 s to 600 s, not " + length);
      }
      Optional<Rule.Kind> kind =
          Arrays.stream(Rule.Kind.values())
              .filter(k -> k.word().equals(order.path("kind").textValue()))
              .findFirst();
      Optional<String> rule = Optional.ofNullable(order.path("rule").textValue());
      LOG.info("A drill is asked for on the gateway. order={}", order);
      return alerts.drill(new Drill.Order(rule, kind, length));
    } catch (JacksonException e) {
      return new Drill.Answer.Refused("the order is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      return new Drill.Answer.Refused("the order cannot be read: " + e.getMessage());
    }
  }

  private void answer(String word, String detail) {
    try {
      letters.put("answer", (word + "\n" + detail).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.warn("The answer to whoever asked for a drill cannot be written.", e);
    }
  }

  /** Asks; an older answer is gone. */
  public void ask(Drill.Order order) throws IOException {
    letters.discard("answer");
    ObjectNode letter =
        JSON.createObjectNode()
            .put("seconds", order.length().toSeconds())
            .put("boot", boot)
            .put("nanos", nanos.getAsLong());
    order.rule().ifPresent(rule -> letter.put("rule", rule));
    order.kind().ifPresent(kind -> letter.put("kind", kind.word()));
    letters.put("order", JSON.writeValueAsBytes(letter));
  }

  /** The answer's word and detail; empty as long as there is none. */
  public Optional<String[]> answer() throws IOException {
    return letters.read("answer").map(answer -> answer.split("\n", 2));
  }

  /** Takes the order back; false when the agent has taken it. */
  public boolean withdraw() throws IOException {
    return letters.discard("order");
  }
}
