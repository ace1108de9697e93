package org.cityedge.agent.remote;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.Entry;
import org.cityedge.config.KeyList;
import org.cityedge.config.Section;
import org.cityedge.config.SeenCommands;
import org.cityedge.config.SignedCommand;
import org.cityedge.config.SignedCommand.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that change something (wire.md §6): carried out when a key for commands has signed them
 * for this gateway, once, and only after they were written into the audit.
 *
 * <pre>
 *   judged ─► not seen before ─► written down as seen ─► audited ─► carried out ─► outcome audited
 * </pre>
 *
 * Confined to the inbox's thread.
 */
public final class SignedCommands {
  private static final Logger LOG = LoggerFactory.getLogger(SignedCommands.class);

  private final String gateway;
  private final TrustedKeys keys;
  private final SeenCommands seen;
  private final InstantSource clock;
  private final BooleanSupplier clockTrusted;
  private final Audit audit;
  private final Map<String, Function<Section, Action>> verbs;

  /**
   * @param verbs reads the arguments of each, and says what it would do
   */
  public SignedCommands(
      String gateway,
      TrustedKeys keys,
      SeenCommands seen,
      InstantSource clock,
      BooleanSupplier clockTrusted,
      Audit audit,
      Map<String, Function<Section, Action>> verbs) {
    this.gateway = gateway;
    this.keys = keys;
    this.seen = seen;
    this.clock = clock;
    this.clockTrusted = clockTrusted;
    this.audit = audit;
    this.verbs = Map.copyOf(verbs);
  }

  boolean knows(String verb) {
    return verbs.containsKey(verb);
  }

  List<String> verbs() {
    return verbs.keySet().stream().sorted().toList();
  }

  /**
   * Carries a command out, or says why not.
   *
   * @param requester who is answered
   */
  Answer.Now answer(String verb, byte[] signed, String requester) {
    Function<Section, Action> reader = verbs.get(verb);
    if (reader == null) {
      throw new IllegalArgumentException("no signed verb " + verb);
    }
    KeyList list;
    try {
      if (!keys.provisioned()) {
        throw new IOException("this gateway was provisioned with no root key");
      }
      list = keys.read();
    } catch (IOException e) {
      return refuse(verb, requester, "KEY_UNKNOWN", String.valueOf(e.getMessage()));
    }
    Verdict<Action> verdict =
        SignedCommand.judge(
            signed,
            list,
            new SignedCommand.Situation(
                gateway, verb, clock.instant(), clockTrusted.getAsBoolean()),
            reader);
    return switch (verdict) {
      case Verdict.Accepted<Action>(SignedCommand command, Action action) ->
          carryOut(command, action);
      case Verdict.Refused<Action>(SignedCommand.Code code, List<String> keyIds, String detail) -> {
        boolean unsigned = code == SignedCommand.Code.SIG_INVALID && keyIds.isEmpty();
        yield refuse(
            verb,
            keyIds.isEmpty() ? requester : "says: " + String.join(", ", keyIds),
            unsigned ? "NOT_SIGNED" : code.name(),
            unsigned
                ? "the command " + verb + " changes something and must be signed; " + detail
                : detail);
      }
    };
  }

  private Answer.Now carryOut(SignedCommand command, Action action) {
    String actor = command.keyId() + " (" + command.by() + ")";
    String about = command.verb() + " " + command.id();
    SeenCommands.Taken taken;
    try {
      taken = seen.take(command.id(), command.issuedAt());
    } catch (IOException e) {
      LOG.error("A command cannot be written down, so it is not carried out.", e);
      return refuse(about, actor, "STORAGE", "it cannot be written down: " + e.getMessage());
    }
    switch (taken) {
      case REPLAYED -> {
        return refuse(about, actor, "REPLAYED", "the command " + command.id() + " came before");
      }
      case TOO_OLD -> {
        return refuse(
            about,
            actor,
            "TOO_OLD",
            "it was issued at %s, before what is remembered here; sign it anew"
                .formatted(command.issuedAt()));
      }
      case FRESH -> {}
    }
    if (!record("taken", actor, about, "", action.text(), true)) {
      return new Answer.Refused(
          "STORAGE", "the audit cannot be written, and nothing is changed without it");
    }
    Answer.Now answer;
    try {
      answer = action.carryOut().apply(command);
    } catch (RuntimeException e) {
      LOG.error("A command failed by a fault of our own. verb={}", command.verb(), e);
      answer = new Answer.Refused("FAULT", "the gateway failed at it; its log says why");
    }
    switch (answer) {
      case Answer.Done _ -> {
        boolean _ = record("done", actor, about, "", "", false);
      }
      case Answer.Refused(String code, String message) -> {
        boolean _ = record("refused", actor, about, code, message, false);
      }
    }
    return answer;
  }

  private Answer.Now refuse(String subject, String actor, String code, String detail) {
    boolean _ = record("refused", actor, subject, code, detail, true);
    return new Answer.Refused(code, detail);
  }

  private boolean record(
      String what, String actor, String subject, String code, String detail, boolean high) {
    return audit.add(new Entry(Entry.Kind.COMMAND, what, actor, subject, code, detail, high));
  }
}
