package org.cityedge.video.model;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A model is missing, damaged or not what its sidecar says; the message is for a person. */
public final class ModelException extends IOException {
  private static final long serialVersionUID = 1;

  ModelException(String message) {
    super(message);
  }

  ModelException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
