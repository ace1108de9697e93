package org.cityedge.agent.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.cityedge.config.ConfigException;
import org.junit.jupiter.api.Test;

class RolloutRingTest {
  private static final List<String> ALL =
      List.of("g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "g9", "g10", "g11");
  private static final Map<String, List<String>> GROUPS =
      Map.of("canary", List.of("g5"), "east", List.of("g4", "g5"), "far", List.of("gw-9"));

  @Test
  void eachGatewayIsInTheFirstRingThatHasIt() throws Exception {
    assertThat(Ring.split("canary, east,30%,all", GROUPS, ALL))
        .containsExactly(
            new Ring("canary", List.of("g5")),
            new Ring("east", List.of("g4")),
            // 30 % of 11, rounded up, are 4: two were in rings before.
            new Ring("30%", List.of("g1", "g2")),
            new Ring("all", List.of("g3", "g6", "g7", "g8", "g9", "g10", "g11")));
  }

  @Test
  void aRingThatAddsNobodyIsLeftOut() throws Exception {
    assertThat(Ring.split("east,10%,canary,100%,all", GROUPS, ALL))
        .extracting(Ring::name)
        .containsExactly("east", "100%");
  }

  @Test
  void namesWhatIsWrong() {
    assertThatThrownBy(() -> Ring.split("west", GROUPS, ALL)).hasMessageContaining("\"west\"");
    assertThatThrownBy(() -> Ring.split("0%", GROUPS, ALL)).hasMessageContaining("1%..100%");
    assertThatThrownBy(() -> Ring.split("far", GROUPS, ALL))
        .hasMessageContaining("far has gw-9, and there is no order for it");
    assertThatThrownBy(
            () ->
                Ring.groups(
                    "f", "groups: [{name: a, gateways: []}, {name: all, gateways: [g1]}]\nx: 1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("must be at least one")
        .hasMessageContaining("means every order")
        .hasMessageContaining("x");
  }

  @Test
  void readsGroups() throws Exception {
    assertThat(Ring.groups("f", "groups: [{name: canary, gateways: [g1, g2]}]"))
        .containsExactly(Map.entry("canary", List.of("g1", "g2")));
  }
}
