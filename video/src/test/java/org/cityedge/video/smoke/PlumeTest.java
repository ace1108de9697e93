package org.cityedge.video.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Cells are drawn row by row: {@code #} firm, {@code o} fringe. */
class PlumeTest {
  private static List<Plume> plumes(String... rows) {
    Grid grid = new Grid(rows[0].length(), rows.length);
    boolean[] firm = new boolean[grid.cells()];
    boolean[] fringe = new boolean[grid.cells()];
    String drawn = String.join("", rows);
    for (int cell = 0; cell < firm.length; cell++) {
      firm[cell] = drawn.charAt(cell) == '#';
      fringe[cell] = drawn.charAt(cell) == 'o';
    }
    return Plume.in(grid, firm, fringe);
  }

  @Test
  void theFringeCountsForNoMoreThanWhatIsFirm() {
    assertThat(plumes("ooo..", "o##o.", ".#oo."))
        .singleElement()
        .satisfies(
            plume -> {
              assertThat(plume.cells()).hasSize(10);
              assertThat(plume.firm()).isEqualTo(3);
              assertThat(plume.size()).isEqualTo(6);
            });
  }

  @Test
  void theFringeJoinsWhatIsFirm() {
    assertThat(plumes("##...", "..o..", "...##"))
        .singleElement()
        .satisfies(plume -> assertThat(plume.size()).isEqualTo(5));
  }

  @Test
  void twoFirmCellsAreAnAccident() {
    assertThat(plumes("ooo..", "o##o.", "..oo.")).isEmpty();
  }

  @Test
  void aRowOrAColumnIsNoPlume() {
    assertThat(plumes("#....", "#....", "#....")).isEmpty();
    assertThat(plumes("####.", ".....", ".....")).isEmpty();
  }
}
