package org.cityedge.agent.status;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.List;

/**
 * The forms of a Thing Description: how an affordance is reached through each broker, in the
 * vocabulary of the W3C's MQTT binding. The topic stands in {@code href} as well, for consumers
 * that read it there.
 */
final class MqttForms {
  private static final String CLOUD_EVENT = "application/cloudevents+json";

  private final List<URI> brokers;

  MqttForms(List<URI> brokers) {
    this.brokers = brokers;
  }

  /**
   * Adds a property that can be observed.
   *
   * @param retained whether the broker keeps the last value, so that it can be read as well
   */
  ObjectNode observed(
      ObjectNode properties, String name, String topic, String contentType, boolean retained) {
    ObjectNode property = properties.putObject(name);
    property.put("observable", true).put("readOnly", true);
    for (ObjectNode form : forms(property, topic)) {
      ArrayNode op = form.putArray("op").add("observeproperty").add("unobserveproperty");
      if (retained) {
        op.add("readproperty");
      }
      form.put("contentType", contentType).put("mqv:controlPacket", "subscribe");
      form.put("mqv:filter", topic).put("mqv:qos", "1").put("mqv:retain", retained);
    }
    return property;
  }

  /** Adds an event whose messages are CloudEvents in structured mode. */
  ObjectNode subscribed(ObjectNode events, String name, String topic) {
    ObjectNode event = events.putObject(name);
    for (ObjectNode form : forms(event, topic)) {
      form.putArray("op").add("subscribeevent").add("unsubscribeevent");
      form.put("contentType", CLOUD_EVENT).put("mqv:controlPacket", "subscribe");
      form.put("mqv:filter", topic).put("mqv:qos", "1");
    }
    return event;
  }

  /**
   * Adds an action; its answer comes on the Response Topic with the Correlation Data (wire.md §6).
   */
  ObjectNode invoked(ObjectNode actions, String name, String topic, String contentType) {
    ObjectNode action = actions.putObject(name);
    for (ObjectNode form : forms(action, topic)) {
      form.put("op", "invokeaction");
      form.put("contentType", contentType).put("mqv:controlPacket", "publish");
      form.put("mqv:topic", topic).put("mqv:qos", "1").put("mqv:retain", false);
      form.putObject("response").put("contentType", CLOUD_EVENT);
    }
    return action;
  }

  private List<ObjectNode> forms(ObjectNode affordance, String topic) {
    ArrayNode forms = affordance.putArray("forms");
    return brokers.stream()
        .map(broker -> forms.addObject().put("href", broker + "/" + topic))
        .toList();
  }
}
