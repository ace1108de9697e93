package org.cityedge.agent.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Looks at the kept files as somebody who trusts nobody: also beside a running agent. Pure. */
public final class Chain {
  private Chain() {}

  /** What the chain is found to be. */
  public sealed interface State {
    /** Nothing was recorded yet. */
    record Empty() implements State {}

    /**
     * Every record follows from the one before.
     *
     * @param first above 1 once older files have gone
     */
    record Whole(AuditRecord first, AuditRecord last, List<String> hashes) implements State {
      public Whole {
        hashes = List.copyOf(hashes);
      }
    }

    /**
     * The first record that is not what it was, or not where it was.
     *
     * @param number as it ought to be
     * @param line in the file, from 1
     */
    record Broken(long number, Path file, int line, String why) implements State {}
  }

  /** All that is kept, in order; what is damaged is left out. */
  public static List<AuditRecord> records(Path data) throws IOException {
    return files(data).from(0);
  }

  private static AuditFiles files(Path data) {
    return new AuditFiles(data.resolve(Audit.FOLDER), Audit.MOST_BYTES);
  }

  /**
   * @param data the agent's data folder
   * @throws IOException when a file cannot be read
   */
  public static State verify(Path data) throws IOException {
    List<String> hashes = new ArrayList<>();
    AuditRecord first = null;
    AuditRecord last = null;
    for (Path file : files(data).files()) {
      List<String> lines = AuditFiles.lines(file);
      for (int i = 0; i < lines.size(); i++) {
        long expected = last == null ? AuditFiles.first(file) : last.number() + 1;
        AuditRecord record;
        try {
          record = AuditRecord.parse(lines.get(i));
        } catch (IOException e) {
          return new State.Broken(expected, file, i + 1, String.valueOf(e.getMessage()));
        }
        String before =
            last != null ? last.sha256() : expected == 1 ? AuditRecord.FIRST : record.previous();
        if (record.number() != expected) {
          return new State.Broken(
              expected, file, i + 1, "record " + record.number() + " is in its place");
        }
        if (!record.previous().equals(before)) {
          return new State.Broken(
              expected, file, i + 1, "it does not follow from the record before it");
        }
        first = first == null ? record : first;
        last = record;
        hashes.add(record.sha256());
      }
    }
    return first == null || last == null ? new State.Empty() : new State.Whole(first, last, hashes);
  }

  /** Where a record lies among those that are kept; empty when there is none of that hash. */
  public static OptionalInt holds(State.Whole chain, String sha256) {
    int at = chain.hashes().indexOf(sha256);
    return at < 0 ? OptionalInt.empty() : OptionalInt.of(at);
  }
}
