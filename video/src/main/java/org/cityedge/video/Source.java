package org.cityedge.video;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.cityedge.config.Secrets;
import org.cityedge.config.Section;

/**
 * Where a camera's pictures come from, and how it is spoken to.
 *
 * @param stream what is analysed: {@code rtsp://}, {@code rtsps://}, {@code http://} or {@code
 *     https://} (MJPEG, or one JPEG where {@code snapshot} is set), {@code v4l2:///dev/video0} or
 *     {@code file:///}; never with a password in it
 * @param main the same camera's stream for evidence, larger than {@code stream}; {@code rtsp} or
 *     {@code rtsps}. Without it, or where it cannot be told to show the same view, evidence is cut
 *     from {@code stream}
 * @param snapshot how often the one JPEG at {@code stream} is fetched, 1..60 s; absent for streams
 * @param ca the PEM file in the folder {@code certificates} that the camera's certificate must lead
 *     to; without it {@code rtsps} and {@code https} take any certificate, which the configuration
 *     has then said in words ({@code tls: insecure})
 * @param user for digest or basic authentication; its password is the secret {@code passwordRef}
 */
public record Source(
    URI stream,
    Optional<URI> main,
    Optional<Duration> snapshot,
    Optional<String> ca,
    Optional<String> user,
    Optional<String> passwordRef) {
  private static final Pattern DEVICE = Pattern.compile("/dev/[A-Za-z0-9/_.:-]{1,100}");
  private static final Set<String> SECURE = Set.of("rtsps", "https");
  private static final Set<String> LOCAL = Set.of("v4l2", "file");

  /** A stream without login, certificate or second stream. */
  public static Source of(URI stream) {
    return new Source(
        stream,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Played once, in real time. */
  public boolean isFile() {
    return stream.getScheme().equals("file");
  }

  /** A camera of this machine, such as one on USB. */
  public boolean isDevice() {
    return stream.getScheme().equals("v4l2");
  }

  /** The stream for evidence, spoken to in the same way; this one where there is no other. */
  public Source forEvidence() {
    return main.isEmpty()
        ? this
        : new Source(main.get(), Optional.empty(), Optional.empty(), ca, user, passwordRef);
  }

  /** Whether anybody on the way could pose as the camera although TLS is spoken. */
  public boolean takesAnyCertificate() {
    return usesTls(stream, main) && ca.isEmpty();
  }

  static Source read(Section section) {
    URI stream = section.uri("source", "rtsp", "rtsps", "http", "https", "v4l2", "file");
    Optional<URI> main =
        section.has("mainSource")
            ? Optional.of(section.uri("mainSource", "rtsp", "rtsps"))
            : Optional.empty();
    Optional<Duration> snapshot =
        section.optionalDuration("snapshot", Duration.ofSeconds(1), Duration.ofSeconds(60));
    Optional<String> user = section.optionalText("user");
    Optional<String> passwordRef =
        section.optionalText(
            "passwordRef", Secrets.REFERENCE, "the name of a file in the secrets folder");
    if (user.isPresent() != passwordRef.isPresent()) {
      section.problem("", "user and passwordRef come together or not at all");
    }
    String scheme = String.valueOf(stream.getScheme());
    if (snapshot.isPresent() && !scheme.startsWith("http")) {
      section.problem(
          "snapshot", "is for a source that is http:// or https://, was " + scheme + "://");
    }
    if (LOCAL.contains(scheme) && user.isPresent()) {
      section.problem("user", "is for a camera in the network, not for " + scheme + "://");
    }
    if (scheme.equals("v4l2") && !DEVICE.matcher(String.valueOf(stream.getPath())).matches()) {
      section.problem("source", "must be a device such as v4l2:///dev/video0, was " + stream);
    }
    return new Source(
        stream, main, snapshot, ca(section, usesTls(stream, main)), user, passwordRef);
  }

  private static boolean usesTls(URI stream, Optional<URI> main) {
    return SECURE.contains(String.valueOf(stream.getScheme()))
        || main.map(uri -> SECURE.contains(uri.getScheme())).orElse(false);
  }

  /** {@code tls: {ca: NAME}} or {@code tls: insecure}, exactly where TLS is spoken. */
  private static Optional<String> ca(Section section, boolean needed) {
    if (!section.has("tls")) {
      if (needed) {
        section.problem(
            "tls",
            "is missing; rtsps:// and https:// need tls: {ca: NAME}, a file in the certificates"
                + " folder, or tls: insecure, which takes any certificate");
      }
      return Optional.empty();
    }
    if (!needed) {
      section.problem("tls", "is for a source or mainSource that is rtsps:// or https://");
    }
    if (section.isMapping("tls")) {
      return section
          .section("tls")
          .map(
              tls ->
                  tls.text(
                      "ca", Secrets.REFERENCE, "the name of a file in the certificates folder"));
    }
    section.text("tls", Pattern.compile("insecure"), "{ca: NAME} or insecure");
    return Optional.empty();
  }
}
