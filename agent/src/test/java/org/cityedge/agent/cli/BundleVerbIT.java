package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.cityedge.agent.testing.CertificateAuthority;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(120)
class BundleVerbIT {
  private static final String PASSWORD = "s3cret wörd/+1";
  private static final String PSK = "00112233445566778899aabbccddeeff";
  private static final String WORD = "quite-a-long-word";

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void holdsWhatAMaintainerNeedsAndNoSecretInAnyForm() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    Path secrets = Files.createDirectories(data.resolve("secrets"));
    CertificateAuthority ca = CertificateAuthority.create(folder.resolve("ca"), "city");
    ca.issue("gateway", "DNS:gw-1", "rsa:2048");
    String key = Files.readString(ca.key("gateway"));
    secret(secrets, "broker", PASSWORD);
    secret(secrets, "pm25-1", PSK);
    secret(secrets, "door-1", "text:" + WORD);
    secret(secrets, "gateway.key", key);
    // Somebody wrote what should be a reference into the document itself, and a log quotes all.
    Path config = folder.resolve("gateway.yaml");
    Files.writeString(
        config,
        """
        gateway: {id: gw-1, district: "510108"}
        uplink: {brokers: ["mqtt://127.0.0.1:1"], password: in-the-open}
        cameras: [{id: cam-1, source: "rtsp://view:by-hand@10.1.2.30/x"}]
        """);
    Path log = folder.resolve("agent.log");
    Files.writeString(
        log,
        "start\nlogin with %s\nbasic %s\npsk=%s word=%s\n%s\nrtsp://u:%s@10.1.2.3/ the end\n"
            .formatted(
                PASSWORD,
                Base64.getEncoder().encodeToString(PASSWORD.getBytes(StandardCharsets.UTF_8)),
                PSK,
                WORD,
                key,
                "s3cret+w%C3%B6rd%2F%2B1"));
    Files.write(
        data.resolve("evidence.key"), "BINARY-EVIDENCE-KEY".getBytes(StandardCharsets.UTF_8));
    Path zip = folder.resolve("bundle.zip");

    int exit = run(zip.toString(), "--config", config.toString(), "--log", log.toString());

    assertThat(exit).as("%s", err).isEqualTo(Verb.OK);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(zip)))
        .isEqualTo("rw-------");
    Map<String, String> entries = entries(zip);
    assertThat(entries)
        .containsKeys(
            "doctor.html",
            "doctor.txt",
            "doctor.json",
            "config/gateway.yaml",
            "config/standing.txt",
            "versions.txt",
            "files.txt",
            "log.txt",
            "queue.json",
            "system/meminfo.txt");
    assertThat(entries.get("doctor.json")).contains("\"CONFIG_INVALID\"");
    assertThat(entries.get("log.txt")).contains("start", "the end");
    assertThat(entries.get("files.txt")).contains("secrets/pm25-1");
    assertThat(entries.get("config/gateway.yaml")).contains("cam-1", "password: ***");
    String pieceOfKey = key.lines().skip(3).findFirst().orElseThrow();
    List<String> forbidden =
        List.of(
            PASSWORD,
            "s3cret",
            Base64.getEncoder()
                .withoutPadding()
                .encodeToString(PASSWORD.getBytes(StandardCharsets.UTF_8)),
            PSK,
            WORD,
            pieceOfKey,
            "in-the-open",
            "by-hand",
            "BINARY-EVIDENCE-KEY");
    entries.forEach(
        (name, text) -> assertThat(text).as(name).doesNotContain(forbidden.toArray(String[]::new)));
  }

  @Test
  void replacesNoFile() throws Exception {
    Path taken = Files.writeString(folder.resolve("taken.zip"), "mine");
    assertThat(run(taken.toString())).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("exists already");
    assertThat(taken).hasContent("mine");
  }

  private static void secret(Path folder, String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static Map<String, String> entries(Path file) throws IOException {
    Map<String, String> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return entries;
  }

  private int run(String... arguments) {
    BundleVerb verb = new BundleVerb();
    return verb.run(
        new CommandLine(verb.spec()).parseArgs(arguments),
        new PrintWriter(out, true),
        new PrintWriter(err, true));
  }
}
