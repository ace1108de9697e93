package org.cityedge.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a document strictly: YAML 1.2 core schema (JSON is a subset), at most 64 KiB and 16 levels
 * (config.md §2), no aliases; unknown and duplicate keys are problems.
 */
public final class ConfigLoader {
  static final int MAX_BYTES = 64 * 1024;
  static final int MAX_DEPTH = 16;

  private ConfigLoader() {}

  /**
   * Reads a file.
   *
   * @param reader turns the document's root into the caller's record; it may return anything once
   *     it has recorded a problem, since the result is then thrown away
   * @throws ConfigException when the file cannot be read, anything in it is wrong, or the reader
   *     fails; lists every problem
   */
  public static <T> T load(Path file, Function<Section, T> reader) throws ConfigException {
    String text;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw refused(
            file.toString(),
            0,
            "is " + Files.size(file) + " bytes, at most " + MAX_BYTES + " are read");
      }
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw refused(file.toString(), 0, "there is no such file");
    } catch (CharacterCodingException e) {
      throw refused(file.toString(), 0, "is not UTF-8 text");
    } catch (IOException e) {
      throw refused(file.toString(), 0, "cannot be read: " + e.getMessage());
    }
    return parse(file.toString(), text, reader);
  }

  /** Reads a document that is in memory already; {@code source} names it in the report. */
  public static <T> T parse(String source, String text, Function<Section, T> reader)
      throws ConfigException {
    if (text.length() > MAX_BYTES) {
      throw refused(source, 0, "is longer than " + MAX_BYTES + " bytes");
    }
    Node root = compose(source, text);
    if (!(root instanceof MappingNode mapping)) {
      throw refused(source, 1, "must be a mapping of sections, such as \"gateway:\"");
    }
    Problems problems = new Problems();
    Section section = new Section("", mapping, problems);
    try {
      T result = reader.apply(section);
      section.reportUnread();
      if (problems.isEmpty()) {
        return result;
      }
      throw new ConfigException(source, problems.all());
    } catch (RuntimeException | StackOverflowError e) {
      // A reader stumbles over what it has reported, or over what nobody has thought of; neither
      // may end an agent that hears of a document.
      if (problems.isEmpty()) {
        problems.add("", 0, "cannot be read by this agent: " + e.getClass().getSimpleName());
      }
      ConfigException refused = new ConfigException(source, problems.all());
      refused.initCause(e);
      throw refused;
    }
  }

  /**
   * The same document as JSON, for signing.
   *
   * @throws ConfigException when it is not well-formed, or too large or deep
   */
  public static String json(String source, String text) throws ConfigException {
    return JsonText.of(compose(source, text));
  }

  private static Node compose(String source, String text) throws ConfigException {
    LoadSettings settings =
        LoadSettings.builder().setLabel(source).setCodePointLimit(MAX_BYTES).build();
    try {
      // The parser keeps its own stack; the composer recurses, so depth is checked before it is let
      // loose.
      int depth = 0;
      for (Event event : new Parse(settings).parseString(text)) {
        if (event instanceof AliasEvent) {
          throw refused(source, line(event.getStartMark()), "aliases (*name) are not allowed");
        } else if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
          throw refused(
              source, line(event.getStartMark()), "is nested deeper than " + MAX_DEPTH + " levels");
        } else if (event instanceof CollectionEndEvent) {
          depth--;
        }
      }
      Optional<Node> root = new Compose(settings).composeString(text);
      return root.orElseThrow(() -> refused(source, 0, "is empty"));
    } catch (MarkedYamlEngineException e) {
      throw refused(source, line(e.getProblemMark()), "is not well-formed YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw refused(source, 0, "is not well-formed YAML: " + e.getMessage());
    } catch (RuntimeException | StackOverflowError e) {
      // The parser throws more than its own exceptions: of an escape that is no code point, of a
      // tag that is no URI. No text, signed by nobody yet, may end an agent that hears of it.
      throw refused(source, 0, "is not well-formed YAML: " + e.getClass().getSimpleName());
    }
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(m -> m.getLine() + 1).orElse(0);
  }

  private static ConfigException refused(String source, int line, String message) {
    return new ConfigException(source, List.of(new Problem("", line, message)));
  }
}
