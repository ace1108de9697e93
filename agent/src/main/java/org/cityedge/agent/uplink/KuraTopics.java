package org.cityedge.agent.uplink;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The topics of Kura for one gateway: {@code account/client/app/resource} and the control topics
 * below {@code $EDC} (wire.md §7). A client id's {@code / + # .} would become {@code -}; a
 * gateway's id has none of them.
 */
final class KuraTopics {
  /** The applications of a gateway, by the ids that requests and replies name (wire.md §7). */
  enum App {
    /** Our own data and commands. */
    CITY("CITY-V1", "d"),
    /** The signed configuration: PUT {@code desired}, GET {@code reported}. */
    ORDERS("CITY-CONF-V1", "o"),
    /** Kura's own view of a configuration, to be read only. */
    CONF("CONF-V1", "c");

    private final String id;
    private final String letter;

    App(String id, String letter) {
      this.id = id;
      this.letter = letter;
    }

    /** In place of the id where room is short. */
    String letter() {
      return letter;
    }

    static Optional<App> ofLetter(String letter) {
      return Arrays.stream(values()).filter(app -> app.letter.equals(letter)).findFirst();
    }

    static Optional<App> of(String id) {
      return Arrays.stream(values()).filter(app -> app.id.equals(id)).findFirst();
    }

    /** All ids with a comma between, as BIRTH lists them. */
    static String ids() {
      return Arrays.stream(values()).map(App::toString).collect(Collectors.joining(","));
    }

    @Override
    public String toString() {
      return id;
    }
  }

  private static final int MAX_LEVEL = 60;

  private final String data;
  private final String control;
  private final String account;

  KuraTopics(String account, String gateway) {
    this.account = account;
    this.data = account + "/" + gateway + "/" + App.CITY + "/";
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

  /**
   * Whether the text can be a level of a topic: 1..60 characters, none of which parts levels, is a
   * wildcard, or is refused by the MQTT client.
   */
  static boolean isLevel(String text) {
    int length = text.codePointCount(0, text.length());
    return length >= 1
        && length <= MAX_LEVEL
        && text.codePoints().allMatch(c -> "/+#".indexOf(c) < 0 && isSendable(c));
  }

  /** What MQTT 5 §1.5.4 lets a receiver refuse is refused by Eclipse Paho, and more. */
  private static boolean isSendable(int c) {
    boolean nonCharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
    boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    // Paho takes every 512th pair of surrogates for a non-character, U+1F3FF among them.
    boolean mistaken = Character.isSupplementaryCodePoint(c) && (c & 0x3FE) == 0x3FE;
    return !Character.isISOControl(c) && !nonCharacter && !surrogate && !mistaken;
  }

  /** What follows {@code $EDC/account/client/}, empty when the topic is another's. */
  String below(String topic) {
    return topic.startsWith(control) ? topic.substring(control.length()) : "";
  }

  String reply(KuraRequest.Asker asker) {
    return String.join(
        "/", "$EDC", account, asker.requester(), asker.app().toString(), "REPLY", asker.request());
  }
}
