package org.cityedge.agent.uplink;

import java.util.Locale;

/** Reason codes of PUBACK (MQTT 5 §3.4.2.1), and what each means for the event. */
enum PubackReason {
  SUCCESS(0x00),
  NO_MATCHING_SUBSCRIBERS(0x10),
  UNSPECIFIED_ERROR(0x80),
  IMPLEMENTATION_SPECIFIC_ERROR(0x83),
  NOT_AUTHORIZED(0x87),
  TOPIC_NAME_INVALID(0x90),
  PACKET_IDENTIFIER_IN_USE(0x91),
  /** Not in the standard's table for PUBACK, yet brokers send it there. */
  PACKET_TOO_LARGE(0x95),
  QUOTA_EXCEEDED(0x97),
  PAYLOAD_FORMAT_INVALID(0x99),
  /** A code below 0x80 that the standard does not name. */
  OTHER_SUCCESS(-1),
  /** A code from 0x80 that the standard does not name. */
  OTHER_FAILURE(-1);

  /** What becomes of the event. */
  enum Verdict {
    DELIVERED,
    /** Delivered, and nobody listens. */
    UNHEARD,
    /** Sent again later under the same event id. */
    AGAIN,
    /** Never taken: dead letter and loss receipt. */
    REFUSED
  }

  private final int code;

  PubackReason(int code) {
    this.code = code;
  }

  static PubackReason of(int code) {
    for (PubackReason reason : values()) {
      if (reason.code == code && code >= 0) {
        return reason;
      }
    }
    return code < 0x80 ? OTHER_SUCCESS : OTHER_FAILURE;
  }

  Verdict verdict() {
    return switch (this) {
      case SUCCESS, OTHER_SUCCESS -> Verdict.DELIVERED;
      case NO_MATCHING_SUBSCRIBERS -> Verdict.UNHEARD;
      case UNSPECIFIED_ERROR,
          IMPLEMENTATION_SPECIFIC_ERROR,
          PACKET_IDENTIFIER_IN_USE,
          QUOTA_EXCEEDED,
          OTHER_FAILURE ->
          Verdict.AGAIN;
      case NOT_AUTHORIZED, TOPIC_NAME_INVALID, PACKET_TOO_LARGE, PAYLOAD_FORMAT_INVALID ->
          Verdict.REFUSED;
    };
  }

  /** Fit for a log and a loss receipt: {@code 0x87 not authorized}. */
  static String text(int code) {
    return String.format("0x%02x %s", code, of(code).name().toLowerCase(Locale.ROOT))
        .replace('_', ' ');
  }
}
