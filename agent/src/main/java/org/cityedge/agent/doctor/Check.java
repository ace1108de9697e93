package org.cityedge.agent.doctor;

import java.time.Duration;
import java.util.List;

/**
 * One thing to look at.
 *
 * @param ids what its findings are about; each has a title in the texts. At least one
 * @param limit how long it may take
 * @param inNative whether it waits inside native code, where a virtual thread would hold a core's
 *     carrier
 */
record Check(List<String> ids, Duration limit, boolean inNative, Look look) {
  /** Most checks read a file or two. */
  private static final Duration QUICK = Duration.ofSeconds(3);

  @FunctionalInterface
  interface Look {
    /**
     * May block; is interrupted when its time is over.
     *
     * @return a finding for each subject; none where there is nothing to say
     */
    List<Finding> at(Patient patient) throws Exception;
  }

  @FunctionalInterface
  interface One {
    Finding at(Patient patient) throws Exception;
  }

  static Check quick(String id, One look) {
    return new Check(List.of(id), QUICK, false, patient -> List.of(look.at(patient)));
  }

  static Check quickly(String id, Look look) {
    return new Check(List.of(id), QUICK, false, look);
  }
}
