/**
 * How many people are in the picture, without a trained model. In: {@link
 * org.cityedge.video.Frame}s of one camera, on that camera's thread. Out: one {@link
 * org.cityedge.video.Observation} per zone.
 *
 * <p>People are counted by the area that they cover, in units of what one person covers at that
 * height of the picture (Davies, Yin, Velastin 1995); who stands or sits in a dense crowd never
 * leaves the background free and is counted by the area that fidgets. Nobody is tracked or
 * recognised.
 */
@NullMarked
package org.cityedge.video.crowd;

import org.jspecify.annotations.NullMarked;
