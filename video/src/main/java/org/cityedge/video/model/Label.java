package org.cityedge.video.model;

/** All that is ever let out of a network: no faces, no plates, no kinds of vehicle. */
enum Label {
  PERSON,
  SMOKE,
  FIRE
}
