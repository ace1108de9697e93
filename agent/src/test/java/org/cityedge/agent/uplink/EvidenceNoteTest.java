package org.cityedge.agent.uplink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.cityedge.agent.testing.LogLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvidenceNoteTest {
  @Test
  void readsWhatItWrites() throws IOException {
    EvidenceNote note =
        new EvidenceNote(
            List.of(
                new EvidenceNote.Started(
                    new WholeEvidence("c1", "video/mp4", 5_000_000_000L, "3b1f"), 614_400)),
            List.of("c2", "c3"));
    assertThat(EvidenceNote.read(note.json())).isEqualTo(note);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{\"id\":\"c1\"}", "7", "\"c1\"", ""})
  void isNoneUnlessItIsAList(String note) {
    assertThatThrownBy(() -> EvidenceNote.read(note.getBytes(UTF_8)))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "{}",
        "{\"id\":null}",
        "{\"id\":7}",
        "{\"id\":\"c1\",\"size\":null}",
        "{\"id\":\"c1\",\"type\":\"video/mp4\",\"size\":9,\"sha256\":\"3b1f\",\"next\":-1}",
        "{\"id\":\"c1\",\"type\":\"video/mp4\",\"size\":9,\"sha256\":null,\"next\":1}",
        "{\"id\":\"c1\",\"size\":9,\"sha256\":\"3b1f\",\"next\":1}"
      })
  void keepsTheOthersWhereOneIsSomethingElse(String one) throws IOException {
    try (LogLines log = LogLines.of(EvidenceNote.class)) {
      EvidenceNote note =
          EvidenceNote.read(("[{\"id\":\"a\"}," + one + ",{\"id\":\"b\"}]").getBytes(UTF_8));
      assertThat(note).isEqualTo(new EvidenceNote(List.of(), List.of("a", "b")));
      assertThat(log.lines()).singleElement().asString().contains("evidence.sending");
    }
  }
}
