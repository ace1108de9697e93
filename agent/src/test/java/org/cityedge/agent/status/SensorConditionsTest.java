package org.cityedge.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    conditions.expect(Map.of("air-1", List.of("pm2_5", "pm10", "humidity", "open")));
  }

  private void measured(String quantity, Quality quality) {
    conditions.accept(
        new Sample.Measured(
            new Reading(
                "air-1", quantity, new Reading.Quantity(1), "1", Instant.EPOCH, nanos(), quality)));
  }

  private void missed(Fault.Kind kind) {
    missed(new Fault(kind, "of a test"));
  }

  private void missed(Fault fault) {
    conditions.accept(new Sample.Missed("air-1", Instant.EPOCH, nanos(), fault));
  }

  private void unread(String quantity) {
    missed(new Fault(Fault.Kind.MALFORMED, quantity + " of a test", Optional.of(quantity)));
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
  void aChannelThatCannotBeReadLeavesTheOthersAsTheyWere() {
    measured("pm2_5", Quality.GOOD);
    measured("pm10", Quality.GOOD);
    unread("pm10");
    assertThat(told().get("state").asText()).isEqualTo("bad");
    measured("pm10", Quality.GOOD);
    assertThat(told().get("state").asText()).isEqualTo("ok");
    assertThat(told().has("fault")).isFalse();
  }

  @Test
  void ofTwoChannelsThatCannotBeReadOneIsToldUntilBothCan() {
    unread("pm10");
    unread("pm2_5");
    measured("humidity", Quality.RANGE);
    assertThat(told().get("detail").asText()).isEqualTo("pm2_5 of a test");
    measured("pm2_5", Quality.GOOD);
    assertThat(told().get("state").asText()).isEqualTo("bad");
    assertThat(told().get("detail").asText()).isEqualTo("pm10 of a test");
    measured("pm10", Quality.GOOD);
    assertThat(told().has("fault")).as("of a reading out of its range").isFalse();
  }

  @Test
  void aChannelThatCannotBeReadMakesTheOthersNoOlder() {
    measured("pm2_5", Quality.GOOD);
    seconds += 30;
    measured("pm2_5", Quality.GOOD);
    unread("pm10");
    assertThat(told().get("ageS").asDouble()).isZero();
  }

  private List<String> unheard() {
    List<String> quantities = new ArrayList<>();
    told().path("unheard").forEach(quantity -> quantities.add(quantity.asText()));
    return quantities;
  }

  @Test
  void aChannelThatNeverCameIsToldAndLeavesTheSensorAsItIs() {
    assertThat(told().get("state").asText()).isEqualTo("init");
    assertThat(unheard()).as("nothing was heard of the sensor itself").isEmpty();
    measured("pm2_5", Quality.GOOD);
    measured("humidity", Quality.GOOD);
    assertThat(unheard()).containsExactly("open", "pm10");
    assertThat(told().get("state").asText()).isEqualTo("ok");
    measured("pm10", Quality.RANGE);
    assertThat(unheard()).containsExactly("open");
    missed(Fault.Kind.LOST);
    measured("pm2_5", Quality.GOOD);
    measured("pm10", Quality.GOOD);
    measured("humidity", Quality.GOOD);
    assertThat(unheard()).containsExactly("open");
    assertThat(told().get("state").asText()).isEqualTo("ok");
    measured("open", Quality.GOOD);
    assertThat(told().has("unheard")).isFalse();
  }

  @Test
  void aSensorThatIsBegunAnewIsWaitedForAgain() {
    measured("open", Quality.GOOD);
    conditions.expect(Map.of("air-1", List.of("pm2_5", "open")));
    assertThat(unheard()).as("it goes on").containsExactly("humidity", "pm10", "pm2_5");
    conditions.forget(Set.of("air-1"));
    conditions.expect(Map.of("air-1", List.of("pm2_5", "open")));
    measured("pm2_5", Quality.GOOD);
    assertThat(unheard()).containsExactly("open");
  }

  @Test
  void whatCannotBeReadAtAllIsToldOfEachChannelUntilItCan() {
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
