package org.cityedge.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A camera's self-signed certificate for 127.0.0.1, made by OpenSSL.
 *
 * @param file the certificate alone, in PEM
 * @param withKey the certificate and its key, in PEM
 */
record Certificate(Path file, Path withKey) {
  /** Skips the test where OpenSSL is not installed. */
  static Certificate create(Path folder, String name) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "no /usr/bin/openssl; skipped");
    Path key = folder.resolve(name + ".key");
    Path file = folder.resolve(name + ".pem");
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=camera"
            + " -addext subjectAltName=IP:127.0.0.1 -keyout "
            + key
            + " -out "
            + file);
    Path both = folder.resolve(name + ".both.pem");
    Files.writeString(both, Files.readString(file) + Files.readString(key));
    return new Certificate(file, both);
  }

  /** For a server that shows it. */
  SSLContext server() throws Exception {
    Path store = file.resolveSibling("server.p12");
    openssl("pkcs12 -export -passout pass:test -in " + withKey + " -out " + store);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "test".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "test".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static void openssl(String arguments) throws Exception {
    List<String> command = List.of(("/usr/bin/openssl " + arguments).split(" "));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
