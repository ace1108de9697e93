package org.cityedge.agent.cap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Instant;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.agent.alerts.Alert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Held against the XML Schema of the OASIS standard (src/test/resources/cap). */
class CapMessageTest {
  /** Its time, the first ten characters, is a year ahead: the clock was set back meanwhile. */
  private static final String ID = "01KZMEASVSK5V9Q2R7B4C6D8E1";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant NOW = Instant.parse("2025-06-01T00:35:00.5Z");
  private static final Alert.Where PLACE =
      new Alert.Where(
          30.66012,
          104.10155,
          "WGS84",
          5.0,
          "510108004002017",
          "建设路3号",
          "0122001",
          "configured",
          null,
          null);
  private static final Alert.Where NOWHERE =
      new Alert.Where(null, null, null, null, null, null, null, null, null, null);

  private GatewayConfig config;

  @BeforeEach
  void readTheConfiguration() throws Exception {
    config =
        GatewayConfig.load(Path.of("src/test/resources/cases/whole/gateway.yaml"), Path.of("data"));
  }

  @Test
  void tellsARaisedAlertInTheWordsOfTheStandard() throws Exception {
    Document cap = valid(alert(1, "raised", "smoke", "Actual", "建设路3号探头疑似烟雾", PLACE));
    assertThat(text(cap, "identifier")).isEqualTo(ID + "-1");
    assertThat(text(cap, "sender")).isEqualTo("urn:cityedge:510108:gw-0042");
    assertThat(text(cap, "sent")).isEqualTo("2025-06-01T08:30:04+08:00");
    assertThat(text(cap, "status")).isEqualTo("Actual");
    assertThat(text(cap, "msgType")).isEqualTo("Alert");
    assertThat(text(cap, "scope")).isEqualTo("Restricted");
    assertThat(text(cap, "restriction")).contains("城管");
    assertThat(cap.getElementsByTagNameNS("*", "references").getLength()).isZero();
    assertThat(text(cap, "language")).isEqualTo("zh-CN");
    assertThat(text(cap, "category")).isEqualTo("Fire");
    assertThat(text(cap, "event")).isEqualTo("疑似烟雾");
    assertThat(text(cap, "urgency")).isEqualTo("Immediate");
    assertThat(text(cap, "severity")).isEqualTo("Severe");
    assertThat(text(cap, "certainty")).isEqualTo("Likely");
    assertThat(text(cap, "eventCode")).containsSubsequence("local", "FIRE-SMOKE");
    assertThat(text(cap, "onset")).isEqualTo("2025-06-01T08:30:04+08:00");
    assertThat(text(cap, "senderName")).isEqualTo("建设路3号网关");
    assertThat(text(cap, "areaDesc")).isEqualTo("建设路3号");
    assertThat(text(cap, "circle")).isEqualTo("30.660120,104.101550 0.005");
    assertThat(text(cap, "geocode")).containsSubsequence("gridCode", "510108004002017");
    assertThat(text(cap, "resource")).containsSubsequence("image/jpeg", "48211");
  }

  @ParameterizedTest
  @CsvSource({
    "2, updated, Update, Immediate",
    "3, cleared, Update, Past",
    "3, expired, Update, Immediate",
    "4, cancelled, Cancel, Immediate"
  })
  void refersToTheFirstMessageFromEveryLaterOne(int rev, String state, String type, String urgency)
      throws Exception {
    Document cap = valid(alert(rev, state, "smoke", "Actual", "x", PLACE));
    assertThat(text(cap, "msgType")).isEqualTo(type);
    assertThat(text(cap, "urgency")).isEqualTo(urgency);
    assertThat(text(cap, "sent")).isEqualTo("2025-06-01T08:35:00+08:00");
    assertThat(text(cap, "references"))
        .isEqualTo("urn:cityedge:510108:gw-0042," + ID + "-1,2025-06-01T08:30:04+08:00");
    assertThat(text(cap, "incidents")).isEqualTo(ID);
  }

