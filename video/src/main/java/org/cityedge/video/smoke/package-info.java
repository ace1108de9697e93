/**
 * Smoke in the picture, without a trained model. In: {@link org.cityedge.video.Frame}s of one
 * camera, on that camera's thread. Out: one {@link org.cityedge.video.Observation} per zone.
 *
 * <pre>
 *   Frame ─► Eye ─► Still ─┬─► Turbulence (against 1 s ago)        ─┐
 *                          └─► Veil (against the learned background) ├─► Plumes (connected cells) ─► score
 * </pre>
 *
 * The picture is cut into about 220 cells. Smoke close to its source boils: soft-edged brightness
 * changes that come and go in one place. Smoke before a known background is a veil: it takes away
 * part of the background's contrast and adds its own grey (Toreyin, Dedeoglu, Cetin 2005; Tian et
 * al., IJCV 2014). docs/detection.md says what this finds and what it does not.
 */
@NullMarked
package org.cityedge.video.smoke;

import org.jspecify.annotations.NullMarked;
