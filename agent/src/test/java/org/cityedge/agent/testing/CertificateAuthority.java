package org.cityedge.agent.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A certificate authority by the program {@code openssl}, in a folder of its own: {@code ca.pem},
 * and for each name issued {@code NAME.pem} and {@code NAME.key} (PKCS #8).
 */
public final class CertificateAuthority {
  private static final Path PROGRAM = Path.of("/usr/bin/openssl");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path folder;

  private CertificateAuthority(Path folder) {
    this.folder = folder;
  }

  /** Makes one in the folder; skips the test where openssl is missing. */
  public static CertificateAuthority create(Path folder, String name) {
    Assumptions.assumeTrue(
        Files.isExecutable(PROGRAM), PROGRAM + " is missing; apt-get install openssl");
    CertificateAuthority authority = new CertificateAuthority(folder);
    try {
      Files.createDirectories(folder);
      Files.writeString(
          folder.resolve("ca.cnf"),
          """
          [ca]
          default_ca = d
          [d]
          database = index.txt
          serial = serial
          new_certs_dir = .
          default_md = sha256
          policy = p
          copy_extensions = copy
          unique_subject = no
          [p]
          commonName = supplied
          """);
      Files.writeString(folder.resolve("index.txt"), "");
      Files.writeString(folder.resolve("serial"), "1000");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    authority.request("ca", name, "-x509", "-days", "30");
    return authority;
  }

  public Path certificate() {
    return folder.resolve("ca.pem");
  }

  /** Valid from an hour ago for a month. */
  public Path issue(String name, String subjectAltName) {
    Instant now = Instant.now();
    return issue(
        name,
        subjectAltName,
        now.minus(Duration.ofHours(1)),
        now.plus(Duration.ofDays(30)).truncatedTo(ChronoUnit.SECONDS));
  }

  /**
   * @param subjectAltName such as {@code DNS:broker.example,IP:127.0.0.1}
   */
  public Path issue(String name, String subjectAltName, Instant from, Instant until) {
    request(name, name, "-addext", "subjectAltName=" + subjectAltName);
    return sign(name, from, until);
  }

  /**
   * As {@link #issue(String, String)}, for another kind of key than P-256.
   *
   * @param algorithm as openssl's {@code -newkey} takes it: {@code rsa:2048}, {@code ed25519}
   */
  public Path issue(String name, String subjectAltName, String algorithm) {
    requestFor(algorithm, List.of(), name, name, "-addext", "subjectAltName=" + subjectAltName);
    Instant now = Instant.now();
    return sign(name, now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(30)));
  }

  private Path sign(String name, Instant from, Instant until) {
    run(
        "ca",
        "-batch",
        "-notext",
        "-config",
        "ca.cnf",
        "-cert",
        "ca.pem",
        "-keyfile",
        "ca.key",
        "-startdate",
        TIME.format(from),
        "-enddate",
        TIME.format(until),
        "-in",
        name + ".csr",
        "-out",
        name + ".pem");
    return folder.resolve(name + ".pem");
  }

  public Path key(String name) {
    return folder.resolve(name + ".key");
  }

  /** Lines of mosquitto.conf for a listener with the certificate of that name. */
  public String[] listener(String name, String... more) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "cafile " + certificate(),
                "certfile " + folder.resolve(name + ".pem"),
                "keyfile " + key(name)));
    lines.addAll(List.of(more));
    return lines.toArray(String[]::new);
  }

  /** A key and a request for it, or with {@code -x509} a certificate by itself. */
  private void request(String file, String commonName, String... more) {
    List<String> curve = List.of("-pkeyopt", "ec_paramgen_curve:prime256v1");
    requestFor("ec", curve, file, commonName, more);
  }

  private void requestFor(
      String algorithm, List<String> options, String file, String commonName, String... more) {
    List<String> command = new ArrayList<>(List.of("req", "-newkey", algorithm, "-nodes"));
    command.addAll(options);
    command.addAll(List.of("-subj", "/CN=" + commonName, "-keyout", file + ".key", "-out"));
    command.add(file + (List.of(more).contains("-x509") ? ".pem" : ".csr"));
    command.addAll(List.of(more));
    run(command.toArray(String[]::new));
  }

  private void run(String... arguments) {
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("openssl.out").toFile())
              .start();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            command + " failed: " + Files.readString(folder.resolve("openssl.out")));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
