package org.cityedge.agent.uplink;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * One MQTT connection from CONNECT to its end; it is never used again. No method waits for the
 * network: whatever happens comes back through the {@link Listener}, on the client's own threads.
 */
interface MqttLink {
  /** Sends CONNECT; answered by {@link Listener#connected} or {@link Listener#lost}. */
  void connect();

  /** The message as this protocol carries it, which is what its size is counted by. Pure. */
  default Outgoing form(Outgoing message) {
    return message;
  }

  /**
   * Sends a PUBLISH of a message in this link's {@link #form}; answered by {@link Listener#puback}
   * with the same tag, with QoS 0 once it is written.
   *
   * @throws IOException when the client does not take it; the connection is then good for nothing
   */
  void publish(Outgoing message, long tag) throws IOException;

  /** Sends SUBSCRIBE with QoS 1 for each filter; answered by {@link Listener#suback}. */
  void subscribe(Set<String> filters) throws IOException;

  /** Confirms an incoming message, after it was dealt with. */
  void confirm(Incoming message);

  /** Sends DISCONNECT with reason 0x00, so that the broker drops the will, then discards. */
  void disconnect();

  /** Cuts the connection at once. Nothing is heard of it afterwards. Any number of times. */
  void discard();

  /**
   * What the broker answered to CONNECT.
   *
   * @param sessionPresent whether the broker still knew the session (MQTT 5 §3.2.2.1.1)
   * @param receiveMaximum most QoS 1 messages in flight that the broker takes
   * @param maximumPacketSize largest packet that the broker takes
   * @param topicAliasMaximum most topic aliases; 0 for none
   * @param retainAvailable whether it keeps retained messages
   * @param serverKeepAlive what it sets instead of our keep alive
   */
  record Connack(
      boolean sessionPresent,
      int receiveMaximum,
      long maximumPacketSize,
      int topicAliasMaximum,
      boolean retainAvailable,
      Optional<Duration> serverKeepAlive) {
    /**
     * Of the broker's Receive Maximum, kept for messages with QoS 0: Eclipse Paho counts those as
     * well while it writes them, and then takes nothing more (32202).
     */
    static final int SPARE = 2;

    /**
     * How many QoS 1 messages may be in flight, at least 1.
     *
     * @param most what we want ourselves
     */
    int window(int most) {
      return Math.max(1, Math.min(most, receiveMaximum - SPARE));
    }

    /** Of a broker that says no more. */
    Connack(boolean sessionPresent, int receiveMaximum, long maximumPacketSize) {
      this(sessionPresent, receiveMaximum, maximumPacketSize, 0, true, Optional.empty());
    }
  }

  /** Called on the client's threads; must not block. */
  interface Listener {
    void connected(Connack connack);

    void puback(long tag, int reasonCode);

    void arrived(Incoming message);

    /**
     * SUBSCRIBE is answered.
     *
     * @param code the highest of its reason codes, from 0x80 a refusal
     */
    default void suback(int code) {}

    /**
     * The connection failed, was refused or ended; once.
     *
     * @param reason one sentence for a person, free of secrets
     */
    void lost(Loss cause, String reason);
  }

  /** Why a connection failed, as far as it decides what helps. */
  enum Loss {
    /** No name, no route, no answer, or the line broke: trying again helps. */
    NETWORK,
    /** The broker said no (CONNACK from 0x80, DISCONNECT 0x87): somebody must grant it. */
    REFUSED,
    /** A certificate is not valid, not known or not for this host; or the clock is wrong. */
    CERTIFICATE,
    /** The broker sends a message that the client cannot read, and will send it again. */
    UNREADABLE,
    /** A secret or a certificate file of our own cannot be used. */
    CONFIGURATION
  }

  /** Makes links. */
  @FunctionalInterface
  interface Factory {
    /**
     * No network yet.
     *
     * @throws IOException when a secret or a certificate file cannot be used, which is {@link
     *     Loss#CONFIGURATION}; the text names the file and the cure, never the content
     */
    MqttLink open(URI broker, Outgoing will, Listener listener) throws IOException;

    /** As {@link #open}, but what the broker keeps of the session is given up. */
    default MqttLink renew(URI broker, Outgoing will, Listener listener) throws IOException {
      return open(broker, will, listener);
    }

    /** What is watched of the certificates; empty where there are none. */
    default Optional<CertificateWatch> certificates() {
      return Optional.empty();
    }

    /** How far the newest link came before CONNECT: nothing, TCP or TLS. */
    default Reached reached() {
      return Reached.NOTHING;
    }
  }
}
