package org.cityedge.drivers.linux;

import java.io.IOException;

/** A system call that failed; the numbers are those of asm-generic/errno-base.h. */
public final class Errno extends IOException {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int ENXIO = 6;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ENOTTY = 25;
  public static final int EOPNOTSUPP = 95;

  /** Of the kernel's inside (linux/errno.h); some GPIO drivers let it out. */
  public static final int ENOTSUPP = 524;

  public final int number;

  Errno(String call, int number) {
    super(call + " failed with errno " + number);
    this.number = number;
  }
}
