/**
 * Evidence as it may leave the gateway. In: every analysed {@link org.cityedge.video.Frame}, to
 * learn what stands still, and the {@link org.cityedge.video.Observation} that a picture is wanted
 * for. Out: a {@link org.cityedge.video.Picture}, masked or withheld.
 *
 * <p>Masking is a mosaic, which cannot be undone, over what moves and over faces and heads that are
 * found; what it cannot do is listed at {@link org.cityedge.video.evidence.Evidence}. Everything
 * runs on the camera's thread.
 */
@NullMarked
package org.cityedge.video.evidence;

import org.jspecify.annotations.NullMarked;
