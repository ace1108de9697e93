package org.cityedge.agent.remote;

import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.AuditRecord;
import org.cityedge.agent.audit.Entry;
import org.cityedge.config.KeyList;
import org.jspecify.annotations.Nullable;

/**
 * Notices, also over restarts, that the keys whose orders are followed were changed. Confined to
 * the agent's thread.
 */
public final class KeyWatch {
  private static final String NONE = "none";

  private final TrustedKeys keys;
  private final Audit audit;
  private @Nullable String known;

  public KeyWatch(TrustedKeys keys, Audit audit) {
    this.keys = keys;
    this.audit = audit;
  }

  /** Looks; reads two small files. */
  public void look() {
    String now = keys.fingerprint();
    if (known == null) {
      Optional<AuditRecord> before = audit.last(record -> record.entry().kind() == Entry.Kind.KEYS);
      known = before.map(record -> record.entry().subject()).orElse(NONE);
    }
    if (now.equals(known)) {
      return;
    }
    boolean removed = now.equals(NONE);
    String code = "";
    String detail = "this gateway follows nothing from afar";
    if (!removed) {
      try {
        detail = describe(keys.read());
      } catch (IOException e) {
        code = "KEY_UNKNOWN";
        detail = String.valueOf(e.getMessage());
      }
    }
    String what = removed ? "removed" : NONE.equals(known) ? "provisioned" : "changed";
    known = now;
    boolean _ = audit.add(new Entry(Entry.Kind.KEYS, what, "", now, code, detail, true));
  }

  private static String describe(KeyList list) {
    return "epoch %d, signatures needed %d, keys %s"
        .formatted(
            list.epoch(),
            list.requiredSignatures(),
            list.keys().values().stream()
                .map(
                    key ->
                        key.id()
                            + " ("
                            + key.role().name().toLowerCase(java.util.Locale.ROOT)
                            + ")")
                .sorted()
                .collect(Collectors.joining(", ")));
  }
}
