package org.cityedge.agent.remote;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.Version;
import org.cityedge.config.Deployment;
import org.cityedge.config.KeyList;
import org.cityedge.config.Order;
import org.cityedge.config.Section;
import org.cityedge.config.SignedConfig;
import org.cityedge.config.SignedConfig.Verdict;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges the orders that wait: who signed, for whom, which number, and whether its document can be
 * read (config.md §3). Each that is not followed is reported. Confined to the agent's thread.
 */
public final class Judge {
  private static final Logger LOG = LoggerFactory.getLogger(Judge.class);

  /**
   * The order to follow.
   *
   * @param epoch of the key list that it was judged by
   */
  public record Chosen(byte[] signed, Verdict.Accepted<GatewayConfig> accepted, int epoch) {}

  private final Deployment deployment;
  private final TrustedKeys keys;
  private final KeyWatch keyWatch;
  private final OrderAudit audit;
  private final Reports reports;
  private final BooleanSupplier clockTrusted;
  private final InstantSource clock;
  private final Path data;

  /**
   * @param clockTrusted whether anybody vouches for the wall clock right now
   * @param data where the documents' certificates and secrets lie
   */
  public Judge(
      Deployment deployment,
      TrustedKeys keys,
      KeyWatch keyWatch,
      OrderAudit audit,
      Reports reports,
      BooleanSupplier clockTrusted,
      InstantSource clock,
      Path data) {
    this.deployment = deployment;
    this.keys = keys;
    this.keyWatch = keyWatch;
    this.audit = audit;
    this.reports = reports;
    this.clockTrusted = clockTrusted;
    this.clock = clock;
    this.data = data;
  }

  /**
   * Of several that may be followed the newest; the others are superseded (row 17).
   *
   * @param waiting as they came, at least one
   * @param self what this gateway is called
   */
  public Optional<Chosen> newest(List<byte[]> waiting, GatewayConfig.Identity self) {
    KeyList list;
    try {
      list = keys.read();
    } catch (IOException e) {
      LOG.error("Orders cannot be judged.", e);
      reports.refused(waiting.getLast(), 0, "KEY_UNKNOWN", e.getMessage(), List.of());
      return Optional.empty();
    }
    keyWatch.look();
    @Nullable Chosen newest = null;
    Map<Long, String> numbers = new HashMap<>();
    for (byte[] signed : waiting) {
      Verdict.@Nullable Accepted<GatewayConfig> accepted = judge(signed, list, self);
      if (accepted == null || isTaken(numbers, signed, accepted)) {
        continue;
      }
      Order order = accepted.order();
      audit.received(signed, order);
      Chosen next = new Chosen(signed, accepted, list.epoch());
      if (newest == null) {
        newest = next;
        continue;
      }
      Order before = newest.accepted.order();
      if (before.sequence() < order.sequence()) {
        reports.superseded(before, order);
        newest = next;
      } else {
        reports.superseded(order, before);
      }
    }
    return Optional.ofNullable(newest);
  }

  /**
   * Whether another that waits had the sequence first; one of other bytes is refused (row 4).
   *
   * @param numbers sha256 of what was accepted so far, by sequence
   */
  private boolean isTaken(
      Map<Long, String> numbers, byte[] signed, Verdict.Accepted<GatewayConfig> accepted) {
    long sequence = accepted.order().sequence();
    String before = numbers.putIfAbsent(sequence, accepted.sha256());
    if (before != null && !before.equals(accepted.sha256())) {
      reports.refused(
          signed,
          sequence,
          SignedConfig.Code.SEQ_REUSED.name(),
          "another order that came before it has the sequence " + sequence,
          List.of());
    }
    return before != null;
  }

  private Verdict.@Nullable Accepted<GatewayConfig> judge(
      byte[] signed, KeyList list, GatewayConfig.Identity self) {
    if (signed.length == 0) {
      LOG.warn("The desired configuration was wiped; what is active stays.");
      reports.refused(
          signed,
          0,
          "DESIRED_EMPTY",
          "the retained document is empty; what is active stays",
          List.of());
      return null;
    }
    Verdict<GatewayConfig> verdict;
    try {
      SignedConfig.Situation situation =
          new SignedConfig.Situation(
              self.id(),
              version(),
              deployment.floor(signed),
              clock.instant(),
              clockTrusted.getAsBoolean());
      verdict = SignedConfig.judge(signed, list, situation, keeping(self, data));
    } catch (RuntimeException e) {
      // A retained order comes again after each restart: none may end the agent.
      LOG.error("An order cannot be judged.", e);
      reports.refused(
          signed,
          0,
          SignedConfig.Code.SIG_INVALID.name(),
          "it cannot be judged by this agent: " + e.getClass().getSimpleName(),
          List.of());
      return null;
    }
    return switch (verdict) {
      case Verdict.Accepted<GatewayConfig> accepted -> accepted;
      case Verdict.Repeated<GatewayConfig>(Order order) -> {
        reports.repeated(order.sequence());
        yield null;
      }
      case Verdict.Refused<GatewayConfig> no -> {
        long sequence = no.order().map(Order::sequence).orElse(0L);
        reports.refused(signed, sequence, no.code().name(), no.detail(), no.problems());
        yield null;
      }
    };
  }

  /**
   * Judges the times of an order that was accepted while nobody vouched for the clock, now that
   * somebody does: its own, and those of the keys that have signed it (config.md §4 row 6).
   *
   * @return the code and a sentence of why it is to be followed no longer; empty when it still is
   * @throws IOException when the key list cannot be used, so that nothing can be said
   */
  public Optional<Verdict.Refused<Void>> untimely(Deployment.Document document) throws IOException {
    return SignedConfig.untimely(document.signed(), keys.read(), clock.instant());
  }

  /** Of this agent, as orders ask for it; classes that run from no jar are newer than any. */
  public static Order.Version version() {
    try {
      return Order.Version.of(Version.agent());
    } catch (IllegalArgumentException e) {
      return new Order.Version(9999, 0, 0);
    }
  }

  /**
   * Reads an order's configuration. What waits in the store carries the gateway's name, so an order
   * cannot give it another.
   */
  public static Function<Section, GatewayConfig> keeping(GatewayConfig.Identity self, Path data) {
    return section -> {
      GatewayConfig config = GatewayConfig.read(section, data);
      if (!config.gateway().id().equals(self.id())
          || !config.gateway().district().equals(self.district())) {
        section.problem(
            "gateway",
            "must stay %s in district %s; an order cannot rename a gateway"
                .formatted(self.id(), self.district()));
      }
      return config;
    };
  }
}
