package org.cityedge.agent.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.packet.MqttDataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KuraTopicsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "a/b", "+", "a#", "a\n", "\u007F", "\u0085", "\uFDD0", "\uFFFE", "\uFFFF"})
  void takesNoLevelThatPartsOrMatchesLevelsOrCannotBeSent(String text) {
    assertThat(KuraTopics.isLevel(text)).isFalse();
  }

  @Test
  void countsCharactersAndTakesThoseOfEveryScript() {
    assertThat(KuraTopics.isLevel("平台-1 é " + "\uD840\uDC00".repeat(50))).isTrue();
    assertThat(KuraTopics.isLevel("a".repeat(60))).isTrue();
    assertThat(KuraTopics.isLevel("a".repeat(61))).isFalse();
  }

  @Test
  void takesNoCharacterThatTheMqttClientRefusesToSend() {
    DataOutputStream out = new DataOutputStream(OutputStream.nullOutputStream());
    List<String> refused = new ArrayList<>();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      String text = Character.toString(c);
      if (KuraTopics.isLevel(text)) {
        try {
          MqttDataTypes.encodeUTF8(out, text);
        } catch (IllegalArgumentException | MqttException e) {
          refused.add(Integer.toHexString(c));
        }
      }
    }
    assertThat(refused).isEmpty();
  }
}
