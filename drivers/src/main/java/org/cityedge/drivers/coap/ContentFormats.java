package org.cityedge.drivers.coap;

import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.cityedge.drivers.CoapSensorConfig.Format;

/** The Content-Formats that can be read (IANA, "CoAP Content-Formats"). */
final class ContentFormats {
  static final int TEXT_PLAIN = 0;
  static final int APPLICATION_LINK_FORMAT = 40;
  static final int APPLICATION_JSON = 50;
  static final int APPLICATION_CBOR = 60;
  static final int APPLICATION_SENML_JSON = 110;
  static final int APPLICATION_SENML_CBOR = 112;

  /** Bytes and nothing else: what they mean stands in a manual. */
  static final int APPLICATION_OCTET_STREAM = 42;

  static final int APPLICATION_VND_OMA_LWM2M_TLV = 11_542;
  static final int APPLICATION_VND_OMA_LWM2M_JSON = 11_543;

  /** LwM2M 1.2's CBOR: nested maps from path to value. */
  static final int APPLICATION_VND_OMA_LWM2M_CBOR = 11_544;

  private static final TreeMap<Integer, Format> FORMATS = new TreeMap<>();

  static {
    FORMATS.put(TEXT_PLAIN, Format.TEXT);
    FORMATS.put(APPLICATION_JSON, Format.JSON);
    FORMATS.put(APPLICATION_CBOR, Format.CBOR);
    FORMATS.put(APPLICATION_SENML_JSON, Format.SENML);
    FORMATS.put(APPLICATION_SENML_CBOR, Format.SENML_CBOR);
    FORMATS.put(APPLICATION_VND_OMA_LWM2M_TLV, Format.TLV);
    FORMATS.put(APPLICATION_VND_OMA_LWM2M_JSON, Format.LWM2M_JSON);
    FORMATS.put(APPLICATION_VND_OMA_LWM2M_CBOR, Format.CBOR);
  }

  private ContentFormats() {}

  static Optional<Format> format(int contentFormat) {
    return Optional.ofNullable(FORMATS.get(contentFormat));
  }

  /** For an error shown to a person. */
  static String known() {
    return FORMATS.keySet().stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
