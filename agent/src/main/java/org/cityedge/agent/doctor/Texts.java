package org.cityedge.agent.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;

/** Doctor's sentences in one language; {@code zh.properties} and {@code en.properties}. */
public final class Texts {
  /** The order is the one in which a report has both. */
  public static final List<String> LANGUAGES = List.of("zh", "en");

  private final Properties entries = new Properties();

  private Texts(String language) {
    String name = language + ".properties";
    try (InputStream in = Texts.class.getResourceAsStream(name)) {
      entries.load(
          new InputStreamReader(
              Objects.requireNonNull(in, name + " is missing from the jar"),
              StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param language one of {@link #LANGUAGES}
   */
  public static Texts in(String language) {
    return new Texts(language);
  }

  /** The name of a check. */
  public String title(String check) {
    return text(check);
  }

  /** The heading of a report. */
  String heading() {
    return text("heading");
  }

  /** A mark in a word. */
  String word(Mark mark) {
    return text("mark." + mark);
  }

  public String cause(Finding finding) {
    return fill(text(finding.diagnosis() + ".cause"), finding.values());
  }

  /** What to do; empty when nothing is to be done. */
  public Optional<String> cure(Finding finding) {
    return Optional.ofNullable(entries.getProperty(finding.diagnosis() + ".cure"))
        .map(text -> fill(text, finding.values()));
  }

  Optional<String> entry(String key) {
    return Optional.ofNullable(entries.getProperty(key));
  }

  private String text(String key) {
    return entry(key).orElseThrow(() -> new IllegalStateException("no text for " + key));
  }

  private static String fill(String text, List<String> values) {
    String filled = text;
    for (int i = 0; i < values.size(); i++) {
      filled = filled.replace("{" + i + "}", values.get(i));
    }
    return filled;
  }
}
