package org.cityedge.video.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.config.KeyFiles;
import org.cityedge.video.Source;

/**
 * One connection to a camera's stream for evidence, written down as it comes and never decoded.
 * Ends with the first failure; whoever wants to go on opens another one. Confined to the thread
 * that opened it, which must be a platform thread that outlives the stream.
 *
 * <p>Owns a child process and a thread until {@link #close}.
 */
public final class MainStream implements AutoCloseable {
  private final Process process;
  private final ChildMessages messages;
  private final Thread listener;

  private MainStream(String camera, Process process, Optional<Login> login, LongSupplier nanos) {
    this.process = process;
    messages = new ChildMessages(login.orElse(null), nanos);
    listener =
        Thread.ofPlatform()
            .daemon()
            .name("camera-" + camera + "-main-messages")
            .start(this::readMessages);
  }

  /**
   * Starts to open the stream; whether it opens is told by what the recording grows.
   *
   * @param source network streams only
   * @param keys where the password and the certificate are, when the source names them
   * @param runFolder the child's working folder
   * @param nanos monotonic time
   * @throws IOException when no child can be started, or the password or certificate is missing
   */
  public static MainStream open(
      String camera,
      Source source,
      KeyFiles keys,
      Path runFolder,
      Recording recording,
      LongSupplier nanos)
      throws IOException {
    Optional<Login> login = Login.of(source, keys.secrets());
    Process process =
        Child.record(
            source, login.orElse(null), Login.certificate(source, keys), runFolder, recording);
    return new MainStream(camera, process, login, nanos);
  }

  /** Whether it goes on, as far as anybody can tell. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Why nothing comes any more, without credentials; empty when nothing was complained of.
   *
   * @param lastSign when something came last, or it was opened
   */
  public Optional<String> trouble(long lastSign) {
    return messages.reason(lastSign).or(messages::recordingTrouble);
  }

  @Override
  public void close() {
    Child.end(process);
    try {
      listener.join(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readMessages() {
    try (InputStream in = process.getErrorStream()) {
      messages.drain(in);
    } catch (IOException e) {
      // The child is gone, and so is what it wanted to say.
    }
  }
}
