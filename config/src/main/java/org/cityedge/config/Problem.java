package org.cityedge.config;

/**
 * One thing that is wrong in a document. Both texts are cut to their bounds and kept on one line,
 * whatever stands in the document: they go to the log and to the centre.
 *
 * @param path where, in the document's own terms: {@code sensors[2].period}; empty for the document
 *     as a whole; at most 160 characters
 * @param line 1-based line in the source, 0 when the place has none (the file could not be read)
 * @param message the value found and what is allowed, in one sentence; at most 480 characters
 */
public record Problem(String path, int line, String message) {
  private static final int PATH = 160;

  public Problem {
    path = Printable.line(path, PATH);
    message = Printable.line(message, Printable.SENTENCE);
  }

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
