package org.cityedge.drivers.coap;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a discovered resource measures, as far as its description says so.
 *
 * @param quantity as in the configuration
 * @param unit SenML unit, empty for a flag
 * @param resource the resource's path where the link names the object instance above it
 * @param source what it was read from, for a person
 */
record Measurand(String quantity, String unit, String resource, String source) {
  private record Known(String quantity, String unit, int value) {}

  /** A LwM2M path: object, instance, and perhaps the resource. */
  private static final Pattern LWM2M =
      Pattern.compile("(?:/[^/]{1,32})?/(3\\d{3})/(\\d{1,5})(?:/(\\d{1,5}))?");

  /** Objects of the OMA registry with the resource that holds the value and its usual unit. */
  private static final Map<String, Known> OBJECTS =
      Map.ofEntries(
          Map.entry("3200", new Known("active", "", 5500)),
          Map.entry("3301", new Known("illuminance", "lx", 5700)),
          Map.entry("3302", new Known("presence", "", 5500)),
          Map.entry("3303", new Known("temperature", "Cel", 5700)),
          Map.entry("3304", new Known("humidity", "%RH", 5700)),
          Map.entry("3315", new Known("pressure", "Pa", 5700)),
          Map.entry("3316", new Known("voltage", "V", 5700)),
          Map.entry("3317", new Known("current", "A", 5700)),
          Map.entry("3318", new Known("frequency", "Hz", 5700)),
          Map.entry("3319", new Known("depth", "m", 5700)),
          Map.entry("3323", new Known("pressure", "Pa", 5700)),
          Map.entry("3324", new Known("loudness", "dB", 5700)),
          Map.entry("3326", new Known("acidity", "pH", 5700)),
          Map.entry("3328", new Known("power", "W", 5700)),
          Map.entry("3330", new Known("distance", "m", 5700)),
          Map.entry("3332", new Known("direction", "deg", 5700)));

  /** Words that servers use in {@code rt} or a path; each stands for one unit only. */
  private static final Map<String, Known> WORDS =
      Map.ofEntries(
          Map.entry("temperature", new Known("temperature", "Cel", 0)),
          Map.entry("temp", new Known("temperature", "Cel", 0)),
          Map.entry("temperature-c", new Known("temperature", "Cel", 0)),
          Map.entry("humidity", new Known("humidity", "%RH", 0)),
          Map.entry("pm25", new Known("pm2_5", "ug/m3", 0)),
          Map.entry("pm2_5", new Known("pm2_5", "ug/m3", 0)),
          Map.entry("pm10", new Known("pm10", "ug/m3", 0)),
          Map.entry("illuminance", new Known("illuminance", "lx", 0)),
          Map.entry("noise", new Known("noise", "dB", 0)));

  /** UCUM symbols (unitsofmeasure.org) that SenML writes in the same way, or its word for them. */
  private static final Map<String, String> UCUM =
      Map.ofEntries(
          Map.entry("Cel", "Cel"),
          Map.entry("K", "K"),
          Map.entry("Pa", "Pa"),
          Map.entry("lx", "lx"),
          Map.entry("V", "V"),
          Map.entry("A", "A"),
          Map.entry("W", "W"),
          Map.entry("J", "J"),
          Map.entry("Hz", "Hz"),
          Map.entry("m", "m"),
          Map.entry("m/s", "m/s"),
          Map.entry("deg", "deg"),
          Map.entry("dB", "dB"),
          Map.entry("%", "%"),
          Map.entry("ug/m3", "ug/m3"));

  /** Empty when the description leaves quantity or unit open: a wrong unit is worse than none. */
  static Optional<Measurand> of(Link link, String path) {
    return lwm2m(path).or(() -> ucum(link, path)).or(() -> word(link, path));
  }

  private static Optional<Measurand> lwm2m(String path) {
    Matcher parts = LWM2M.matcher(path);
    if (!parts.matches()) {
      return Optional.empty();
    }
    Known known = OBJECTS.get(parts.group(1));
    String stated = parts.group(3);
    if (known == null || (stated != null && !stated.equals(String.valueOf(known.value())))) {
      return Optional.empty();
    }
    return Optional.of(
        new Measurand(
            known.quantity(),
            known.unit(),
            stated == null ? path + "/" + known.value() : path,
            "LwM2M object "
                + parts.group(1)
                + (known.unit().isEmpty() ? "" : "; its resource 5701 may name another unit")));
  }

  /** {@code rt="ucum:Cel"} or {@code ucum.Cel}: the unit is stated, the path names the quantity. */
  private static Optional<Measurand> ucum(Link link, String path) {
    String quantity = last(path).toLowerCase(Locale.ROOT);
    for (String kind : link.kinds()) {
      String unit = kind.matches("ucum[:.].+") ? UCUM.get(kind.substring(5)) : null;
      if (unit != null && quantity.matches("[a-z0-9_-]{1,32}")) {
        return Optional.of(new Measurand(quantity, unit, path, kind));
      }
    }
    return Optional.empty();
  }

  private static Optional<Measurand> word(Link link, String path) {
    for (String kind : link.kinds()) {
      for (String word : List.of(kind, kind.substring(kind.lastIndexOf('.') + 1))) {
        Known known = WORDS.get(word.toLowerCase(Locale.ROOT));
        if (known != null) {
          return Optional.of(new Measurand(known.quantity(), known.unit(), path, kind));
        }
      }
    }
    Known known = WORDS.get(last(path).toLowerCase(Locale.ROOT));
    return Optional.ofNullable(known)
        .map(k -> new Measurand(k.quantity(), k.unit(), path, "the path; the unit is a guess"));
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
