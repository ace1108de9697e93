package org.cityedge.agent.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.agent.uplink.Desk;
import org.cityedge.agent.uplink.Topics;

/**
 * Sends orders ring by ring and waits for what each gateway makes of its own: first that it is on
 * trial, then that it is committed, or went back. A ring begins when every gateway of the one
 * before is done; the first ring whose failures are more than the limit is the last. Confined to
 * its owner's thread.
 */
public final class Rollout {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** What is seen on the way; called on the owner's thread. */
  public interface Progress {
    void ring(int number, int of, Ring ring);

    /**
     * A gateway has come further.
     *
     * @param state as reported, or {@code sent}, {@code refused} by the broker, {@code offline},
     *     {@code online}, {@code no result}
     * @param text code and detail; may be empty
     * @param done how many of the ring are done
     */
    void gateway(Duration since, String gateway, String state, String text, int done, int of);

    void ringDone(int number, int committed, int failed);
  }

  /**
   * How it ended.
   *
   * @param failed by gateway, why
   * @param left gateways that nothing was sent to
   */
  public record Result(
      List<String> committed, Map<String, String> failed, List<String> left, boolean stopped) {
    public Result {
      committed = List.copyOf(committed);
      failed = Map.copyOf(failed);
      left = List.copyOf(left);
    }
  }

  private final Desk desk;
  private final Map<String, OrderFile> orders;
  private final Optional<Duration> wait;
  private final LongSupplier nanos;
  private final Progress progress;
  private final long began;

  /** By the topic {@code reported} and the topic {@code state}. */
  private final Map<String, String> gateways = new HashMap<>();

  private final Map<String, String> failed = new LinkedHashMap<>();
  private final List<String> committed = new ArrayList<>();

  /** The last state of each gateway of the ring that was told. */
  private final Map<String, String> told = new HashMap<>();

  /**
   * @param orders by gateway
   * @param wait for a ring; default: twice the longest deadline and a minute
   * @param nanos monotonic clock
   */
  public Rollout(
      Desk desk,
      Map<String, OrderFile> orders,
      Optional<Duration> wait,
      LongSupplier nanos,
      Progress progress) {
    this.desk = desk;
    this.orders = Map.copyOf(orders);
    this.wait = wait;
    this.nanos = nanos;
    this.progress = progress;
    this.began = nanos.getAsLong();
  }

  /**
   * Runs to its end.
   *
   * @param limit the share of a ring that may fail, 0..1
   * @throws IOException when the broker is lost: what is on its way goes on without us, and {@link
   *     #soFar} says of whom nothing is known
   */
  public Result run(List<Ring> rings, double limit) throws IOException, InterruptedException {
    for (int i = 0; i < rings.size(); i++) {
      Ring ring = rings.get(i);
      progress.ring(i + 1, rings.size(), ring);
      int failedBefore = failed.size();
      send(ring);
      await(ring);
      int bad = failed.size() - failedBefore;
      progress.ringDone(i + 1, ring.gateways().size() - bad, bad);
      if (bad > limit * ring.gateways().size()) {
        List<String> left =
            rings.subList(i + 1, rings.size()).stream()
                .flatMap(next -> next.gateways().stream())
                .toList();
        return new Result(committed, failed, left, true);
      }
    }
    return new Result(committed, failed, List.of(), false);
  }

  /**
   * What is known once {@link #run} was ended on the way; those left have no outcome, or no order.
   */
  public Result soFar(List<Ring> rings) {
    List<String> left =
        rings.stream().flatMap(ring -> ring.gateways().stream()).filter(id -> !isDone(id)).toList();
    return new Result(committed, failed, left, true);
  }

