package org.cityedge.agent;

import java.nio.file.Path;

/**
 * Where a data folder holds evidence.
 *
 * @param clips masked pictures and clips, which may leave
 * @param originals unmasked ones, which never do
 * @param key what both are sealed with
 * @param audit a line for each one that was read here
 */
public record EvidenceFolders(Path clips, Path originals, Path key, Path audit) {
  public static EvidenceFolders in(Path data) {
    return new EvidenceFolders(
        data.resolve("clips"),
        data.resolve("originals"),
        data.resolve("evidence.key"),
        data.resolve("evidence-audit.log"));
  }
}
