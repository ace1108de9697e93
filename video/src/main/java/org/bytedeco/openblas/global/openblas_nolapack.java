package org.bytedeco.openblas.global;

/**
 * As {@link openblas}: JavaCPP's class of this name unpacks and loads the very same library a
 * second time, 37 MB on the disk.
 */
final class openblas_nolapack {
  private openblas_nolapack() {}
}
