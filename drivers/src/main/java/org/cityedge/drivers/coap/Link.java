package org.cityedge.drivers.coap;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A resource as its server describes it (RFC 6690).
 *
 * @param target URI reference, mostly an absolute path
 * @param attributes by name; empty text for one without value, such as {@code obs}
 */
record Link(String target, Map<String, String> attributes) {
  Link {
    attributes = Map.copyOf(attributes);
  }

  /** Whether the server notifies observers (RFC 7641 §6). */
  boolean isObservable() {
    return attributes.containsKey("obs");
  }

  /** Values of {@code rt} and {@code if}, which are lists with blanks between (§3.1, §3.2). */
  List<String> kinds() {
    return Stream.of("rt", "if").flatMap(name -> words(name).stream()).toList();
  }

  /** Values of {@code ct} (RFC 7252 §7.2.1); what is no number is passed over. */
  List<Integer> contentFormats() {
    return words("ct").stream()
        .filter(word -> word.matches("[0-9]{1,5}"))
        .map(Integer::valueOf)
        .toList();
  }

  Optional<String> title() {
    return Optional.ofNullable(attributes.get("title"));
  }

  private List<String> words(String name) {
    return Arrays.stream(attributes.getOrDefault(name, "").split(" "))
        .filter(word -> !word.isEmpty())
        .toList();
  }
}
