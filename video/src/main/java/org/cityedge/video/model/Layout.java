package org.cityedge.video.model;

import java.util.List;

/**
 * What the numbers that come out of a network mean. Layouts cannot be told from shapes alone
 * (YOLOv5 and YOLOX look alike), so the sidecar names one.
 */
enum Layout {
  FASTESTDET,
  NANODET,
  YOLO_FASTESTV2,
  YOLOV5,
  YOLOV8,
  YOLOX;

  /**
   * Pure: the same tensors give the same boxes, in pixels of the network's input.
   *
   * @throws ModelException when the outputs do not have the layout's shapes
   */
  List<Box> decode(ModelCard card, List<Tensor> outputs) throws ModelException {
    return switch (this) {
      case FASTESTDET -> FastestDet.decode(card, outputs);
      case NANODET -> NanoDet.decode(card, outputs);
      case YOLO_FASTESTV2 -> YoloFastestV2.decode(card, outputs);
      case YOLOV5 -> Yolo.decodeV5(card, outputs);
      case YOLOV8 -> Yolo.decodeV8(card, outputs);
      case YOLOX -> Yolo.decodeX(card, outputs);
    };
  }

  /** The only output. */
  static Tensor one(ModelCard card, List<Tensor> outputs, int dimensions, String wanted)
      throws ModelException {
    if (outputs.size() != 1 || outputs.getFirst().dimensions() != dimensions) {
      throw unlike(card, outputs, wanted);
    }
    return outputs.getFirst();
  }

  static ModelException unlike(ModelCard card, List<Tensor> outputs, String wanted) {
    return new ModelException(
        card.file()
            + ": the network's outputs are "
            + outputs
            + ", layout "
            + card.layoutWord()
            + " has "
            + wanted
            + "; correct layout or size in the sidecar");
  }

  /** That the classes of the sidecar exist in the network. */
  static void classes(ModelCard card, int count) throws ModelException {
    for (int index : card.classes().keySet()) {
      if (index >= count) {
        throw new ModelException(
            card.file()
                + ": the network has "
                + Math.max(0, count)
                + " classes, the sidecar names class "
                + index
                + "; correct classes in the sidecar");
      }
    }
  }
}
