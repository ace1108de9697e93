package org.cityedge.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CheckVerbTest {
  private static final String HEAD =
      "gateway: {id: gw-1, district: \"510108\"}\nuplink: {brokers: [\"mqtt://h\"]}\n";

  @TempDir Path folder;

  private record Outcome(int exit, String out, String err) {}

  private Outcome check(String sensors) throws Exception {
    Path file = Files.writeString(folder.resolve("gateway.yaml"), HEAD + sensors);
    CheckVerb verb = new CheckVerb();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        verb.run(
            new CommandLine(verb.spec()).parseArgs("--config", file.toString()),
            new PrintWriter(out),
            new PrintWriter(err));
    return new Outcome(exit, out.toString(), err.toString());
  }

  @Test
  void warnsOfPlainCoapThatNobodyAskedFor() throws Exception {
    Outcome outcome =
        check("sensors: [{id: a, type: coap, uri: coap://h/x, channels: [{quantity: q}]}]");
    assertThat(outcome.exit()).isEqualTo(Verb.WARNING);
    assertThat(outcome.out())
        .contains("no problems")
        .contains("warning: sensor a speaks plain CoAP")
        .contains("or write security: none");
  }

  @Test
  void warnsOfACameraThatTakesAnyCertificate() throws Exception {
    String camera = "cameras: [{id: cam-1, name: c, source: \"rtsps://10.1.2.30/sub\", tls: %s}]";
    Outcome insecure = check(camera.formatted("insecure"));
    assertThat(insecure.exit()).isEqualTo(Verb.WARNING);
    assertThat(insecure.out()).contains("warning: camera cam-1 takes any certificate");
    assertThat(check(camera.formatted("{ca: cam-1.pem}")).exit()).isEqualTo(Verb.OK);
  }

  @Test
  void warnsOfASensorsRuleThatOpensNoCamerasWindow() throws Exception {
    String sensor =
        "sensors: [{id: door, type: contact, chip: sim, simFile: /tmp/d, quantity: open%s}]\n"
            + "rules: [{id: door-open, kind: contact, sensor: door, quantity: open}]\n";
    String cameras = "cameras: [{id: cam-1, source: \"rtsp://h/1\"}]\n";
    String away = sensor.formatted(", location: {lat: 30.66, lon: 104.1}");
    Outcome outcome = check(away + cameras);
    assertThat(outcome.exit()).isEqualTo(Verb.WARNING);
    assertThat(outcome.out())
        .contains("warning: rule door-open opens no camera's window")
        .contains("camera: ID");
    assertThat(check(sensor.formatted("") + cameras).exit()).isEqualTo(Verb.OK);
    assertThat(check(away).exit()).as("a gateway without cameras").isEqualTo(Verb.OK);
  }

  @Test
  void isQuietAboutPlainCoapThatTheConfigurationAsksFor() throws Exception {
    Outcome outcome =
        check(
            "sensors: [{id: a, type: coap, uri: coap://h/x, security: none, channels: [{quantity: q}]}]");
    assertThat(outcome.exit()).isEqualTo(Verb.OK);
    assertThat(outcome.out()).doesNotContain("warning");
  }

  @Test
  void isQuietAboutSensorsThatHaveAKey() throws Exception {
    Outcome outcome =
        check(
            """
            inbox: {listen: "coaps://0.0.0.0:5684"}
            sensors:
              - {id: a, type: coap, uri: "coaps://h/x", security: {psk: {keyRef: a}}, channels: [{quantity: q}]}
              - {id: b, type: coap, mode: inbox, security: {psk: {keyRef: b}}, channels: [{quantity: q}]}
            """);
    assertThat(outcome).isEqualTo(new Outcome(Verb.OK, outcome.out(), ""));
    assertThat(outcome.out()).doesNotContain("warning");
  }

  @Test
  void namesASensorThatHasNoInbox() throws Exception {
    Outcome outcome =
        check(
            "sensors: [{id: b, type: coap, mode: inbox, security: none, channels: [{quantity: q}]}]");
    assertThat(outcome.exit()).isEqualTo(Verb.FAILURE);
    assertThat(outcome.err()).contains("inbox").contains("sensor b posts to it");
  }

  private static final String MODELS =
      "cameras: [{id: cam-1, name: c, source: \"rtsp://h\", detect: [%s], models: {%s}}]";

  @Test
  void namesWhatIsWrongWithAModelsEntry() throws Exception {
    String sha256 = "a".repeat(64);
    Outcome outcome =
        check(
            MODELS.formatted(
                "crowd",
                "crowd: {file: ../people.json, sha256: abc, mode: both}, smoke: {file: s.json,"
                    + " sha256: "
                    + sha256
                    + "}, faces: {file: f.json}"));

    assertThat(outcome.exit()).isEqualTo(Verb.FAILURE);
    assertThat(outcome.err())
        .contains("cameras[0].models.crowd.file", "must be the name of a sidecar, NAME.json")
        .contains("cameras[0].models.crowd.sha256", "must be 64 of 0-9 and a-f")
        .contains("cameras[0].models.crowd.mode", "one of classical, onnx, and, or")
        .contains("cameras[0].models.smoke", "is not looked for by this camera")
        .contains("cameras[0].models.faces", "the key is unknown here; known: smoke, crowd");
  }

  @Test
  void warnsOfAModelThatIsNotThereWhereTheDataFolderIs() throws Exception {
    String models =
        MODELS.formatted("crowd", "crowd: {file: people.json, sha256: " + "a".repeat(64) + "}");
    assertThat(check(models).exit()).as("on a desk").isEqualTo(Verb.OK);

    Files.createDirectories(folder.resolve("data/models"));
    Outcome outcome = check(models);
    assertThat(outcome.exit()).isEqualTo(Verb.WARNING);
    assertThat(outcome.out())
        .contains("warning: camera cam-1 goes on without its model for crowd")
        .contains("people.json: there is no such file");

    Files.writeString(folder.resolve("data/models/people.json"), "{}");
    assertThat(check(models).out()).contains("people.json: is damaged or another one");
    assertThat(check(models.replace("}}}]", ", mode: classical}}}]")).exit()).isEqualTo(Verb.OK);
  }

  @Test
  void refusesMoreNetworksThanFitAndOneUnderTwoHashes() throws Exception {
    StringBuilder cameras = new StringBuilder("cameras:\n");
    for (int i = 0; i < 6; i++) {
      cameras.append(
          "- {id: cam-%d, source: \"rtsp://h\", detect: [crowd], models: {crowd: {file: %s.json, sha256: %s}}}\n"
              .formatted(i, i == 5 ? 0 : i, ("" + i).repeat(64)));
    }
    Outcome outcome = check(cameras.toString());

    assertThat(outcome.exit()).isEqualTo(Verb.FAILURE);
    assertThat(outcome.err())
        .contains("cameras[4].models", "at most 4 different files")
        .contains("cameras[5].models", "0.json has another sha256 in an earlier entry");
  }
}
