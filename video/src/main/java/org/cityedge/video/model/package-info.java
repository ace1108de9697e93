/**
 * Trained networks that a gateway may be given, as {@code NAME.onnx} with a sidecar {@code
 * NAME.json}. In: {@link org.cityedge.video.Frame}s on the camera's thread. Out: boxes of people,
 * smoke and fire, and nothing else, whatever the network knows. What goes wrong with a model is a
 * {@link org.cityedge.video.model.ModelException}; the classical detectors do not need it.
 */
@NullMarked
package org.cityedge.video.model;

import org.jspecify.annotations.NullMarked;
