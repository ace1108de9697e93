package org.cityedge.video;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where frames come from: a live stream behind a child process, or a file. Confined to one thread.
 */
public interface FrameSource extends AutoCloseable {
  /**
   * The next sampled frame; blocks for it. Its pixels are valid until the next call.
   *
   * @return null at the end of a file
   * @throws IOException when the stream failed, stalled or cannot be decoded; the text names the
   *     place and the cure and holds no credentials. The source is of no more use then
   */
  @Nullable Frame next() throws IOException, InterruptedException;

  @Override
  void close();
}