  @ParameterizedTest
  @CsvSource({"Actual", "Exercise", "Test"})
  void keepsTheStatus(String status) throws Exception {
    assertThat(text(valid(alert(1, "raised", "smoke", status, "x", PLACE)), "status"))
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"crowd, Safety", "sensor, Env", "camera, Infra", "device, Infra"})
  void hasACategoryForEachKind(String kind, String category) throws Exception {
    assertThat(text(valid(alert(1, "raised", kind, "Actual", "x", NOWHERE)), "category"))
        .isEqualTo(category);
  }

  @Test
  void standsAtTheGatewayWhereNobodyKnowsThePlace() throws Exception {
    Document cap = valid(alert(1, "raised", "crowd", "Actual", "x", NOWHERE));
    assertThat(text(cap, "areaDesc")).isEqualTo("建设路3号网关");
    assertThat(cap.getElementsByTagNameNS("*", "circle").getLength()).isZero();
  }

  @Test
  void keepsMarkupAndControlCharactersOfAHeadlineFromBreakingTheDocument() throws Exception {
    String headline = "a<b>&\"c\" ]]> \u0007\uD800 🔥";
    Document cap = valid(alert(1, "raised", "smoke", "Actual", headline, PLACE));
    assertThat(text(cap, "headline")).isEqualTo("a<b>&\"c\" ]]> \uFFFD\uFFFD 🔥");
  }

  /** Were the schema not read, everything above would pass as well. */
  @Test
  void isRefusedByTheSchemaWithAWordThatIsNoneOfCap() {
    assertThatThrownBy(() -> valid(alert(1, "raised", "smoke", "Real", "x", PLACE)))
        .isInstanceOf(SAXException.class)
        .hasMessageContaining("Real");
  }

  private Document valid(Alert alert) throws Exception {
    String xml = CapMessage.of(config.gateway(), alert, NOW);
    SchemaFactory schemas = SchemaFactory.newDefaultInstance();
    schemas.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
    schemas
        .newSchema(Path.of("src/test/resources/cap/CAP-v1.2.xsd").toFile())
        .newValidator()
        .validate(new StreamSource(new StringReader(xml)));
    DocumentBuilderFactory documents = DocumentBuilderFactory.newDefaultInstance();
    documents.setNamespaceAware(true);
    return documents.newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
  }

  private static String text(Document cap, String element) {
    return cap.getElementsByTagNameNS("urn:oasis:names:tc:emergency:cap:1.2", element)
        .item(0)
        .getTextContent();
  }

  private static Alert alert(
      int rev, String state, String kind, String status, String headline, Alert.Where where) {
    ObjectNode alert = JSON.createObjectNode();
    alert.put("alertId", ID).put("rev", rev).put("state", state).put("kind", kind);
    alert.put("status", status).put("severity", "Severe").put("urgency", "Immediate");
    alert.put("certainty", "Likely").put("confidence", 0.83).put("headline", headline);
    alert.put("onset", "2025-06-01T08:30:04.100+08:00").put("department", "城管");
    alert.put("domain", "env").putPOJO("where", where);
    alert.putArray("eventCode").addObject().put("scheme", "local").put("value", "FIRE-SMOKE");
    alert.putObject("popup").put("camera", "cam-1").put("gb28181", "51010800001320000001");
    alert.putObject("why").put("rule", "smoke-cam-1").put("camera", "cam-1").put("observations", 6);
    alert
        .putArray("evidence")
        .addObject()
        .put("id", "01jwn8z3w2")
        .put("type", "image/jpeg")
        .put("bytes", 48_211)
        .put("sha256", "3b1f")
        .put("takenAt", "2025-06-01T08:30:11.900+08:00")
        .put("masked", true);
    alert.putObject("clock").put("source", "ntp").put("errorMs", 12);
    return JSON.convertValue(alert, Alert.class);
  }
}
