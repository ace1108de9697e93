package org.cityedge.video.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors made by hand, of a network with 64 pixels and the classes person, car, smoke. */
class LayoutTest {
  private static final int SIZE = 64;
  private static final Offset<Double> NEARLY = Offset.offset(1e-4);

  @Test
  void readsFastestDet() throws Exception {
    float[] v = new float[8 * 16]; // 4x4 cells
    int cell = 2 * 4 + 1;
    v[cell] = 0.9f;
    v[16 + cell] = 0.5493061f; // tanh 0.5
    v[2 * 16 + cell] = -0.5493061f;
    v[3 * 16 + cell] = 0; // sigmoid 0.5
    v[4 * 16 + cell] = -1.0986123f; // sigmoid 0.25
    v[5 * 16 + cell] = 0.8f;

    List<Box> boxes = decode(Layout.FASTESTDET, new int[] {1, 8, 4, 4}, v);

    assertThat(boxes).hasSize(1);
    assertThat(boxes.getFirst().label()).isEqualTo(Label.PERSON);
    assertThat(boxes.getFirst().score()).isCloseTo(Math.pow(0.9, 0.6) * Math.pow(0.8, 0.4), NEARLY);
    assertMiddle(boxes.getFirst(), 24, 24, 32, 16);
  }

  @Test
  void readsNanoDetInAnyOrderOfItsOutputs() throws Exception {
    float[] scores = new float[16 * 3]; // stride 16
    float[] sides = new float[16 * 32];
    int cell = 1 * 4 + 2;
    scores[cell * 3 + 2] = 0.7f;
    int[] steps = {1, 0, 2, 3}; // left, top, right, bottom, in strides
    for (int side = 0; side < 4; side++) {
      sides[cell * 32 + side * 8 + steps[side]] = 100;
    }
    List<Tensor> outputs =
        Arrays.asList(
            Tensor.of(new int[] {1, 64, 3}, new float[64 * 3]),
            Tensor.of(new int[] {16, 3}, scores),
            Tensor.of(new int[] {1, 4, 3}, new float[4 * 3]),
            Tensor.of(new int[] {1, 64, 32}, new float[64 * 32]),
            Tensor.of(new int[] {1, 16, 32}, sides),
            Tensor.of(new int[] {4, 32}, new float[4 * 32]));

    for (int turn = 0; turn < outputs.size(); turn++) {
      Collections.rotate(outputs, 1);
      List<Box> boxes = Layout.NANODET.decode(card(Layout.NANODET), outputs);

      assertThat(boxes).hasSize(1);
      assertThat(boxes.getFirst().label()).isEqualTo(Label.SMOKE);
      assertThat(boxes.getFirst().left()).isCloseTo(39.5 - 16, NEARLY);
      assertThat(boxes.getFirst().top()).isCloseTo(23.5, NEARLY);
      assertThat(boxes.getFirst().right()).isCloseTo(39.5 + 32, NEARLY);
      assertThat(boxes.getFirst().bottom()).isCloseTo(23.5 + 48, NEARLY);
    }
  }

  @Test
  void readsYoloFastestV2WithTheAnchorsOfEachStride() throws Exception {
    float[] v = new float[20 * 18]; // 4x4 and 2x2 cells
    yoloFastest(v, 1 * 4 + 3, 1, 0);
    yoloFastest(v, 16 + 2, 2, 2);

    List<Box> boxes = decode(Layout.YOLO_FASTESTV2, new int[] {20, 18}, v);

    assertThat(boxes).hasSize(2);
    assertThat(boxes).extracting(Box::label).containsExactly(Label.PERSON, Label.SMOKE);
    assertMiddle(boxes.get(0), 3.5 * 16, 1.5 * 16, 3, 4);
    assertMiddle(boxes.get(1), 0.5 * 32, 1.5 * 32, 11, 12);
    assertThat(boxes.get(0).score()).isCloseTo(0.9 * 0.8, NEARLY);
  }

  /** The middle of the cell, as large as the anchor. */
  private static void yoloFastest(float[] v, int cell, int anchor, int kind) {
    Arrays.fill(v, cell * 18 + 4 * anchor, cell * 18 + 4 * anchor + 4, 0.5f);
    v[cell * 18 + 12 + anchor] = kind == 0 ? 0.9f : 0.8f;
    v[cell * 18 + 15 + kind] = 0.8f;
  }

