package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CatalogVerbTest {
  private static final String CONFIG = "src/test/resources/cases/whole/gateway.yaml";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  @Test
  void printsTheCatalogue() throws Exception {
    assertThat(run("--config", CONFIG)).isEqualTo(Verb.OK);
    JsonNode catalogue = new JsonMapper().readTree(out.toString());
    assertThat(catalogue.get("hash").textValue()).hasSize(64);
    assertThat(catalogue.findValuesAsText("id")).contains("pm25-1/pm2_5", "cam-1", "siren-1");
  }

  @Test
  void printsTheThingDescription() throws Exception {
    assertThat(run("--config", CONFIG, "--td")).isEqualTo(Verb.OK);
    assertThat(new JsonMapper().readTree(out.toString()).at("/@context/0").textValue())
        .isEqualTo("https://www.w3.org/2022/wot/td/v1.1");
  }

  @Test
  void writesTheThingDescriptionIntoAFile() throws Exception {
    Path file = folder.resolve("gw.td.jsonld");
    assertThat(run("--td", file.toString(), "--config", CONFIG)).isEqualTo(Verb.OK);
    assertThat(out.toString()).isEmpty();
    assertThat(new JsonMapper().readTree(Files.readString(file)).has("properties")).isTrue();
  }

  @Test
  void namesTheFileThatItCannotWrite() {
    String file = folder.resolve("missing/gw.td.jsonld").toString();
    assertThat(run("--td", file, "--config", CONFIG)).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains(file + " cannot be written");
  }

  @Test
  void describesNoTopicsThatNothingIsSentTo() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("gateway.yaml"),
            """
            gateway: {id: gw-1, district: "510108"}
            uplink: {brokers: ["mqtt://h"], format: kura, account: city}
            """);
    assertThat(run("--td", "--config", file.toString())).isEqualTo(Verb.FAILURE);
    assertThat(err.toString()).contains("uplink.format is kura");
    assertThat(run("--config", file.toString())).isEqualTo(Verb.OK);
  }

  private int run(String... arguments) {
    CatalogVerb verb = new CatalogVerb();
    return verb.run(
        new CommandLine(verb.spec()).parseArgs(arguments),
        new PrintWriter(out, true),
        new PrintWriter(err, true));
  }
}
