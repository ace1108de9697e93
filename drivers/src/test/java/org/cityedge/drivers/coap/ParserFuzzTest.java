package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.CoapSecurity;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;

/**
 * Guided by coverage: what anybody may send to any of the readers. The first byte chooses the
 * reader. Every build replays the corpus below {@code src/test/resources}; the nightly one ({@code
 * -Pnightly}) searches for two minutes more.
 */
class ParserFuzzTest {
  private static final int[] CONTENT_FORMATS = {0, 50, 60, 110, 112, 11_542, 11_544, 11_543};
  private static final URI SERVER = URI.create("coap://192.0.2.7");
  private static final PayloadReader READER =
      new PayloadReader(
          PayloadReaderTest.config(
              Format.AUTO,
              new Field(new Channel("temperature", "Cel", -40, 85), "/temperature", "", false)));
  private static final PayloadReader DEEP =
      new PayloadReader(
          PayloadReaderTest.config(
              Format.AUTO,
              new Field(Channel.flag("open"), "/3303/0/~1a", "/3303/0/5700", false),
              new Field(new Channel("x", "J", -1e300, 1e300), "", "urn:x", true, true)));

  @FuzzTest(maxDuration = "2m")
  void saysMalformedOrReads(byte[] data) {
    if (data.length == 0) {
      return;
    }
    byte[] payload = Arrays.copyOfRange(data, 1, data.length);
    int choice = data[0] & 0x0F;
    try {
      if (choice < CONTENT_FORMATS.length) {
        isSound(READER.read(payload, CONTENT_FORMATS[choice]));
        isSound(DEEP.read(payload, CONTENT_FORMATS[choice]));
      } else {
        ProposedSensors.of(
            SERVER, new CoapSecurity.None(true), LinkFormat.parse(new String(payload, UTF_8)));
      }
    } catch (MalformedPayload e) {
      if (e.getMessage() == null || !e.getMessage().matches("[ -~]{1,400}")) {
        throw new AssertionError("not fit for a log: " + e.getMessage(), e);
      }
    }
  }

  private static void isSound(List<Finding> findings) {
    if (findings.isEmpty()) {
      throw new AssertionError("neither a finding nor a reason");
    }
  }
}
