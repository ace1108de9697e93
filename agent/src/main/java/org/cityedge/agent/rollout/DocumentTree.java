package org.cityedge.agent.rollout;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;

/**
 * A document's JSON as a tree in which each number is the text that stands there: 1.10 may be a
 * code, and only who reads the key knows. A gateway reads a number and its text alike.
 */
public final class DocumentTree {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private DocumentTree() {}

  /**
   * @param json of {@code ConfigLoader.json}, or the claims of an order: nested at most 16 levels
   * @throws IOException when it is no JSON
   */
  public static JsonNode of(String json) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      return value(parser, parser.nextToken());
    }
  }

  private static JsonNode value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> {
        ObjectNode object = JSON.createObjectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          object.set(name, value(parser, parser.nextToken()));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = JSON.createArrayNode();
        for (JsonToken next = parser.nextToken();
            next != JsonToken.END_ARRAY;
            next = parser.nextToken()) {
          array.add(value(parser, next));
        }
        yield array;
      }
      case VALUE_TRUE -> BooleanNode.TRUE;
      case VALUE_FALSE -> BooleanNode.FALSE;
      case VALUE_NULL -> NullNode.getInstance();
      default -> TextNode.valueOf(parser.getText());
    };
  }
}
