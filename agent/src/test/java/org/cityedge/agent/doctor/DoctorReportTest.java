package org.cityedge.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorReportTest {
  private final Report report =
      new Report(
          "gw-1",
          Instant.parse("2026-06-01T00:00:00Z"),
          2.34,
          List.of(
              Finding.of("memory", Diagnosis.MEMORY_GOOD, 900, 1024),
              Finding.of("cameras", "cam-<1>", Diagnosis.CAMERA_LOGIN).quoting("401 & <b>more</b>"),
              Finding.of("load", Diagnosis.LOAD_HIGH, "9.0", 4)));

  @Test
  void tellsCauseAndCureOfWhatIsWrong() {
    assertThat(report.text("zh"))
        .contains("✗ 摄像头 [cam-<1>]  摄像头拒绝了用户名或密码。", "    → 核对 user", "故障 1, 提醒 1, 正常 1");
    assertThat(report.text("en"))
        .contains("✓ Memory  900 MiB of 1024 MiB are available.", "fail 1, warning 1, pass 1");
  }

  @Test
  void tellsProgramsBothLanguagesAndACode() throws Exception {
    JsonNode json = new ObjectMapper().readTree(report.json());
    assertThat(json.get("result").asText()).isEqualTo("fail");
    JsonNode camera = json.get("findings").get(1);
    assertThat(camera.get("code").asText()).isEqualTo("CAMERA_LOGIN");
    assertThat(camera.at("/zh/cure").asText()).startsWith("核对 user");
    assertThat(camera.at("/en/cure").asText()).startsWith("Check user");
  }

  @Test
  void isAPageOfItsOwnWithTheWorstFirst() {
    String page = report.html("zh");
    assertThat(page).contains("<html lang=\"zh-CN\">", "width=device-width", "default-src 'none'");
    assertThat(page).doesNotContain("http://", "https://", "src=", "<script", "cam-<1>", "<b>more");
    assertThat(page).contains("cam-&lt;1&gt;", "401 &amp; &lt;b&gt;more");
    assertThat(page.indexOf("摄像头拒绝")).isLessThan(page.indexOf("平均负载"));
    assertThat(page.indexOf("摄像头拒绝")).isLessThan(page.indexOf("The camera refuses"));
    String english = report.html("en");
    assertThat(english.indexOf("The camera refuses")).isLessThan(english.indexOf("摄像头拒绝"));
  }
}
