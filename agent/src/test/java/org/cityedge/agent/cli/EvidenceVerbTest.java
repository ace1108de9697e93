package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.cityedge.agent.EvidenceFolders;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.Seal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class EvidenceVerbTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final byte[] MASKED = {1, 2, 3};
  private static final byte[] CLEAR = {4, 5, 6, 7};

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private EvidenceFolders folders;

  @BeforeEach
  void keeps() throws IOException {
    folders = EvidenceFolders.in(folder);
    Seal seal = new Seal(folders.key());
    Clips.open(folders.clips(), seal).put("e1.jpg", MASKED);
    Clips.open(folders.originals(), seal).put("e1.jpg", CLEAR);
  }

  private int run(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.addAll(List.of("--data", folder.toString()));
    EvidenceVerb verb = new EvidenceVerb();
    return verb.run(
        new CommandLine(verb.spec()).parseArgs(line.toArray(String[]::new)),
        new PrintWriter(out, true),
        new PrintWriter(err, true));
  }

  private List<JsonNode> audit() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folders.audit())) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private String target(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void listsMaskedAndOriginals() {
    assertThat(run("list")).isZero();
    assertThat(out.toString().lines())
        .anySatisfy(line -> assertThat(line).matches("masked +e1 +jpg .* 3"))
        .anySatisfy(line -> assertThat(line).matches("original +e1 +jpg .* 4"));
  }

  @Test
  void exportsForTheOwnerAloneAndWritesItDownFirst() throws IOException {
    assertThat(run("export", "e1", target("a.jpg"))).isZero();
    Path file = folder.resolve("a.jpg");
    assertThat(file).hasBinaryContent(MASKED);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(run("export", "e1", target("b.jpg"), "--original", "--reason", "case \"7\"\n"))
        .isZero();
    assertThat(folder.resolve("b.jpg")).hasBinaryContent(CLEAR);
    assertThat(out.toString()).contains("NOT masked");
    assertThat(audit()).hasSize(2);
    JsonNode last = audit().getLast();
    assertThat(last.get("what").asText()).isEqualTo("original");
    assertThat(last.get("name").asText()).isEqualTo("e1.jpg");
    assertThat(last.get("reason").asText()).isEqualTo("case \"7\"");
    assertThat(last.get("user").asText()).isNotBlank();
  }

  @Test
  void readsNoOriginalWithoutAReason() {
    assertThatThrownBy(() -> run("export", "e1", target("a.jpg"), "--original"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--reason");
    assertThat(folder.resolve("a.jpg")).doesNotExist();
    assertThat(folders.audit()).doesNotExist();
  }

  @Test
  void readsNothingWhenItCannotBeWrittenDown() throws IOException {
    Files.createDirectory(folders.audit());
    assertThat(run("export", "e1", target("a.jpg"))).isEqualTo(Verb.FAILURE);
    assertThat(folder.resolve("a.jpg")).doesNotExist();
  }

  @Test
  void replacesNoFile() throws IOException {
    Path file = Files.writeString(folder.resolve("a.jpg"), "mine");
    assertThat(run("export", "e1", file.toString())).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("exists already");
    assertThat(file).hasContent("mine");
  }

  @Test
  void saysWhatIsWrongWithADamagedFileAndLeavesIt() throws IOException {
    Path kept = folders.clips().resolve("e1.jpg");
    byte[] bytes = Files.readAllBytes(kept);
    bytes[bytes.length - 1] ^= 1;
    Files.write(kept, bytes);
    assertThat(run("export", "e1", target("a.jpg"))).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("e1.jpg is damaged");
    assertThat(folder.resolve("a.jpg")).doesNotExist();
    assertThat(kept).hasBinaryContent(bytes);
    Files.writeString(
        kept, "not one of ours, by its looks, and a little longer than that too ......");
    assertThat(run("list")).isEqualTo(Verb.WARNING);
    assertThat(out.toString()).contains("no sealed file");
  }

  @Test
  void namesAnIdThatIsNotKept() {
    assertThat(run("export", "e2", target("a.jpg"))).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("nothing is kept under the id e2");
  }
}
