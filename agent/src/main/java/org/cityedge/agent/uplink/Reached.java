package org.cityedge.agent.uplink;

/**
 * How far the way to the broker goes right now, or went at the last attempt; each stage includes
 * those before it.
 */
public enum Reached {
  /** No TCP connection: network, name, address or port. */
  NOTHING,
  TCP,
  /** Never without {@code mqtts}. */
  TLS,
  /** Connected; nothing was confirmed since then. */
  CONNACK,
  /** The broker has confirmed an event on this connection. */
  PUBACK
}
