package org.cityedge.config;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
  @TempDir Path folder;

  private enum Colour {
    DARK_RED,
    GREEN
  }

  private static <T> T read(String text, Function<Section, T> reader) throws ConfigException {
    return ConfigLoader.parse("test.yaml", text, reader);
  }

  private static List<String> problems(String text, Function<Section, ?> reader) {
    ConfigException e = catchThrowableOfType(ConfigException.class, () -> read(text, reader));
    assertThat(e).as("the document must be refused").isNotNull();
    return e.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void doesNotShowASecretThatStandsWhereItsNameShould() {
    String text =
        "uplink: {passwordRef: Hunter2!, keyRef: [Hunter2!], codeRef: {a: Hunter2!}, user: \"\"}";
    List<String> problems =
        problems(
            text,
            root -> {
              Section uplink = root.section("uplink").orElseThrow();
              for (String key : List.of("passwordRef", "keyRef", "codeRef")) {
                uplink.optionalText(key, Secrets.REFERENCE, "the name of a file");
              }
              return uplink.text("user");
            });
    assertThat(problems).hasSize(4).noneMatch(problem -> problem.contains("Hunter2"));
    assertThat(problems)
        .contains(
            "uplink.passwordRef (line 1): must be the name of a file; what stands there is not shown");
  }

  @Test
  void readsEveryKindOfValue() throws Exception {
    String text =
        """
        name: 网关
        period: 250ms
        size: 64KiB
        count: 7
        share: 0.6
        on: true
        colour: dark-red
        broker: mqtt://10.0.0.1:1883
        polygon: [[0.1, 0.2], [1, 0]]
        inner: {id: a-1}
        list: [{id: b}, {id: c}]
        """;
    List<Object> values =
        read(
            text,
            s ->
                List.of(
                    s.text("name"),
                    s.duration("period", Duration.ofMillis(1), Duration.ofDays(1), Duration.ZERO),
                    s.bytes("size", 1, 1 << 20, 0),
                    s.integer("count", 0, 10),
                    s.number("share", 0, 1),
                    s.flag("on", false),
                    s.word("colour", Colour.class),
                    s.uri("broker", "mqtt", "mqtts").getPort(),
                    s.points("polygon", 0, 1).size(),
                    s.section("inner").orElseThrow().id("id"),
                    s.sections("list").stream().map(child -> child.id("id")).toList()));
    assertThat(values)
        .containsExactly(
            "网关",
            Duration.ofMillis(250),
            65_536L,
            7,
            0.6,
            true,
            Colour.DARK_RED,
            1883,
            2,
            "a-1",
            List.of("b", "c"));
  }

  @Test
  void listsEveryProblemWithItsPlaceInOneReport() {
    String text =
        """
        gateway:
          id: Not An Id
          typo: 1
        sensors:
          - period: 5 minutes
          - period: 1d
        """;
    List<String> problems =
        problems(
            text,
            s -> {
              s.section("gateway").orElseThrow().id("id");
              s.sections("sensors")
                  .forEach(
                      child -> {
                        child.id("id");
                        child.duration(
                            "period", Duration.ofSeconds(1), Duration.ofHours(1), Duration.ZERO);
                      });
              return 0;
            });
    assertThat(problems)
        .containsExactly(
            "gateway.id (line 2): must be 1 to 32 of a-z, 0-9 and -, was \"Not An Id\"",
            "gateway.typo (line 3): the key is unknown here; known: id",
            "sensors[0].id (line 5): is missing; must be 1 to 32 of a-z, 0-9 and -",
            "sensors[0].period (line 5): must be a duration such as 500ms, 5s or 2h, 1s..1h, was \"5 minutes\"",
            "sensors[1].id (line 6): is missing; must be 1 to 32 of a-z, 0-9 and -",
            "sensors[1].period (line 6): must be a duration such as 500ms, 5s or 2h, 1s..1h, was \"1d\"");
  }

  @Test
  void refusesADocumentOverWhichItsReaderStumbles() {
    assertThat(
            problems(
                "a: 1",
                s -> {
                  throw new NoSuchElementException("what is in it is nobody's business");
                }))
        .containsExactly("document: cannot be read by this agent: NoSuchElementException");
    assertThat(
            problems(
                "count: 11",
                s -> {
                  int _ = s.integer("count", 0, 10);
                  throw new IllegalStateException("an effect of the first problem");
                }))
        .containsExactly("count (line 1): must be a whole number 0..10, was \"11\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\0", "\\n", "\\x7f", "\\x9f"})
  void refusesControlCharactersInTexts(String escaped) {
    Pattern any = Pattern.compile("(?s).*");
    assertThat(problems("name: \"a" + escaped + "b\"", s -> s.text("name", any, "a name")))
        .singleElement(as(STRING))
        .startsWith("name (line 1): must be a name, was ");
  }

  @Test
  void reportsAKeyThatIsThereTwice() {
    assertThat(problems("a: 1\na: 2\n", s -> s.integer("a", 0, 9)))
        .containsExactly("a (line 2): the key is there twice, first in line 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mqtt://user:secret@h:1883 | must not carry a user or password; use user: and passwordRef: (elsewhere @ is %40)
          mqtt://user:se@cret@h     | must not carry a user or password; use user: and passwordRef: (elsewhere @ is %40)
          mqtt://user:se^cret@h     | must not carry a user or password; use user: and passwordRef: (elsewhere @ is %40)
          mqtt://user:se/cret@h     | must not carry a user or password; use user: and passwordRef: (elsewhere @ is %40)
          mqtt://user:secret@cam_1  | must not carry a user or password; use user: and passwordRef: (elsewhere @ is %40)
          mqtt://h:65536            | must be a URI with a port of at most 65535, was "mqtt://h:65536"
          http://h                  | must be a URI mqtt:// or mqtts://, was "http://h"
          ://                       | must be a URI mqtt:// or mqtts://, was "://"
          """)
  void refusesUrisThatHideCredentialsOrSpeakAnotherProtocol(String uri, String message) {
    assertThat(problems("broker: \"" + uri + "\"", s -> s.uri("broker", "mqtt", "mqtts")))
        .containsExactly("broker (line 1): " + message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "count: 11",
        "count: -1",
        "count: 1.5",
        "count: NaN",
        "count: [1]",
        "count: {a: 1}",
        "count: 99999999999"
      })
  void refusesNumbersOutsideTheirRange(String text) {
    assertThat(problems(text, s -> s.integer("count", 0, 10)).getFirst())
        .startsWith("count (line 1): must be a whole number 0..10");
  }

  @ParameterizedTest
  @ValueSource(strings = {"share: .nan", "share: .inf", "share: NaN", "share: 1.01"})
  void refusesNumbersThatAreNone(String text) {
    assertThat(problems(text, s -> s.number("share", 0, 1)).getFirst())
        .startsWith("share (line 1): must be a number 0..1");
  }

  @Test
  void readsNoAsAWordAndNotAsFalse() {
    assertThat(problems("on: no", s -> s.flag("on", false)))
        .containsExactly("on (line 1): must be true or false, was \"no\"");
  }

  @Test
  void refusesAliasesDepthAndLength() {
    assertThat(problems("a: &x {b: 1}\nc: *x\n", s -> 0))
        .containsExactly("document (line 2): aliases (*name) are not allowed");
    assertThat(problems("a: " + "[".repeat(17) + "]".repeat(17), s -> 0))
        .containsExactly("document (line 1): is nested deeper than 16 levels");
    assertThat(problems("a: " + "[".repeat(60_000), s -> 0))
        .containsExactly("document (line 1): is nested deeper than 16 levels");
    assertThat(problems("a: " + "x".repeat(65_536), s -> 0))
        .containsExactly("document: is longer than 65536 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "- a", "text", "a: [1", "a: \"", "\u0000", "? {a: 1}\n: 2", "a:\n\t- b"})
  void refusesWhatIsNoMappingWithoutAnyOtherException(String text) {
    assertThatThrownBy(() -> read(text, s -> 0)).isInstanceOf(ConfigException.class);
  }

  @Test
  void readsJsonAsTheSameDocument() throws Exception {
    List<String> texts =
        read("{\"a\": {\"b\": [1, 2]}}", s -> s.section("a").orElseThrow().texts("b"));
    assertThat(texts).containsExactly("1", "2");
  }

  @Test
  void namesAFileThatIsMissingOrNoText() throws Exception {
    Path missing = folder.resolve("none.yaml");
    assertThatThrownBy(() -> ConfigLoader.load(missing, s -> 0))
        .hasMessageContaining("none.yaml")
        .hasMessageContaining("there is no such file");
    Path binary = Files.write(folder.resolve("b.yaml"), new byte[] {(byte) 0xC3, (byte) 0x28});
    assertThatThrownBy(() -> ConfigLoader.load(binary, s -> 0))
        .hasMessageContaining("is not UTF-8 text");
  }

  @Test
  void countsProblemsBeyondAHundredInsteadOfKeepingThem() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 150; i++) {
      text.append("k").append(i).append(": 1\n");
    }
    List<String> problems = problems(text.toString(), s -> 0);
    assertThat(problems).hasSize(101).last().isEqualTo("document: 50 more problems");
  }

  @Test
  void keepsWhatAStrangerWroteOnOneLineAndWithinBounds() {
    String document =
        "\"key\\n\\u202E" + "x".repeat(900) + "\": 1\nname: \"" + "y".repeat(5_000) + "\"";
    assertThatThrownBy(() -> ConfigLoader.parse("order", document, s -> s.id("name")))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems())
                    .hasSize(2)
                    .allSatisfy(
                        problem -> assertThat(problem.toString()).matches("[ -~…]{1,700}")));
  }
}
