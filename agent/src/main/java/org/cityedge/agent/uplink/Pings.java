package org.cityedge.agent.uplink;

import java.util.function.LongSupplier;
import org.eclipse.paho.client.mqttv3.MqttPingSender;
import org.jspecify.annotations.Nullable;

/**
 * The clock for PINGREQ of either of Eclipse Paho's two clients, each of which calls {@code init}
 * before the rest; for one connection. Any thread.
 */
final class Pings implements MqttPingSender, org.eclipse.paho.mqttv5.client.MqttPingSender {
  /**
   * @param keepAlive in milliseconds
   * @param look sends a PINGREQ where one is due, and asks for the next look
   */
  private record Client(LongSupplier keepAlive, Runnable look) {}

  private final KeepAlive looks = new KeepAlive();
  private volatile @Nullable Client client;

  @Override
  public void init(org.eclipse.paho.client.mqttv3.internal.ClientComms comms) {
    client = new Client(comms::getKeepAlive, comms::checkForActivity);
  }

  @Override
  public void init(org.eclipse.paho.mqttv5.client.internal.ClientComms comms) {
    client = new Client(comms::getKeepAlive, comms::checkForActivity);
  }

  @Override
  public void start() {
    Client current = client;
    if (current != null) {
      schedule(current.keepAlive().getAsLong());
    }
  }

  @Override
  public void stop() {
    looks.close();
  }

  @Override
  public void schedule(long millis) {
    Client current = client;
    if (current != null) {
      looks.after(millis, current.look());
    }
  }
}
