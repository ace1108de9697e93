package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.audit.Audit;
import org.cityedge.agent.audit.Chain;
import org.cityedge.agent.audit.Entry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class AuditVerbTest {
  @TempDir Path data;
  private final StringWriter out = new StringWriter();

  @BeforeEach
  void record() {
    Audit audit = new Audit(data, () -> Instant.parse("2026-06-01T00:30:00Z"), () -> "ntp");
    boolean _ =
        audit.add(
            new Entry(
                Entry.Kind.CONFIG,
                "rejected",
                "says: cfg-1",
                "sequence 7",
                "SEQ_REUSED",
                "",
                true));
    boolean _ = audit.add(new Entry(Entry.Kind.COMMAND, "done", "desk-7", "ping", "", "", false));
  }

  private int run(String... arguments) {
    Verb verb = new AuditVerb();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", data.toString()));
    PrintWriter writer = new PrintWriter(out, true);
    return verb.run(
        new CommandLine(verb.spec()).parseArgs(all.toArray(String[]::new)), writer, writer);
  }

  @Test
  void listsWhatIsKept() {
    assertThat(run("list")).isEqualTo(Verb.OK);
    assertThat(out.toString().lines())
        .containsExactly(
            "    1  2026-06-01T00:30:00.000+00:00  ! config         rejected    sequence 7  SEQ_REUSED  by says: cfg-1",
            "    2  2026-06-01T00:30:00.000+00:00    command        done        ping  by desk-7");
  }

  @Test
  void listsTheLastOfAKind() {
    assertThat(run("list", "--kind", "config", "--last", "1", "--json")).isEqualTo(Verb.OK);
    assertThat(out.toString().lines())
        .singleElement()
        .asString()
        .contains("\"n\":1,\"prev\":\"000");
  }

  @Test
  void verifiesAgainstWhatTheCentreHas() throws Exception {
    String first = Chain.records(data).getFirst().sha256();
    assertThat(run("verify", "--expect", first)).isEqualTo(Verb.OK);
    assertThat(out.toString())
        .contains("whole: records 1..2", "it holds " + first + " as record 1");
    assertThat(run("verify", "--expect", "0".repeat(64))).isEqualTo(Verb.FAILURE);
  }

  @Test
  void namesTheBrokenRecord() throws Exception {
    Path file = data.resolve("audit").resolve("audit-000000000001.jsonl");
    Files.writeString(file, Files.readString(file).replace("desk-7", "desk-8"));
    assertThat(run("verify")).isEqualTo(Verb.FAILURE);
    assertThat(out.toString()).startsWith("broken at record 2: its sha256").contains("line 2)");
  }

  @Test
  void listsNoNegativeNumberOfRecords() {
    assertThatThrownBy(() -> run("list", "--last", "-1"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--last must be 0..2147483647, was -1");
    assertThat(run("list", "--last", "0")).isEqualTo(Verb.OK);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void saysOfAFolderThatIsNotThereThatItIsNot() {
    data = data.resolve("elsewhere");
    assertThat(run("verify")).isEqualTo(Verb.FAILURE);
    assertThat(run("list")).isEqualTo(Verb.FAILURE);
    assertThat(out.toString())
        .contains("there is no folder " + data)
        .doesNotContain("nothing is recorded");
  }
}
