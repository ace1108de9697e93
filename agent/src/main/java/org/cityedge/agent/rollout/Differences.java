package org.cityedge.agent.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What differs between two documents, one line each: {@code ~ sensors[door-1].period: "1s" ->
 * "2s"}, {@code + sensors[door-2]: {…}}, {@code - rules[door-1-open]: {…}}. Entries that have an
 * {@code id} are found by it, wherever they stand. Pure.
 */
public final class Differences {
  private static final int MOST_TEXT = 160;

  private final List<String> lines = new ArrayList<>();

  private Differences() {}

  public static List<String> of(JsonNode before, JsonNode after) {
    Differences differences = new Differences();
    differences.compare("", before, after);
    return List.copyOf(differences.lines);
  }

  private void compare(String path, JsonNode before, JsonNode after) {
    if (before.equals(after)) {
      return;
    }
    if (before.isMissingNode()) {
      lines.add("+ " + path + ": " + cut(after));
    } else if (after.isMissingNode()) {
      lines.add("- " + path + ": " + cut(before));
    } else if (before.isObject() && after.isObject()) {
      members(path, members(before), members(after), ".");
    } else if (isKeyed(before) && isKeyed(after)) {
      members(path, entries(before), entries(after), "[");
    } else {
      lines.add("~ " + path + ": " + cut(before) + " -> " + cut(after));
    }
  }

  private void members(
      String path, Map<String, JsonNode> before, Map<String, JsonNode> after, String joint) {
    Set<String> names = new LinkedHashSet<>(before.keySet());
    names.addAll(after.keySet());
    JsonNode none = com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    for (String name : names) {
      String at =
          joint.equals("[") ? path + "[" + name + "]" : path.isEmpty() ? name : path + "." + name;
      compare(at, before.getOrDefault(name, none), after.getOrDefault(name, none));
    }
  }

  private static Map<String, JsonNode> members(JsonNode object) {
    Map<String, JsonNode> out = new LinkedHashMap<>();
    object.properties().forEach(entry -> out.put(entry.getKey(), entry.getValue()));
    return out;
  }

  /** Whether each entry has an id, or a quantity as channels have, of its own. */
  private static boolean isKeyed(JsonNode list) {
    return list.isArray() && list.size() == entries(list).size();
  }

  private static Map<String, JsonNode> entries(JsonNode list) {
    Map<String, JsonNode> out = new LinkedHashMap<>();
    for (JsonNode entry : list) {
      String key = entry.path("id").asText(entry.path("quantity").asText());
      if (!key.isEmpty()) {
        out.put(key, entry);
      }
    }
    return out;
  }

  private static String cut(JsonNode value) {
    String text = value.toString();
    return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT - 1) + "…";
  }
}
