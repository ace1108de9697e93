package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialChecksTest {
  @TempDir Path data;

  private List<Diagnosis> secrets() throws Exception {
    String text =
        """
        gateway: {district: "510108", id: gw-1}
        uplink: {brokers: ["mqtt://h"]}
        page: {listen: "127.0.0.1:8080", codeRef: page}
        """;
    GatewayConfig config = ConfigLoader.parse("test", text, root -> GatewayConfig.read(root, data));
    Patient patient =
        new Patient(
            data.resolve("gateway.yaml"),
            data,
            data,
            Optional.of(config),
            Optional.empty(),
            Optional.empty(),
            Patient.Machine.real());
    return CredentialChecks.secrets(patient).stream().map(Finding::diagnosis).toList();
  }

  @Test
  void thePagesAccessCodeMustBeThereAndOfAUsableLength() throws Exception {
    assertThat(secrets()).containsExactly(Diagnosis.SECRET_MISSING);
    Path file = Files.createDirectories(data.resolve("secrets")).resolve("page");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, "12345\n");
    assertThat(secrets()).containsExactly(Diagnosis.SECRET_UNUSABLE);
    Files.writeString(file, "123456\n");
    assertThat(secrets()).containsExactly(Diagnosis.SECRET_GOOD);
  }
}
