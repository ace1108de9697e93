package org.cityedge.agent.rollout;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.cityedge.config.ConfigException;
import org.cityedge.config.ConfigLoader;
import org.cityedge.config.Section;

/**
 * Gateways that get their order at the same time.
 *
 * @param name a group's name, a share such as {@code 10%}, or {@code all}
 * @param gateways those that were in no ring before; at least one
 */
public record Ring(String name, List<String> gateways) {
  private static final Pattern SHARE = Pattern.compile("[0-9]{1,3}%");
  private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,32}");
  private static final int MOST_GROUPS = 100;

  public Ring {
    gateways = List.copyOf(gateways);
  }

  /**
   * Reads a groups file: {@code groups: [{name: canary, gateways: [gw-0001, gw-0002]}]}.
   *
   * @throws ConfigException with all its problems
   */
  public static Map<String, List<String>> groups(String place, String yaml) throws ConfigException {
    return ConfigLoader.parse(place, yaml, Ring::groups);
  }

  private static Map<String, List<String>> groups(Section root) {
    Map<String, List<String>> out = new LinkedHashMap<>();
    List<Section> entries = root.sections("groups");
    if (entries.isEmpty() || entries.size() > MOST_GROUPS) {
      root.problem("groups", "must be 1.." + MOST_GROUPS + ", were " + entries.size());
    }
    for (Section entry : entries) {
      String name = entry.text("name", NAME, "a name of 1 to 32 of a-z, 0-9 and -");
      List<String> gateways = entry.texts("gateways");
      if (gateways.isEmpty()) {
        entry.problem("gateways", "must be at least one");
      }
      if (name.equals("all") || out.put(name, gateways) != null) {
        entry.problem("name", "is there twice, or all, which means every order: " + name);
      }
    }
    return out;
  }

  /**
   * Splits the gateways into rings, each without those before it; one that adds nobody is left out.
   *
   * @param wanted such as {@code canary,10%,all}; a share is of all gateways, those of earlier
   *     rings included, rounded up
   * @param all in the order in which shares take them
   * @throws IOException when a name is unknown, or a group has a gateway without an order
   */
  public static List<Ring> split(String wanted, Map<String, List<String>> groups, List<String> all)
      throws IOException {
    List<Ring> rings = new ArrayList<>();
    Set<String> before = new LinkedHashSet<>();
    for (String word : wanted.split(",", -1)) {
      String name = word.strip();
      List<String> members;
      if (name.equals("all")) {
        members = all;
      } else if (SHARE.matcher(name).matches()) {
        members = share(name, before, all);
      } else if (groups.containsKey(name)) {
        members = groups.getOrDefault(name, List.of());
      } else {
        throw new IOException(
            "no group is called \"%s\"; there are %s, all, and shares such as 10%%"
                .formatted(name, groups.keySet()));
      }
      for (String gateway : members) {
        if (!all.contains(gateway)) {
          throw new IOException(
              "the group %s has %s, and there is no order for it".formatted(name, gateway));
        }
      }
      List<String> fresh = members.stream().filter(id -> !before.contains(id)).distinct().toList();
      before.addAll(fresh);
      if (!fresh.isEmpty()) {
        rings.add(new Ring(name, fresh));
      }
    }
    return rings;
  }

  private static List<String> share(String name, Set<String> before, List<String> all)
      throws IOException {
    int percent = Integer.parseInt(name.substring(0, name.length() - 1));
    if (percent < 1 || percent > 100) {
      throw new IOException("a share must be 1%..100%, was " + name);
    }
    int wanted = Math.ceilDiv(all.size() * percent, 100) - before.size();
    return all.stream().filter(id -> !before.contains(id)).limit(Math.max(0, wanted)).toList();
  }
}
