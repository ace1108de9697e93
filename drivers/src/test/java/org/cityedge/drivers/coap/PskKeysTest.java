package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PskKeysTest {
  @Test
  void readsHexInEitherCase() throws IOException {
    byte[] key = PskKeys.parse("000102030405060708090a0b0c0d0eFF", "k");
    assertThat(key).hasSize(16).endsWith(0x0e, 0xff);
  }

  @Test
  void readsText() throws IOException {
    assertThat(PskKeys.parse("text:0123456789abcdef", "k"))
        .asString()
        .isEqualTo("0123456789abcdef");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text:",
        "text:123456789012345",
        "00112233445566778899aabbccddee",
        "0123456789abcdef0123456789abcdefg",
        "0123456789abcdef0123456789abcdef0",
        "my secret of enough length"
      })
  void refusesWhatIsNoKeyWithoutShowingIt(String text) {
    assertThatThrownBy(() -> PskKeys.parse(text, "k"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("key secrets/k must be")
        .message()
        .satisfies(
            m -> assertThat(text.isEmpty() || !m.contains(text) || text.equals("text:")).isTrue());
  }
}
