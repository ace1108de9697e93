package org.cityedge.agent.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Path MONITORING = Path.of("..", "docs", "monitoring");
  private static final Pattern NAME = Pattern.compile("\\b(cityedge|process)_[a-z_]+[a-z]\\b");
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) ");

  private static String text(String accept) {
    return new String(Metrics.of(Snapshots.full(), accept).body(), StandardCharsets.UTF_8);
  }

  private static Set<String> found(Pattern pattern, String in) {
    Matcher matcher = pattern.matcher(in);
    Set<String> out = new TreeSet<>();
    while (matcher.find()) {
      out.add(pattern == TYPE ? matcher.group(1) : matcher.group());
    }
    return out;
  }

  private static Set<String> exposed() {
    return found(TYPE, text(""));
  }

  private static String expressions(JsonNode board) {
    return board.findValuesAsText("expr").stream().collect(Collectors.joining("\n"));
  }

  @Test
  void speaksBothFormatsWithUnits() {
    assertThat(Metrics.of(Snapshots.full(), null).type()).startsWith("text/plain");
    assertThat(Metrics.of(Snapshots.full(), "application/openmetrics-text; version=1.0.0").type())
        .startsWith("application/openmetrics-text");
    assertThat(text(""))
        .contains("cityedge_light{level=\"green\"} 1.0")
        .contains("cityedge_light{level=\"red\"} 0.0")
        .contains("cityedge_queue_events{lane=\"alert\"} 2.0")
        .contains("cityedge_alerts_raised_total{kind=\"smoke\"} 2.0")
        .contains("cityedge_alerts_raised_total{kind=\"crowd\"} 0.0")
        .contains("cityedge_alerts_unaccepted{kind=\"smoke\"} 1.0")
        .contains("cityedge_sensor_value{quantity=\"pm2_5\",sensor=\"pm25-1\",unit=\"ug/m3\"} 37.5")
        .contains("cityedge_unclean_ends{cause=\"crash\"} 2.0")
        .contains("cityedge_unclean_ends{cause=\"power\"} 1.0")
        .contains("cityedge_camera_analysis_seconds{camera=\"cam-1\"} 0.02");
    assertThat(text("application/openmetrics-text; version=1.0.0"))
        .contains("# UNIT cityedge_queue_bytes bytes")
        .endsWith("# EOF\n");
  }

  @Test
  void tellsThatNothingOfTheCentreArrives() {
    Snapshot.Cloud deaf =
        new Snapshot.Cloud(
            true, "puback", false, "b:1883", 60, 0, 0, 1, 1, 0, null, false, "refused", "refused");
    assertThat(text("")).contains("cityedge_uplink_deaf 0.0");
    Snapshot snapshot = Snapshots.withCloud(Snapshots.well(), deaf);
    assertThat(new String(Metrics.of(snapshot, "").body(), StandardCharsets.UTF_8))
        .contains("cityedge_uplink_deaf 1.0");
  }

  @Test
  void whatIsNotKnownIsLeftOut() {
    String text = new String(Metrics.of(Snapshots.well(), "").body(), StandardCharsets.UTF_8);
    assertThat(text).doesNotContain("cityedge_certificate").doesNotContain("cityedge_camera");
  }

  @Test
  void aChannelThatIsWaitedForIsNotCalledUntrusted() {
    Snapshot.Channel waited =
        new Snapshot.Channel("rain-1", "rain-1", "rain_wrap", "", null, null, null, "none", null);
    Snapshot.Channel refused =
        new Snapshot.Channel(
            "rain-2", "rain-2", "rain", "mm", null, null, null, "none", "is taken by another");
    Snapshot snapshot = Snapshots.withSensors(Snapshots.well(), List.of(waited, refused));
    assertThat(new String(Metrics.of(snapshot, "").body(), StandardCharsets.UTF_8))
        .doesNotContain("sensor=\"rain-1\"")
        .contains("cityedge_sensor_trusted{quantity=\"rain\",sensor=\"rain-2\"} 0.0");
  }

  @Test
  void aChannelThatWarmsUpIsNotCalledUntrusted() {
    Snapshot.Channel warming =
        new Snapshot.Channel("no2-1", "no2-1", "no2", "ug/m3", 3.0, null, 1.0, "init", null);
    Snapshot.Channel gone =
        new Snapshot.Channel("no2-2", "no2-2", "no2", "ug/m3", 3.0, null, 900.0, "init", "silent");
    Snapshot snapshot = Snapshots.withSensors(Snapshots.well(), List.of(warming, gone));
    assertThat(new String(Metrics.of(snapshot, "").body(), StandardCharsets.UTF_8))
        .doesNotContain("cityedge_sensor_trusted{quantity=\"no2\",sensor=\"no2-1\"}")
        .contains("cityedge_sensor_value{quantity=\"no2\",sensor=\"no2-1\"")
        .contains("cityedge_sensor_trusted{quantity=\"no2\",sensor=\"no2-2\"} 0.0");
  }

  @Test
  void theTableNamesEveryMetricAndNoOther() throws Exception {
    // Short forms such as `cityedge_uplink_connected`, `_delivering` are written out first.
    String table =
        Files.readAllLines(MONITORING.resolve("README.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .map(MetricsTest::writtenOut)
            .collect(Collectors.joining("\n"));
    assertThat(found(NAME, table)).isEqualTo(exposed());
  }

  private static String writtenOut(String line) {
    String names = line.substring(2, line.indexOf('|', 2));
    Matcher first = Pattern.compile("`(cityedge_[a-z]+)_").matcher(names);
    return first.find() ? names.replace("`_", "`" + first.group(1) + "_") : names;
  }

  @Test
  void rulesAndDashboardAskForWhatThereIs() throws Exception {
    JsonNode board =
        JsonMapper.builder().build().readTree(MONITORING.resolve("grafana.json").toFile());
    assertThat(found(NAME, expressions(board))).isNotEmpty().isSubsetOf(exposed());
    assertThat(
            StreamSupport.stream(board.get("panels").spliterator(), false)
                .map(panel -> panel.get("id").asInt())
                .distinct())
        .hasSameSizeAs(board.get("panels"));
    String rules =
        Files.readAllLines(MONITORING.resolve("cityedge.rules.yml")).stream()
            .filter(line -> line.strip().startsWith("expr:"))
            .collect(Collectors.joining("\n"));
    assertThat(found(NAME, rules)).isNotEmpty().isSubsetOf(exposed());
  }
}
