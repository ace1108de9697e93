/**
 * Privacy zones. In: a decoded picture. Out: the same picture with the zones' pixels black, before
 * detectors, evidence or anything else sees them. Unlike the zones that detectors ignore, what
 * stood there is gone.
 */
@NullMarked
package org.cityedge.video.privacy;

import org.jspecify.annotations.NullMarked;
