package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.cityedge.drivers.Channel;
import org.cityedge.drivers.CoapSensorConfig.Field;
import org.cityedge.drivers.CoapSensorConfig.Format;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Lwm2mJsonTest {
  private static final Channel TEMPERATURE = new Channel("temperature", "Cel", -40, 85);

  private static List<SenMl.Resolved> parse(String json) throws MalformedPayload {
    return Lwm2mJson.parse(json.getBytes(UTF_8));
  }

  private static SenMl.Resolved resolved(String name, SenMl.Value value, double time) {
    return new SenMl.Resolved(name, "", Optional.of(value), OptionalDouble.empty(), time);
  }

  private static List<Finding> read(String json, Field... fields) throws MalformedPayload {
    return new PayloadReader(PayloadReaderTest.config(Format.AUTO, fields))
        .read(json.getBytes(UTF_8), ContentFormats.APPLICATION_VND_OMA_LWM2M_JSON);
  }

  private static Field at(String path) {
    return new Field(TEMPERATURE, "/temperature", path, false);
  }

  private static Finding found(double value, double time) {
    return new Finding.Found("temperature", "Cel", new Reading.Quantity(value), time);
  }

  @Test
  void addsBaseNameAndBaseTime() throws MalformedPayload {
    assertThat(
            parse(
                "{\"bn\":\"/3/0/\",\"bt\":1748737800,\"e\":[{\"n\":\"9\",\"v\":95},"
                    + "{\"n\":\"0\",\"sv\":\"Open Mobile Alliance\",\"t\":-5},"
                    + "{\"n\":\"6/0\",\"bv\":true},{\"n\":\"22\",\"ov\":\"3:0\"}]}"))
        .containsExactly(
            resolved("/3/0/9", new SenMl.Quantity(95), 1_748_737_800),
            resolved("/3/0/0", new SenMl.Text("Open Mobile Alliance"), 1_748_737_795),
            resolved("/3/0/6/0", new SenMl.Flag(true), 1_748_737_800),
            resolved("/3/0/22", new SenMl.Text("3:0"), 1_748_737_800));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | object with a list e",
        "{} | object with a list e",
        "{\"e\":[]} | object with a list e",
        "{\"e\":[7]} | must have one of [v, bv, sv, ov]",
        "{\"e\":[{\"n\":\"1\"}]} | must have one of [v, bv, sv, ov]",
        "{\"e\":[{\"v\":1,\"bv\":true}]} | must have one of [v, bv, sv, ov]",
        "{\"e\":[{\"v\":\"1\"}]} | v: must be a finite number",
        "{\"e\":[{\"v\":1e999}]} | v: must be a finite number",
        "{\"e\":[{\"bv\":1}]} | bv: must be true or false",
        "{\"e\":[{\"sv\":1}]} | sv: must be a text",
        "{\"e\":[{\"n\":\"x\",\"v\":1}]} | must make a path",
        "{\"bn\":\"/1/2/3/4/\",\"e\":[{\"n\":\"5\",\"v\":1}]} | must make a path",
        "{\"bn\":7,\"e\":[{\"v\":1}]} | bn: must be a text",
        "{\"bt\":1e12,\"e\":[{\"v\":1}]} | must be -2^28 s .. year 9999",
        "{\"e\":[{\"v\":1,\"t\":-1e9}]} | must be -2^28 s .. year 9999",
      })
  void namesWhatIsWrong(String json, String message) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(MalformedPayload.class)
        .hasMessageContaining(message);
  }

  @Test
  void readsBackWhatIsWritten() throws MalformedPayload {
    long seed = Long.getLong("cityedge.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 2_000; round++) {
      String base = "/" + random.nextInt(65_536) + "/" + random.nextInt(65_536) + "/";
      List<String> entries = new ArrayList<>();
      List<SenMl.Resolved> wanted = new ArrayList<>();
      for (int n = 1 + random.nextInt(5); n > 0; n--) {
        String name = Integer.toString(random.nextInt(65_536));
        int time = random.nextInt(-1000, 1000);
        double value = random.nextDouble(-1e6, 1e6);
        boolean flag = random.nextBoolean();
        entries.add(
            String.format(
                Locale.ROOT,
                "{\"n\":\"%s\",\"t\":%d,%s}",
                name,
                time,
                flag ? "\"bv\":" + (value > 0) : "\"v\":" + value));
        wanted.add(
            resolved(
                base + name, flag ? new SenMl.Flag(value > 0) : new SenMl.Quantity(value), time));
      }
      String json = "{\"bn\":\"" + base + "\",\"e\":[" + String.join(",", entries) + "]}";
      assertThat(parse(json)).as("seed %d: %s", seed, json).isEqualTo(wanted);
    }
  }

  @Test
  void findsAChannelByItsPathOrItsEndOrAsTheOnlyOne() throws MalformedPayload {
    String two =
        "{\"bn\":\"/3303/0/\",\"e\":[{\"n\":\"5700\",\"v\":21.5},{\"n\":\"5601\",\"v\":3}]}";
    assertThat(read(two, at("/3303/0/5700"))).containsExactly(found(21.5, 0));
    assertThat(read(two.replace("/3303/0/", ""), at("/3303/0/5700")))
        .containsExactly(found(21.5, 0));
    assertThat(read("{\"e\":[{\"v\":21.5}]}", at("/3303/0/5700"))).containsExactly(found(21.5, 0));
    assertThat(read("{\"bn\":\"/3303/0/5700\",\"e\":[{\"v\":1,\"t\":-9},{\"v\":2}]}", at("")))
        .containsExactly(found(1, -9), found(2, 0));
    assertThat(read(two, at("")))
        .containsExactly(
            new Finding.Wrong(
                new Fault(
                    Fault.Kind.MALFORMED,
                    "temperature, LwM2M JSON: must be of one path; state its name, was none of 2",
                    Optional.of("temperature"))));
  }

  @Test
  void saysThatAFlagIsNoNumber() throws MalformedPayload {
    assertThat(read("{\"e\":[{\"bv\":true}]}", at("")))
        .containsExactly(
            new Finding.Wrong(
                new Fault(
                    Fault.Kind.MALFORMED,
                    "temperature, LwM2M JSON: must be a number v, was something else",
                    Optional.of("temperature"))));
  }

  @Test
  void saysWhatToDoAboutBareBytes() {
    PayloadReader reader = new PayloadReader(PayloadReaderTest.config(Format.AUTO, at("")));
    assertThatThrownBy(() -> reader.read(new byte[] {0, 21}, 42))
        .hasMessageContaining("bytes that do not say what they mean; have the sensor answer text");
  }
}
