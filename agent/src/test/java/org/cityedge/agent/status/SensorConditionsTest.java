package org.cityedge.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What tools on this machine are told of a sensor. */
class SensorConditionsTest {
  private long seconds = 7;
  private final SensorConditions conditions = new SensorConditions(this::nanos);

  private long nanos() {
    return Duration.ofSeconds(seconds).toNanos();
  }

  @BeforeEach
  void makeItKnown() {
    conditions.expect(Set.of("air-1"));
  }

  private void measured(String quantity, Quality quality) {
    conditions.accept(
        new Sample.Measured(
            new Reading(
                "air-1", quantity, new Reading.Quantity(1), "1", Instant.EPOCH, nanos(), quality)));
  }

  private void missed(Fault.Kind kind) {
    conditions.accept(
        new Sample.Missed("air-1", Instant.EPOCH, nanos(), new Fault(kind, "of a test")));
  }

  private JsonNode told() {
    ObjectNode out = JsonMapper.builder().build().createObjectNode();
    conditions.write(out);
    return out.get("air-1");
  }

  @Test
  void theAgeOfTheLastReadingGoesOnWhenTheSensorIsLost() {
    measured("pm2_5", Quality.GOOD);
    measured("pm10", Quality.GOOD);
    seconds += 30;
    measured("pm2_5", Quality.COMM);
    measured("pm10", Quality.COMM);
    missed(Fault.Kind.UNREACHABLE);
    seconds += 30;
    measured("pm2_5", Quality.STALE);
    measured("pm10", Quality.STALE);
    missed(Fault.Kind.LOST);
    seconds += 5;
    assertThat(told().get("ageS").asDouble()).isEqualTo(65);
    assertThat(told().get("fault").asText()).isEqualTo("lost");
  }

  @Test
  void theCauseThatIsToldAfterTheLossHasTheLastWord() {
    measured("pm2_5", Quality.GOOD);
    missed(Fault.Kind.LOST);
    missed(Fault.Kind.UNREACHABLE);
    assertThat(told().get("state").asText()).isEqualTo("stale");
    assertThat(told().get("fault").asText()).isEqualTo("unreachable");
    missed(Fault.Kind.REFUSED);
    assertThat(told().get("state").asText()).isEqualTo("bad");
    assertThat(told().get("fault").asText()).isEqualTo("refused");
  }

  @Test
  void whatCannotBeReadOfOneChannelIsToldUntilItCan() {
    measured("pm2_5", Quality.GOOD);
    measured("pm10", Quality.GOOD);
    seconds += 30;
    missed(Fault.Kind.MALFORMED);
    measured("pm2_5", Quality.GOOD);
    assertThat(told().get("state").asText()).isEqualTo("bad");
    assertThat(told().get("fault").asText()).isEqualTo("malformed");
    assertThat(told().get("ageS").asDouble()).isZero();
    measured("pm10", Quality.GOOD);
    assertThat(told().get("state").asText()).isEqualTo("ok");
    assertThat(told().has("fault")).isFalse();
  }
}
