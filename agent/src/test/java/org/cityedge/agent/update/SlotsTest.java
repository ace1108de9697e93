package org.cityedge.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SlotsTest {
  private static final String OTHERS =
      """
      24 1 0:21 / / rw,relatime - overlay overlay rw,lowerdir=/ro
      31 24 179:4 / /data rw,nosuid - ext4 /dev/mmcblk0p4 rw
      90 24 8:1 / /media/boot/firmware rw - vfat /dev/sda1 rw
      """;

  @Test
  void areThoseOfTheCardThatIsMountedWhateverElseIsInAReader() throws Exception {
    Slots slots =
        Slots.of(
            OTHERS
                + "32 24 179:1 / /boot/firmware ro,noatime shared:3 - vfat /dev/mmcblk0p1 ro,fmask=0077\n");
    assertThat(slots.deviceA()).isEqualTo(Path.of("/dev/mmcblk0p2"));
    assertThat(slots.deviceB()).isEqualTo(Path.of("/dev/mmcblk0p3"));
  }

  @Test
  void areNowhereWithoutABootPartition() {
    assertThatThrownBy(() -> Slots.of(OTHERS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no card with two slots");
  }

  @Test
  void areNotGuessedWhereTheBootPartitionIsNotTheFirst() {
    assertThatThrownBy(() -> Slots.of("32 24 8:2 / /boot/firmware ro - vfat /dev/sda2 ro\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("first partition");
  }
}
