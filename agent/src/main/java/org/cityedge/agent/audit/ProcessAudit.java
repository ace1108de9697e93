package org.cityedge.agent.audit;

import java.util.Optional;

/** Starts and stops of the process, each with its reason. Confined to the agent's thread. */
public final class ProcessAudit {
  private static final String START = "start";
  private static final String STOP = "stop";

  private final Audit audit;
  private final String machineBoot;

  /**
   * @param machineBoot names the machine's boot, to tell a crash from a power cut
   */
  public ProcessAudit(Audit audit, String machineBoot) {
    this.audit = audit;
    this.machineBoot = "boot " + machineBoot;
  }

  /** The process has started; why, is told by how the one before it ended. */
  public void start(String version) {
    Optional<AuditRecord> before =
        audit.last(record -> record.entry().kind() == Entry.Kind.PROCESS);
    String code = "";
    String reason;
    if (before.isEmpty()) {
      reason = "first start, or nothing is known of the one before";
    } else if (before.get().entry().what().equals(STOP)) {
      reason = "after: " + before.get().entry().detail();
    } else if (before.get().entry().subject().equals(machineBoot)) {
      code = "CRASH";
      reason = "the process had ended without a stop while the machine went on";
    } else {
      code = "POWER";
      reason = "the machine had gone down without a stop";
    }
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.PROCESS,
                START,
                "",
                machineBoot,
                code,
                "version " + version + "; " + reason,
                code.equals("CRASH")));
  }

  /**
   * The process is about to end in order.
   *
   * @param actor who wanted it; empty for whoever runs the service
   */
  public void stop(String actor, String reason) {
    boolean _ =
        audit.add(new Entry(Entry.Kind.PROCESS, STOP, actor, machineBoot, "", reason, false));
  }
}
