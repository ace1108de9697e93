package org.cityedge.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineTest {
  /** A kernel with pages of 16 KiB tells the same, and statm other numbers. */
  @Test
  void theResidentSetIsToldInKibibytesWhateverTheSizeOfAPage() {
    assertThat(
            Machine.residentBytes(
                "Name:\tjava\nVmPeak:\t 3450112 kB\nVmRSS:\t   92160 kB\nRssAnon:\t   80000 kB\n"))
        .hasValue(90L << 20);
  }

  @Test
  void withoutTheLineNothingIsMadeUp() {
    assertThat(Machine.residentBytes("Name:\tkthreadd\n")).isEmpty();
    assertThat(Machine.residentBytes()).isPresent();
  }
}
