package org.cityedge.drivers.coap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Authorities and what they issue, made by OpenSSL in one folder: {@code NAME.pem} and {@code
 * NAME.key}, in place of those of that name.
 */
final class Certificates {
  static final Path OPENSSL = Path.of("/usr/bin/openssl");

  private final Path folder;
  private String curve = "P-256";
  private String digest = "sha256";

  Certificates(Path folder) {
    this.folder = folder;
  }

  /** From now on. */
  void use(String curve, String digest) {
    this.curve = curve;
    this.digest = digest;
  }

  void authority(String name) throws IOException, InterruptedException {
    key(name, List.of("-x509", "-days", "2", "-out", name + ".pem"));
  }

  /** By the authority {@code ca}. */
  void issue(String name, String names) throws IOException, InterruptedException {
    issue("ca", name, names);
  }

  /**
   * @param names such as {@code DNS:localhost,IP:127.0.0.1}
   */
  void issue(String ca, String name, String names) throws IOException, InterruptedException {
    key(
        name,
        List.of(
            "-x509",
            "-days",
            "2",
            "-CA",
            ca + ".pem",
            "-CAkey",
            ca + ".key",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-addext",
            "subjectAltName=" + names,
            "-out",
            name + ".pem"));
  }

  /** By the authority {@code ca}, over since yesterday. */
  void issueExpired(String name, String names) throws IOException, InterruptedException {
    key(name, List.of("-out", name + ".csr"));
    Files.writeString(folder.resolve("names"), "subjectAltName=" + names);
    openssl(
        List.of(
            List.of("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
            List.of("-CAcreateserial", "-days", "-1", "-extfile", "names"),
            List.of("-out", name + ".pem")));
  }

  private void key(String name, List<String> rest) throws IOException, InterruptedException {
    openssl(
        List.of(
            List.of("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve),
            List.of("-" + digest, "-nodes", "-keyout", name + ".key", "-subj", "/CN=" + name),
            rest));
    Files.setPosixFilePermissions(
        folder.resolve(name + ".key"), PosixFilePermissions.fromString("rw-------"));
  }

  private void openssl(List<List<String>> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(OPENSSL.toString()));
    arguments.forEach(command::addAll);
    Process openssl =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("openssl.log").toFile())
            .start();
    assertThat(openssl.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(openssl.exitValue()).as(Files.readString(folder.resolve("openssl.log"))).isZero();
  }
}
