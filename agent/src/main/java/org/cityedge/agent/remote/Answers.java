package org.cityedge.agent.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import org.cityedge.agent.uplink.CloudEvents;
import org.cityedge.agent.uplink.Incoming;
import org.cityedge.buffer.Append;
import org.cityedge.buffer.EventStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what the centre sends, on {@code G/cmd-res/{requester}} with its Correlation Data, as a
 * stored event. The requester is the last level of the Response Topic; where that is missing or
 * lies elsewhere it is {@value #NOBODY}: nobody makes a gateway publish where he likes.
 */
final class Answers {
  /** Who is answered when the message does not say it in a way that is allowed. */
  static final String NOBODY = "unknown";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private final EventStore store;
  private final CloudEvents events;

  Answers(EventStore store, CloudEvents events) {
    this.store = store;
    this.events = events;
  }

  /** Who is answered. */
  String requester(Incoming message) {
    return message.responseTopic().flatMap(events.topics()::requester).orElse(NOBODY);
  }

  void send(Incoming message, String verb, Answer.Now answer) {
    byte[] given = message.correlationData();
    byte[] correlation = given.length <= Incoming.MAX_CORRELATION ? given : new byte[0];
    String requester = requester(message);
    Append stored = store.append(events.answer(requester, verb, correlation, json(verb, answer)));
    String outcome =
        switch (answer) {
          case Answer.Done _ -> "ok";
          case Answer.Refused(String code, String _) -> code;
        };
    if (stored instanceof Append.Refused refused) {
      LOG.error("An answer cannot be stored. verb={} reason=\"{}\"", verb, refused.reason());
    }
    LOG.info("Command {} of {}: {}", verb, requester, outcome);
    if (answer instanceof Answer.Done done) {
      done.afterwards().run();
    }
  }

  private static byte[] json(String verb, Answer.Now answer) {
    ObjectNode out = JSON.createObjectNode();
    switch (answer) {
      case Answer.Done(Map<String, Object> facts, Runnable _) -> {
        out.put("ok", true).put("verb", verb);
        new TreeMap<>(facts).forEach(out::putPOJO);
      }
      case Answer.Refused(String code, String message) ->
          out.put("ok", false).put("verb", verb).put("code", code).put("message", message);
    }
    try {
      return JSON.writeValueAsBytes(out);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer is made of texts, numbers and flags", e);
    }
  }
}
