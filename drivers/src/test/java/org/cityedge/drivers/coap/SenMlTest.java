package org.cityedge.drivers.coap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.cityedge.drivers.coap.SenMl.Resolved;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 8428: the examples of §5.1 and each rule of §4. */
class SenMlTest {
  private static List<Resolved> parse(String pack) throws MalformedPayload {
    return SenMl.parseJson(pack.getBytes(UTF_8));
  }

  private static Resolved quantity(String name, String unit, double value, double time) {
    return new Resolved(
        name, unit, Optional.of(new SenMl.Quantity(value)), OptionalDouble.empty(), time);
  }

  @Test
  void readsSingleDatapoint() throws MalformedPayload {
    assertThat(parse("[{\"n\":\"urn:dev:ow:10e2073a01080063\",\"u\":\"Cel\",\"v\":23.1}]"))
        .containsExactly(quantity("urn:dev:ow:10e2073a01080063", "Cel", 23.1, 0));
  }

  @Test
  void readsMultipleDatapointsWithBaseTimeAndUnit() throws MalformedPayload {
    List<Resolved> records =
        parse(
            """
            [{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,
              "bu":"A","bver":5,
              "n":"voltage","u":"V","v":120.1},
             {"n":"current","t":-5,"v":1.2},
             {"n":"current","t":-4,"v":1.3},
             {"n":"current","t":-3,"v":1.4},
             {"n":"current","t":-2,"v":1.5},
             {"n":"current","t":-1,"v":1.6},
             {"n":"current","v":1.7}]
            """);
    assertThat(records).hasSize(7);
    assertThat(records.getFirst())
        .isEqualTo(quantity("urn:dev:ow:10e2073a0108006:voltage", "V", 120.1, 1276020076.001));
    assertThat(records.get(1).unit()).isEqualTo("A");
    assertThat(records.get(1).time()).isCloseTo(1276020071.001, within(1e-6));
    assertThat(records.getLast())
        .isEqualTo(quantity("urn:dev:ow:10e2073a0108006:current", "A", 1.7, 1276020076.001));
  }

  @Test
  void resolvesMultipleMeasurementsAsTheRfcDoes() throws MalformedPayload {
    List<Resolved> records =
        parse(
            """
            [{"bn":"urn:dev:ow:10e2073a01080063","bt":1.320067464e+09,
              "bu":"%RH","v":20},
             {"u":"lon","v":24.30621},
             {"u":"lat","v":60.07965},
             {"t":60,"v":20.3},
             {"u":"lon","t":60,"v":24.30622},
             {"u":"lat","t":60,"v":60.07965},
             {"t":120,"v":20.7},
             {"u":"lon","t":120,"v":24.30623},
             {"u":"lat","t":120,"v":60.07966},
             {"u":"%EL","t":150,"v":98},
             {"t":180,"v":21.2},
             {"u":"lon","t":180,"v":24.30628},
             {"u":"lat","t":180,"v":60.07967}]
            """);
    List<Resolved> resolved =
        parse(
            """
            [{"n":"urn:dev:ow:10e2073a01080063","u":"%RH","t":1.320067464e+09,"v":20},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lon","t":1.320067464e+09,"v":24.30621},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lat","t":1.320067464e+09,"v":60.07965},
             {"n":"urn:dev:ow:10e2073a01080063","u":"%RH","t":1.320067524e+09,"v":20.3},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lon","t":1.320067524e+09,"v":24.30622},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lat","t":1.320067524e+09,"v":60.07965},
             {"n":"urn:dev:ow:10e2073a01080063","u":"%RH","t":1.320067584e+09,"v":20.7},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lon","t":1.320067584e+09,"v":24.30623},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lat","t":1.320067584e+09,"v":60.07966},
             {"n":"urn:dev:ow:10e2073a01080063","u":"%EL","t":1.320067614e+09,"v":98},
             {"n":"urn:dev:ow:10e2073a01080063","u":"%RH","t":1.320067644e+09,"v":21.2},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lon","t":1.320067644e+09,"v":24.30628},
             {"n":"urn:dev:ow:10e2073a01080063","u":"lat","t":1.320067644e+09,"v":60.07967}]
            """);
    assertThat(records).hasSize(13).isEqualTo(resolved);
  }

  @Test
  void readsEveryDataType() throws MalformedPayload {
    List<Resolved> records =
        parse(
            """
            [{"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},
             {"n":"label","vs":"Machine Room"},
             {"n":"open","vb":false},
             {"n":"nfc-reader","vd":"aGkgCg"}]
            """);
    assertThat(records.get(1).value()).contains(new SenMl.Text("Machine Room"));
    assertThat(records.get(2).value()).contains(new SenMl.Flag(false));
    assertThat(records.get(3).value().orElseThrow())
        .isInstanceOfSatisfying(
            SenMl.Data.class, data -> assertThat(data.value()).isEqualTo("hi \n".getBytes(UTF_8)));
  }

  @Test
  void takesBaseNameFromTheThirdRecordAndBaseTimeFromTheFirst() throws MalformedPayload {
    assertThat(
            parse(
                """
                [{"bn":"2001:db8::2/","bt":1.320078429e+09,
                  "n":"temperature","u":"Cel","v":25.2},
                 {"n":"humidity","u":"%RH","v":30},
                 {"bn":"2001:db8::1/","n":"temperature","u":"Cel","v":12.3},
                 {"n":"humidity","u":"%RH","v":67}]
                """))
        .last()
        .isEqualTo(quantity("2001:db8::1/humidity", "%RH", 67, 1320078429));
  }

