package org.cityedge.drivers.coap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.cityedge.drivers.Clocks;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.Fault;
import org.cityedge.drivers.Quality;
import org.cityedge.drivers.Reading;
import org.cityedge.drivers.Sample;
import org.eclipse.californium.core.coap.Message;
import org.eclipse.californium.core.coap.OptionSet;

/** Turns a successful response, or what was posted, into samples. Stateless. */
final class PayloadSamples {
  private final CoapSensorConfig config;
  private final Clocks clocks;
  private final PayloadReader reader;
  private final String place;

  /**
   * @param place the resource, fit for a log
   */
  PayloadSamples(CoapSensorConfig config, Clocks clocks, String place) {
    this.config = config;
    this.clocks = clocks;
    this.reader = new PayloadReader(config);
    this.place = place;
  }

  /** At least one sample: misses first, then readings by their time. */
  List<Sample> of(Message message, long arrivalNanos) {
    OptionSet options = message.getOptions();
    int contentFormat =
        options.hasContentFormat() ? options.getContentFormat() : PayloadReader.NO_CONTENT_FORMAT;
    try {
      return samples(reader.read(message.getPayload(), contentFormat), arrivalNanos);
    } catch (MalformedPayload e) {
      Fault fault = new Fault(Fault.Kind.MALFORMED, place + ": " + e.getMessage());
      return List.of(missed(fault, arrivalNanos));
    }
  }

  private List<Sample> samples(List<Finding> findings, long arrivalNanos) {
    List<Sample> samples = new ArrayList<>();
    List<Finding.Found> found = new ArrayList<>();
    for (Finding finding : findings) {
      switch (finding) {
        case Finding.Wrong(Fault(var kind, String detail, var quantity)) ->
            samples.add(missed(new Fault(kind, place + ": " + detail, quantity), arrivalNanos));
        case Finding.Found f -> found.add(f);
      }
    }
    MeasuringTimes times = new MeasuringTimes(clocks, arrivalNanos, found);
    List<Reading> readings = new ArrayList<>(found.size());
    for (Finding.Found one : found) {
      readings.add(reading(one, times.of(one), arrivalNanos));
    }
    readings.sort(Comparator.comparingLong(reading -> reading.nanos() - arrivalNanos));
    for (Reading reading : readings) {
      samples.add(new Sample.Measured(reading));
    }
    return samples;
  }

  private Reading reading(Finding.Found found, MeasuringTimes.Stamp stamp, long arrivalNanos) {
    boolean stale = arrivalNanos - stamp.nanos() > config.expected().toNanos();
    Quality quality = config.simulated() ? Quality.SIM : stale ? Quality.STALE : Quality.GOOD;
    return new Reading(
        config.id(),
        found.quantity(),
        found.value(),
        found.unit(),
        stamp.at(),
        stamp.nanos(),
        quality);
  }

  private Sample missed(Fault fault, long nanos) {
    return new Sample.Missed(config.id(), clocks.at(nanos), nanos, fault);
  }
}
