package org.cityedge.video;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.cityedge.config.Section;
import org.cityedge.video.Observation.Kind;

/**
 * Which pictures of a stream are analysed. Live streams and files are sampled by the same rule, so
 * that a recorded clip is judged as the camera would have been.
 *
 * @param keyframes only pictures that stand for themselves (H.264 and H.265: IDR and I), which
 *     costs a small part of decoding all; at most {@code framesPerSecond} of them
 * @param framesPerSecond at most so many, 0.1..60
 */
public record Sampling(boolean keyframes, double framesPerSecond) {
  /** Unless configured otherwise. */
  public static final double DEFAULT_RATE = 2;

  private static final Pattern ALLOWED = Pattern.compile("keyframes|[1-5]|[1-4]\\.[0-9]{1,3}");

  public Sampling {
    if (!(framesPerSecond >= 0.1 && framesPerSecond <= 60)) {
      throw new IllegalArgumentException("framesPerSecond must be 0.1..60, was " + framesPerSecond);
    }
  }

  /** Every picture is decoded, and so many a second are analysed. */
  public static Sampling rate(double framesPerSecond) {
    return new Sampling(false, framesPerSecond);
  }

  /** Keyframes only, at most so many a second. */
  public static Sampling keyframes(double framesPerSecond) {
    return new Sampling(true, framesPerSecond);
  }

  static Sampling read(Section section, Set<Kind> detect) {
    Optional<String> sampling =
        section.optionalText("sampling", ALLOWED, "keyframes or a number 1..5");
    boolean keyframes = sampling.map("keyframes"::equals).orElse(false);
    double rate = section.number("framesPerSecond", 0.2, 5, DEFAULT_RATE);
    if (sampling.isPresent() && !keyframes) {
      if (section.has("framesPerSecond")) {
        section.problem("sampling", "says what framesPerSecond says; write one of them");
      }
      rate = Double.parseDouble(sampling.get());
    }
    if (detect.contains(Kind.SMOKE) && rate < 1) {
      section.problem(
          "framesPerSecond", "must be at least 1 where smoke is looked for, was " + rate);
    }
    return new Sampling(keyframes, rate);
  }
}