  @Test
  void takesRecordOfBaseFieldsAloneAsNoMeasurement() throws MalformedPayload {
    assertThat(
            parse(
                """
                [{"bn":"urn:dev:ow:10e2073a01080063:"},
                 {"n":"temp","u":"Cel","v":23.1},
                 {"n":"heat","u":"/","v":1},
                 {"n":"fan","u":"/","v":0}]
                """))
        .hasSize(3)
        .first()
        .isEqualTo(quantity("urn:dev:ow:10e2073a01080063:temp", "Cel", 23.1, 0));
  }

  @Test
  void addsBaseValueToValue() throws MalformedPayload {
    assertThat(parse("[{\"bv\":20,\"n\":\"a\",\"v\":1.5},{\"n\":\"b\"},{\"n\":\"c\",\"vb\":true}]"))
        .containsExactly(
            quantity("a", "", 21.5, 0),
            quantity("b", "", 20, 0),
            new Resolved("c", "", Optional.of(new SenMl.Flag(true)), OptionalDouble.empty(), 0));
  }

  @Test
  void addsBaseSumToSum() throws MalformedPayload {
    List<Resolved> records =
        parse("[{\"bs\":100,\"n\":\"a\",\"u\":\"W\",\"v\":5,\"s\":7},{\"n\":\"a\",\"s\":9}]");
    assertThat(records.get(0).sum()).hasValue(107);
    assertThat(records.get(1))
        .isEqualTo(new Resolved("a", "", Optional.empty(), OptionalDouble.of(109), 0));
  }

  @Test
  void addsBaseTimeToTime() throws MalformedPayload {
    assertThat(parse("[{\"bt\":-10,\"n\":\"a\",\"v\":1,\"t\":-2},{\"bt\":-1,\"n\":\"a\",\"v\":1}]"))
        .extracting(Resolved::time)
        .containsExactly(-12.0, -1.0);
  }

  @Test
  void ignoresUnknownFieldThatNeedNotBeUnderstood() throws MalformedPayload {
    assertThat(parse("[{\"n\":\"a\",\"v\":1,\"colour\":{\"deep\":[1]}}]")).hasSize(1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      value = {
        "[{\"n\":\"a\",\"v\":1,\"must_\":1}] | record 0, \"must_\": is unknown here",
        "[] | must be an array of at least one record",
        "{\"n\":\"a\",\"v\":1} | must be an array",
        "[1] | record 0 must be an object",
        "[{\"n\":\"a\",\"v\":1},{\"n\":\"b\"}] | record 1, \"v\": must have one of v, vs, vb, vd",
        "[{\"n\":\"a\",\"v\":1,\"vb\":true}] | must be the only one of",
        "[{\"v\":1}] | record 0, \"n\": must start with a letter or digit",
        "[{\"n\":\"-a\",\"v\":1}] | must start with a letter or digit",
        "[{\"n\":\"a b\",\"v\":1}] | was \"a b\"",
        "[{\"n\":7,\"v\":1}] | record 0, \"n\": must be a text, was \"7\"",
        "[{\"n\":\"a\",\"v\":\"1\"}] | record 0, \"v\": must be a finite number, was \"'1'\"",
        "[{\"n\":\"a\",\"v\":1e999}] | must be a finite number",
        "[{\"n\":\"a\",\"v\":null}] | must be a finite number, was \"null\"",
        "[{\"n\":\"a\",\"vb\":1}] | must be true or false",
        "[{\"n\":\"a\",\"vd\":\"=?\"}] | must be base64url",
        "[{\"n\":\"a\",\"v\":1,\"t\":1e12}] | must be -2^28 s .. year 9999",
        "[{\"n\":\"a\",\"v\":1,\"t\":-268435456}] | must be -2^28 s .. year 9999",
        "[{\"bver\":11,\"n\":\"a\",\"v\":1}] | \"bver\": must be a whole number 1..10, was \"11\"",
        "[{\"bver\":0,\"n\":\"a\",\"v\":1}] | must be a whole number 1..10",
        "[{\"bver\":9.5,\"n\":\"a\",\"v\":1}] | must be a whole number 1..10",
        "[{\"bver\":9,\"n\":\"a\",\"v\":1},{\"bver\":10,\"n\":\"a\",\"v\":1}] | the same in the whole pack",
        "[{\"n\":\"a\",\"v\":1},{\"bver\":9,\"n\":\"a\",\"v\":1}] | the same in the whole pack",
        "[{\"n\":\"a\",\"n\":\"b\",\"v\":1}] | without duplicate keys",
        "[{\"n\":\"a\",\"v\":1}] [] | is not one JSON document",
        "[{\"n\":\"a\",\"v\":NaN}] | is not one JSON document",
        "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]] | at most 16 levels",
      })
  void refusesAndNamesPlaceValueAndAllowed(String pack, String message) {
    assertThatThrownBy(() -> parse(pack))
        .isInstanceOf(MalformedPayload.class)
        .hasMessageContaining(message);
  }
}
