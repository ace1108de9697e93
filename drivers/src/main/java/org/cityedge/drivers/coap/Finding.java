package org.cityedge.drivers.coap;

import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Reading;

/** What a payload says about one channel. */
sealed interface Finding {
  /**
   * @param time SenML time in seconds: from 2^28 on since 1970, below that relative to the arrival
   */
  record Found(String quantity, String unit, Reading.Value value, double time) implements Finding {}

  record Wrong(Fault fault) implements Finding {}
}
