package org.cityedge.agent.uplink;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** What one link tells, in its order. */
final class LinkEvents implements MqttLink.Listener {
  sealed interface Told {}

  record Connected(MqttLink.Connack connack) implements Told {}

  record Puback(long tag, int reasonCode) implements Told {}

  record Arrived(Incoming message) implements Told {}

  record Lost(MqttLink.Loss cause, String reason) implements Told {}

  private final BlockingQueue<Told> told = new ArrayBlockingQueue<>(100);

  /** The next event, which must be of that type. */
  <T extends Told> T next(Class<T> type) throws InterruptedException {
    Told next = told.poll(Uplink.LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (!type.isInstance(next)) {
      throw new AssertionError("expected " + type.getSimpleName() + ", was " + next);
    }
    return type.cast(next);
  }

  @Override
  public void connected(MqttLink.Connack connack) {
    told.add(new Connected(connack));
  }

  @Override
  public void puback(long tag, int reasonCode) {
    told.add(new Puback(tag, reasonCode));
  }

  @Override
  public void arrived(Incoming message) {
    told.add(new Arrived(message));
  }

  @Override
  public void lost(MqttLink.Loss cause, String reason) {
    told.add(new Lost(cause, reason));
  }
}
