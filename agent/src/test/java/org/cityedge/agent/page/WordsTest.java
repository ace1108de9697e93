package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cityedge.agent.alerts.Rule;
import org.cityedge.agent.position.Whereabouts;
import org.cityedge.buffer.Lane;
import org.cityedge.config.Section;
import org.cityedge.drivers.Quality;
import org.cityedge.video.CameraHealth;
import org.junit.jupiter.api.Test;

class WordsTest {
  private static final Pattern KEY = Pattern.compile("\"([^\"]+)\": \"[^\"]+\"");
  private static final Pattern USED = Pattern.compile("\\bt\\(\"([^\"]+)\"|data-t=\"([^\"]+)\"");

  private static String file(String name) throws Exception {
    try (InputStream in = PageServer.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Set<String> keys(String language) throws Exception {
    String words = file("words.js");
    int from = words.indexOf("const " + language + " = {");
    Matcher matcher = KEY.matcher(words.substring(from, words.indexOf("\n};", from)));
    Set<String> out = new TreeSet<>();
    while (matcher.find()) {
      assertThat(out.add(matcher.group(1))).as("%s is there twice", matcher.group(1)).isTrue();
    }
    return out;
  }

  @Test
  void bothLanguagesHaveTheSameWords() throws Exception {
    assertThat(keys("zh")).isNotEmpty().isEqualTo(keys("en"));
  }

  @Test
  void everyWordOfTheAgentHasASentence() throws Exception {
    List<String> needed = new ArrayList<>();
    for (Cause cause : Cause.values()) {
      needed.add("cause." + cause.word());
      needed.add("cure." + cause.word());
    }
    for (CameraHealth.State state : CameraHealth.State.values()) {
      needed.add("camera." + Section.wordFor(state));
    }
    for (Quality quality : Quality.values()) {
      needed.add("quality." + Section.wordFor(quality));
    }
    for (Lane lane : Lane.values()) {
      needed.add("lane." + Section.wordFor(lane));
    }
    for (Rule.Kind kind : Rule.Kind.values()) {
      needed.add("kind." + kind.word());
    }
    for (Whereabouts.State state : Whereabouts.State.values()) {
      needed.add("position." + Section.wordFor(state));
    }
    assertThat(keys("zh")).containsAll(needed);
  }

  @Test
  void everyWordThatThePageAsksForIsThere() throws Exception {
    for (String name : List.of("index.html", "status.js", "zones.html", "zones.js")) {
      Matcher matcher = USED.matcher(file(name));
      while (matcher.find()) {
        String key = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        // Some are put together: "cause." and the cause's word.
        assertThat(keys("zh"))
            .anyMatch(k -> k.equals(key) || (key.endsWith(".") && k.startsWith(key)));
      }
    }
  }

  @Test
  void nothingIsFetchedFromElsewhereAndNothingIsInline() throws Exception {
    for (String name :
        List.of(
            "index.html",
            "zones.html",
            "status.js",
            "zones.js",
            "access.js",
            "words.js",
            "page.css")) {
      assertThat(file(name).replace("http://www.w3.org/2000/svg", ""))
          .doesNotContain("http://")
          .doesNotContain("https://");
      assertThat(file(name)).doesNotContain("style=\"").doesNotContain("onclick=");
    }
  }
}
