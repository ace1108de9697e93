package org.cityedge.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cityedge.config.Signers.NOW;

import org.cityedge.config.KeyList.Role;
import org.junit.jupiter.api.Test;

class KeyListTest {
  private final Signers signers = new Signers();

  @Test
  void readsWhatTheRootKeySigned() throws Exception {
    KeyList keys =
        signers.keys(
            3,
            2,
            signers.entry("cfg-1", "config", NOW),
            signers.entry("city", "countersign", NOW),
            signers.entry("cmd", "command", NOW));
    assertThat(keys.epoch()).isEqualTo(3);
    assertThat(keys.requiredSignatures()).isEqualTo(2);
    assertThat(requireNonNull(keys.keys().get("cmd")).role()).isEqualTo(Role.COMMAND);
    assertThat(requireNonNull(keys.keys().get("cfg-1")).key())
        .isEqualTo(signers.pair("cfg-1").getPublic());
  }

  @Test
  void takesNoListOfAnotherKey() {
    byte[] list = signers.list(1, 1, signers.entry("cfg-1", "config", NOW));
    assertThatThrownBy(() -> KeyList.verify(list, signers.pair("other").getPublic()))
        .hasMessageContaining("by the root key of this gateway");
    String text = "{\"typ\":\"keys\",\"epoch\":1,\"requiredSignatures\":1,\"keys\":[]}";
    byte[] own = signers.sign(text, KeyList.TYPE, "cfg-1");
    assertThatThrownBy(() -> KeyList.verify(own, signers.pair("cfg-1").getPublic()))
        .as("a key must not call itself the root")
        .hasMessageContaining("by the root key of this gateway");
  }

  @Test
  void namesWhatIsWrong() {
    String twice = signers.entry("cfg-1", "config", NOW);
    assertThatThrownBy(() -> signers.keys(1, 1, twice, twice))
        .hasMessageContaining("is there twice");
    assertThatThrownBy(() -> signers.keys(0, 3))
        .hasMessageContaining("epoch", "requiredSignatures");
    assertThatThrownBy(() -> signers.keys(1, 1, twice.replace("\"x\":\"", "\"x\":\"!")))
        .hasMessageContaining("32 bytes in base64url");
    assertThatThrownBy(() -> signers.keys(1, 1, twice.replace("config", "king")))
        .hasMessageContaining("role");
    assertThatThrownBy(() -> signers.keys(1, 2, twice, signers.entry("cfg-2", "config", NOW)))
        .hasMessageContaining("must be a key of role countersign");
  }
}
