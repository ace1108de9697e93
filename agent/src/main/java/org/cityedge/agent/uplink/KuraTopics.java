package org.cityedge.agent.uplink;

import java.util.regex.Pattern;

/**
 * The topics of Kura for one gateway: {@code account/client/app/resource} and the control topics
 * below {@code $EDC} (wire.md §7). A client id's {@code / + # .} would become {@code -}; a
 * gateway's id has none of them.
 */
final class KuraTopics {
  /** What a gateway's own messages and requests stand under. */
  static final String APP = "CITY-V1";

  /** A level of a topic: nothing in it may part levels or be a wildcard. */
  static final Pattern LEVEL = Pattern.compile("[^/+#\\u0000-\\u001F]{1,60}");

  private final String data;
  private final String control;
  private final String account;

  KuraTopics(String account, String gateway) {
    this.account = account;
    this.data = account + "/" + gateway + "/" + APP + "/";
    this.control = "$EDC/" + account + "/" + gateway + "/";
  }

  /**
   * @param resource levels, as below {@code G/} in our own topics
   */
  String data(String resource) {
    return data + resource;
  }

  /**
   * @param stage BIRTH, DC or LWT
   */
  String lifecycle(String stage) {
    return control + "MQTT/" + stage;
  }

  /** Filter for all that is asked of this gateway; its own lifecycle comes back on it as well. */
  String requests() {
    return control + "#";
  }

  /** What follows {@code $EDC/account/client/}, empty when the topic is another's. */
  String below(String topic) {
    return topic.startsWith(control) ? topic.substring(control.length()) : "";
  }

  String reply(String requester, String request) {
    return "$EDC/" + account + "/" + requester + "/" + APP + "/REPLY/" + request;
  }
}
