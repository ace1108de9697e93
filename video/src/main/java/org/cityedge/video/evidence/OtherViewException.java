package org.cityedge.video.evidence;

import java.io.IOException;

/**
 * Nobody can tell that pictures show the view in which privacy zones were drawn and smoke was seen.
 */
final class OtherViewException extends IOException {
  private static final long serialVersionUID = 1;

  OtherViewException(String message) {
    super(message);
  }
}
