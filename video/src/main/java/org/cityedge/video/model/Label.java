package org.cityedge.video.model;

import org.cityedge.video.Observation.Kind;

/** All that is ever let out of a network: no faces, no plates, no kinds of vehicle. */
enum Label {
  PERSON,
  SMOKE,
  FIRE;

  /** What a detector of a kind asks a network for. */
  static Label of(Kind kind) {
    return switch (kind) {
      case CROWD -> PERSON;
      case SMOKE -> SMOKE;
    };
  }
}
