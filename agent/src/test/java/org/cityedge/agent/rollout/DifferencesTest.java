package org.cityedge.agent.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class DifferencesTest {
  private static List<String> of(String before, String after) throws Exception {
    JsonMapper json = JsonMapper.builder().build();
    return Differences.of(json.readTree(before), json.readTree(after));
  }

  @Test
  void entriesAreFoundByTheirIdWhereverTheyStand() throws Exception {
    assertThat(
            of(
                "{\"sensors\":[{\"id\":\"a\",\"period\":\"1s\"},{\"id\":\"b\"},{\"id\":\"c\"}]}",
                "{\"sensors\":[{\"id\":\"d\"},{\"id\":\"c\"},{\"id\":\"a\",\"period\":\"2s\"}]}"))
        .containsExactly(
            "~ sensors[a].period: \"1s\" -> \"2s\"",
            "- sensors[b]: {\"id\":\"b\"}",
            "+ sensors[d]: {\"id\":\"d\"}");
  }

  @Test
  void channelsAreFoundByTheirQuantityAndOtherListsAreOneValue() throws Exception {
    assertThat(
            of(
                "{\"channels\":[{\"quantity\":\"t\",\"max\":1}],\"brokers\":[\"a\",\"b\"]}",
                "{\"channels\":[{\"quantity\":\"t\",\"max\":2}],\"brokers\":[\"b\",\"a\"]}"))
        .containsExactly("~ channels[t].max: 1 -> 2", "~ brokers: [\"a\",\"b\"] -> [\"b\",\"a\"]");
  }

  @Test
  void equalDocumentsDifferInNothing() throws Exception {
    assertThat(of("{\"a\":{\"b\":[1]}}", "{\"a\":{\"b\":[1]}}")).isEmpty();
  }
}