  @Test
  void readsYoloV5() throws Exception {
    float[] v = {
      1, 2, 3, 4, 0.1f, 0.9f, 0, 0, //
      20, 30, 10, 12, 0.9f, 0.1f, 0, 0.8f
    };

    List<Box> boxes = decode(Layout.YOLOV5, new int[] {1, 2, 8}, v);

    assertThat(boxes).hasSize(1);
    assertThat(boxes.getFirst().label()).isEqualTo(Label.SMOKE);
    assertMiddle(boxes.getFirst(), 20, 30, 10, 12);
  }

  @Test
  void readsYoloV8ByColumns() throws Exception {
    float[] v = {
      20, 1, 30, 2, 10, 3, 12, 4, // x, y, width, height of two boxes
      0.9f, 0.1f, 0, 0, 0, 0
    };

    List<Box> boxes = decode(Layout.YOLOV8, new int[] {1, 7, 2}, v);

    assertThat(boxes).hasSize(1);
    assertThat(boxes.getFirst().score()).isCloseTo(0.9, NEARLY);
    assertMiddle(boxes.getFirst(), 20, 30, 10, 12);
  }

  @Test
  void readsYoloXOnItsGrid() throws Exception {
    float[] v = new float[84 * 8]; // 8x8, 4x4, 2x2 cells
    int row = (64 + 2 * 4 + 1) * 8; // stride 16, third row, second column
    v[row] = 0.25f;
    v[row + 1] = 0.5f;
    v[row + 2] = (float) Math.log(2);
    v[row + 3] = 0;
    v[row + 4] = 1;
    v[row + 5] = 0.75f;

    List<Box> boxes = decode(Layout.YOLOX, new int[] {1, 84, 8}, v);

    assertThat(boxes).hasSize(1);
    assertMiddle(boxes.getFirst(), 1.25 * 16, 2.5 * 16, 32, 16);
  }

  @Test
  void keepsTheBestOfThoseThatOverlapAndNothingThatIsNotAllowedOut() throws Exception {
    float[] v = {
      20, 20, 10, 10, 1, 0.7f, 0, 0, //
      21, 20, 10, 10, 1, 0.9f, 0, 0, //
      21, 20, 10, 10, 1, 0, 0, 0.6f, // smoke before the person
      50, 20, 10, 10, 1, 0, 0.9f, 0, // a car
      40, 40, Float.NaN, 10, 1, 0.9f, 0, 0,
    };

    List<Box> boxes = decode(Layout.YOLOV5, new int[] {5, 8}, v);

    assertThat(boxes).extracting(Box::label).containsExactly(Label.PERSON, Label.SMOKE);
    assertThat(boxes.getFirst().score()).isCloseTo(0.9, NEARLY);
  }

  @ParameterizedTest
  @EnumSource
  void saysWhichShapeALayoutWants(Layout layout) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> decode(layout, new int[] {2, 2, 2, 2}, new float[16]))
        .withMessageContaining("m.json")
        .withMessageContaining("[2, 2, 2, 2]")
        .withMessageContaining(card(layout).layoutWord());
  }

  @Test
  void refusesAClassThatTheNetworkDoesNotHave() {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> decode(Layout.YOLOV5, new int[] {2, 7}, new float[14]))
        .withMessageContaining("2 classes")
        .withMessageContaining("class 2");
  }

  private static void assertMiddle(Box box, double x, double y, double width, double height) {
    assertThat((box.left() + box.right()) / 2).isCloseTo(x, NEARLY);
    assertThat((box.top() + box.bottom()) / 2).isCloseTo(y, NEARLY);
    assertThat(box.right() - box.left()).isCloseTo(width, NEARLY);
    assertThat(box.bottom() - box.top()).isCloseTo(height, NEARLY);
  }

  private static List<Box> decode(Layout layout, int[] shape, float[] values)
      throws ModelException {
    return layout.decode(card(layout), List.of(Tensor.of(shape, values)));
  }

  private static ModelCard card(Layout layout) {
    return new ModelCard(
        Path.of("m.json"),
        "",
        layout,
        SIZE,
        ModelCard.Channels.BGR,
        Fit.STRETCH,
        114,
        1,
        List.of(0.0, 0.0, 0.0),
        List.of(1.0, 1.0, 1.0),
        Map.of(0, Label.PERSON, 2, Label.SMOKE),
        0.4,
        0.45,
        List.of(
            new double[] {1, 2},
            new double[] {3, 4},
            new double[] {5, 6},
            new double[] {7, 8},
            new double[] {9, 10},
            new double[] {11, 12}));
  }
}
