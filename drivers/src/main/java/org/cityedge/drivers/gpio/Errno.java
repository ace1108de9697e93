package org.cityedge.drivers.gpio;

import java.io.IOException;

/** A system call that failed; the numbers are those of asm-generic/errno-base.h. */
final class Errno extends IOException {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int ENODEV = 19;
  static final int EINVAL = 22;
  static final int ENOTTY = 25;
  static final int EOPNOTSUPP = 95;

  /** Of the kernel's inside (linux/errno.h); some GPIO drivers let it out. */
  static final int ENOTSUPP = 524;

  final int number;

  Errno(String call, int number) {
    super(call + " failed with errno " + number);
    this.number = number;
  }
}
