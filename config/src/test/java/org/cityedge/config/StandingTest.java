package org.cityedge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cityedge.config.DeploymentFixture.FOLDER;
import static org.cityedge.config.DeploymentFixture.good;
import static org.cityedge.config.DeploymentFixture.last;
import static org.cityedge.config.Signers.NOW;

import java.time.Instant;
import org.cityedge.config.SignedConfig.Floor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was written of the orders is read again, whatever their texts hold. */
class StandingTest {
  private final DeploymentFixture gateway = new DeploymentFixture();

  @ParameterizedTest
  @ValueSource(strings = {"a\u0080b", "a\u009fb", "a\ufffeb", "a\uffffb", "a\ud800b", "\ud83d"})
  void aDetailThatNoStateCanCarryCostsNoVersion(String detail) throws Exception {
    gateway.commit(1);
    gateway.commit(2);
    gateway.commit(3);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 4);
    deployment.rollBack("X", detail);
    deployment.told();
    Deployment next = gateway.started("boot-2");
    assertThat(good(next.recover())).contains(3L);
    assertThat(last(next).code()).isEqualTo("X");
    assertThat(gateway.disk.names(FOLDER).stream().filter(name -> name.endsWith(".jws")))
        .hasSize(3);
  }

  /** Written before the floor had the time of issue. */
  @Test
  void readsAStateOfAnOlderAgent() throws Exception {
    gateway.commit(57);
    String text = gateway.current().json();
    Standing older = Standing.parse(text.replace(",\"iat\":" + (NOW - 60), ""));
    assertThat(older.floor())
        .isEqualTo(new Floor(1, 57, gateway.current().floor().sha256(), Instant.EPOCH));
    assertThat(older.good()).isEqualTo(gateway.current().good());
  }

  @Test
  void everyStandingIsReadAsItWasWritten() throws Exception {
    gateway.commit(56);
    gateway.commit(57);
    Deployment deployment = gateway.started("boot-1");
    deployment.recover();
    gateway.begin(deployment, 58);
    assertThat(gateway.current()).isEqualTo(deployment.standing());
    deployment.rollBack("HEALTH_SENSORS", "\"quoted\" \\ and\nbroken " + "x".repeat(300));
    assertThat(gateway.current()).isEqualTo(deployment.standing());
  }

  /** The text that is not made printable on its way in is the boot's. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        0x7f, 0x80, 0x85, 0x9f, 0xa0, 0x2028, 0x2029, 0xd800, 0xdfff, 0xfeff, 0xfffe, 0xffff,
        0x1f6a8, 0x1fffe
      })
  void everyCharacterIsReadAsItWasWritten(int character) throws Exception {
    Deployment deployment = gateway.started("a" + Character.toString(character) + "b");
    deployment.recover();
    gateway.begin(deployment, 58);
    assertThat(gateway.current()).isEqualTo(deployment.standing());
  }
}
