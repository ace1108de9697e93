package org.cityedge.config;

/**
 * One thing that is wrong in a document.
 *
 * @param path where, in the document's own terms: {@code sensors[2].period}; empty for the document
 *     as a whole
 * @param line 1-based line in the source, 0 when the place has none (the file could not be read)
 * @param message the value found and what is allowed, in one sentence
 */
public record Problem(String path, int line, String message) {
  /** Without the line, for a document that nobody has before him. */
  String sentence() {
    return ((path.isEmpty() ? "it" : path) + " " + message).strip();
  }

  @Override
  public String toString() {
    String place = path.isEmpty() ? "document" : path;
    return line > 0 ? place + " (line " + line + "): " + message : place + ": " + message;
  }
}
