package org.cityedge.agent.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * {@code config-get}: what {@code G/config/reported} says, for who cannot read what is retained.
 */
public final class ConfigGet implements Function<JsonNode, Answer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<byte[]> reported;

  /**
   * @param reported JSON, {@link Report}
   */
  public ConfigGet(Supplier<byte[]> reported) {
    this.reported = reported;
  }

  @Override
  public Answer apply(JsonNode request) {
    Map<String, Object> facts = new LinkedHashMap<>();
    try {
      JSON.readTree(reported.get())
          .properties()
          .forEach(fact -> facts.put(fact.getKey(), fact.getValue()));
    } catch (IOException e) {
      throw new UncheckedIOException("a report is JSON", e);
    }
    return new Answer.Done(facts);
  }
}
