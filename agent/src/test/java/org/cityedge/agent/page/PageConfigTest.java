package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Optional;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Section;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageConfigTest {
  private static PageConfig read(String text) throws ConfigException {
    return ConfigLoader.parse(
        "test", text, (Section root) -> root.section("page").map(PageConfig::read).orElseThrow());
  }

  @Test
  void isOffUnlessItSaysWhere() throws Exception {
    assertThat(read("page: {pictures: false}")).isEqualTo(PageConfig.OFF);
    assertThat(read("page: {listen: off}")).isEqualTo(PageConfig.OFF);
  }

  @ParameterizedTest
  @ValueSource(strings = {"123456", "k7-lamp 42", "~!@#$%^&*()_+"})
  void aCodeIsOfPrintableAscii(String code) {
    assertThat(PageConfig.codeProblem(code)).isEmpty();
  }

  /** No header carries them, so nobody could ever give such a code. */
  @ParameterizedTest
  @ValueSource(strings = {"密码123456", "１２３４５６", "k7-lamp\t42", " k7-lamp", "caf\u00e9-42"})
  void aCodeOfWhateverElseIsRefusedWithWhatIsAllowed(String code) {
    assertThat(PageConfig.codeProblem(code))
        .hasValueSatisfying(
            problem -> assertThat(problem).contains("printable ASCII").doesNotContain(code));
  }

  @Test
  void readsEveryKey() throws Exception {
    assertThat(
            read(
                "page: {listen: \"eth1:8080\", codeRef: page, hosts: [lamp-7.city], pictures: true}"))
        .isEqualTo(
            new PageConfig(
                Optional.of(new PageConfig.Listen("eth1", 8080)),
                Optional.of("page"),
                List.of("lamp-7.city"),
                true));
    assertThat(read("page: {listen: \"[fd00::1]:80\"}").listen())
        .contains(new PageConfig.Listen("[fd00::1]", 80));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0:8080",
        "[::]:8080",
        "8080",
        "127.0.0.1",
        "127.0.0.1:70000",
        "http://eth1:80",
        "on"
      })
  void listensOnOneAddressOnly(String listen) {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> read("page: {listen: \"" + listen + "\"}"));
    assertThat(e).hasMessageContaining("page.listen").hasMessageContaining("127.0.0.1:8080");
  }

  @Test
  void takesNoPortAndNoPatternInHosts() {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () -> read("page: {listen: \"lo:80\", hosts: [\"a.city:80\", \"*\"]}"));
    assertThat(e.problems()).hasSize(2);
  }
}
