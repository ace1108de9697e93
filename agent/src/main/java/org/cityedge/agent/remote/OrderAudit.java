package org.cityedge.agent.remote;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.Entry;
import org.cityedge.config.Order;
import org.cityedge.config.SignedConfig;
import org.cityedge.config.Standing.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of orders, for the audit: received, rejected, probation, committed, rolled back,
 * superseded, each with who signed. An outcome that is reported again is not recorded again.
 * Confined to the agent's thread.
 */
public final class OrderAudit {
  /** Orders whose signers are remembered until their outcome. */
  private static final int MOST = 32;

  private static final String RECEIVED = "received";

  private final Audit audit;
  private final Map<Long, String> actors = new LinkedHashMap<>();
  private @Nullable Outcome recorded;
  private long refused;

  public OrderAudit(Audit audit) {
    this.audit = audit;
  }

  /** Orders that were refused since the process began. */
  public long refused() {
    return refused;
  }

  /** An order that is to be followed has come. */
  public void received(byte[] signed, Order order) {
    remember(order.sequence(), signers(signed) + " (" + order.by() + ")");
    add(
        RECEIVED,
        order.sequence(),
        "",
        "%s from %s: %s".formatted(order.id(), order.issuer(), order.reason()),
        false);
  }

  /** An order is not followed; whether it is recorded is another matter. */
  void countRefused() {
    refused++;
  }

  /** So many were neither answered nor recorded. */
  void flood(long orders) {
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.CONFIG,
                "rejected",
                "",
                "flood",
                "TOO_MANY",
                orders + " more were refused, or came again, unanswered",
                true));
  }

  /**
   * An order is not followed.
   *
   * @param signed whose keys sign is only what it says of itself
   */
  public void refused(byte[] signed, Outcome why) {
    recorded = why;
    String names = signers(signed);
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.CONFIG,
                why.state().word(),
                names.isEmpty() ? "" : "says: " + names,
                subject(why.sequence()),
                why.code(),
                why.detail(),
                isHigh(why.code())));
  }

  /** What has become of one, unless it was recorded just before. */
  public void outcome(Outcome outcome) {
    Outcome now =
        new Outcome(
            outcome.epoch(),
            outcome.sequence(),
            outcome.state(),
            outcome.code(),
            outcome.detail(),
            true);
    if (!now.equals(recorded)) {
      recorded = now;
      add(now.state().word(), now.sequence(), now.code(), now.detail(), isHigh(now.code()));
    }
  }

  private void remember(long sequence, String actor) {
    if (actors.size() >= MOST) {
      Optional<Long> oldest = actors.keySet().stream().findFirst();
      oldest.ifPresent(actors::remove);
    }
    actors.put(sequence, actor);
  }

  private void add(String what, long sequence, String code, String detail, boolean high) {
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.CONFIG, what, actor(sequence), subject(sequence), code, detail, high));
  }

  /** Who signed it; after a restart the audit itself knows. */
  private String actor(long sequence) {
    if (!actors.containsKey(sequence)) {
      remember(
          sequence,
          audit
              .last(record -> isReceipt(record.entry(), sequence))
              .map(record -> record.entry().actor())
              .orElse(""));
    }
    return actors.getOrDefault(sequence, "");
  }

  private static boolean isReceipt(Entry entry, long sequence) {
    return entry.kind() == Entry.Kind.CONFIG
        && entry.what().equals(RECEIVED)
        && entry.subject().equals(subject(sequence));
  }

  private static String subject(long sequence) {
    return "sequence " + sequence;
  }

  private static String signers(byte[] signed) {
    return String.join(", ", SignedConfig.signers(signed));
  }

  /** Rows 1 and 4 of config.md §4: somebody tries; row 14 and 16: something is wrong here. */
  private static boolean isHigh(String code) {
    return List.of("SIG_INVALID", "KEY_UNKNOWN", "SEQ_REUSED", "SEQ_JUMP", "CRASH_LOOP", "LKG_LOST")
        .contains(code);
  }
}