  /** What the broker refuses fails that gateway alone: the others have theirs already. */
  private void send(Ring ring) throws IOException {
    for (String id : ring.gateways()) {
      Topics topics = topics(id);
      gateways.put(topics.configReported(), id);
      gateways.put(topics.state(), id);
      attempt(ring, id, () -> desk.subscribe(List.of(topics.configReported(), topics.state())));
    }
    for (String id : ring.gateways()) {
      if (!isDone(id)) {
        attempt(ring, id, () -> publish(ring, id));
      }
    }
  }

  private void publish(Ring ring, String id) throws IOException {
    desk.publish(topics(id).configDesired(), order(id).signed(), true, "application/jose+json");
    tell(ring, id, "sent", "sequence " + order(id).sequence());
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws IOException;
  }

  private void attempt(Ring ring, String id, Attempt attempt) throws IOException {
    try {
      attempt.run();
    } catch (Desk.Refused e) {
      failed.put(id, String.valueOf(e.getMessage()));
      tell(ring, id, "refused", String.valueOf(e.getMessage()));
    }
  }

  private void await(Ring ring) throws IOException, InterruptedException {
    Duration longest =
        ring.gateways().stream()
            .map(id -> order(id).deadline())
            .max(Duration::compareTo)
            .orElseThrow();
    long end = nanos.getAsLong() + wait.orElse(longest.multipliedBy(2).plusMinutes(1)).toNanos();
    while (done(ring) < ring.gateways().size()) {
      long left = end - nanos.getAsLong();
      if (left <= 0) {
        break;
      }
      Optional<Desk.Heard> heard = desk.next(Duration.ofNanos(left));
      if (heard.isPresent()) {
        String id = gateways.get(heard.get().topic());
        if (id != null && ring.gateways().contains(id) && !isDone(id)) {
          accept(ring, id, heard.get());
        }
      }
    }
    for (String id : ring.gateways()) {
      if (!isDone(id)) {
        failed.put(id, "no result");
        tell(ring, id, "no result", "last: " + told.getOrDefault(id, "nothing"));
      }
    }
  }

  private void accept(Ring ring, String id, Desk.Heard heard) {
    JsonNode message;
    try {
      message = JSON.readTree(heard.payload());
    } catch (IOException _) {
      return; // not ours to judge
    }
    if (message.has("online")) {
      boolean online = message.path("online").asBoolean();
      if (message.path("reason").asText().equals("reconfiguring")) {
        return; // it is about to follow
      }
      if (!online || "offline".equals(told.get(id))) {
        tell(ring, id, online ? "online" : "offline", message.path("reason").asText());
      }
      return;
    }
    JsonNode attempt = message.at("/data/attempt");
    String state = attempt.path("state").asText();
    long sequence = attempt.path("seq").asLong(-1);
    // A gateway names no sequence that nobody vouches for: of a bad signature it says 0.
    boolean ours = sequence == order(id).sequence() || (sequence == 0 && state.equals("rejected"));
    // What is retained was said before this order was sent.
    if (heard.retained() || !ours) {
      return;
    }
    String text = (attempt.path("code").asText() + " " + attempt.path("detail").asText()).strip();
    switch (state) {
      case "committed" -> committed.add(id);
      case "rejected", "rolled_back", "superseded" -> failed.put(id, (state + " " + text).strip());
      default -> {}
    }
    if (!state.equals(told.get(id))) {
      tell(ring, id, state, text);
    }
  }

  private void tell(Ring ring, String id, String state, String text) {
    told.put(id, state);
    progress.gateway(
        Duration.ofNanos(nanos.getAsLong() - began),
        id,
        state,
        text,
        done(ring),
        ring.gateways().size());
  }

  private int done(Ring ring) {
    return (int) ring.gateways().stream().filter(this::isDone).count();
  }

  private boolean isDone(String id) {
    return failed.containsKey(id) || committed.contains(id);
  }

  private OrderFile order(String id) {
    return Optional.ofNullable(orders.get(id)).orElseThrow();
  }

  private Topics topics(String id) {
    return new Topics(order(id).district(), id);
  }
}
