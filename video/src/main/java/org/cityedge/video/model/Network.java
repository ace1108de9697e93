package org.cityedge.video.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.cityedge.video.ModelUse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One network of the folder, however many cameras use it: loaded when the first of them wants it to
 * look. One that cannot be used is tried again when its files have changed, looked for once a
 * minute; one that has failed at its work (OpenCV had no memory, say) also every ten minutes, which
 * costs about a second. Confined to whoever holds {@link Models}' lock.
 */
final class Network implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Network.class);
  private static final long AGAIN = Duration.ofMinutes(1).toNanos();

  /** After a fault, and for how long it must then work before the fault is over. */
  private static final long MENDED = Duration.ofMinutes(10).toNanos();

  /** What is told apart: a file under another hash is another network. */
  record Key(String file, String sha256) {
    static Key of(ModelUse use) {
      return new Key(use.file(), use.sha256());
    }
  }

  private final Key key;
  private final Path sidecar;
  private int users;
  private @Nullable ModelCard card;
  private @Nullable Model model;
  private @Nullable ModelException trouble;
  private String tried = "";
  private boolean looked;
  private long lookedNanos;
  private boolean faulted;
  private long faultNanos;

  Network(Path folder, Key key) {
    this.key = key;
    sidecar = folder.resolve(key.file());
    check();
  }

  Key key() {
    return key;
  }

  void use() {
    users++;
  }

  /** Returns whether nobody uses it any more. */
  boolean release() {
    return --users == 0;
  }

  /** Why it cannot be used. */
  Optional<ModelException> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** The sidecar, as long as the network can be used. */
  Optional<ModelCard> card() {
    return Optional.ofNullable(card);
  }

  /** Reads the files and compares the hashes; loads nothing into OpenCV. */
  private void check() {
    tried = stamps();
    try {
      ModelCard read = ModelCard.read(sidecar, key.sha256());
      byte[] _ = Model.verified(read);
      card = read;
      if (trouble != null && !faulted) {
        LOG.info("A model can be used again. model={}", key.file());
      }
      trouble = null;
    } catch (ModelException e) {
      fail(e);
    }
  }

  /** It failed while it looked, though its files are as they should be: given up for a while. */
  void fault(ModelException reason, long nanos) {
    close();
    card = null;
    trouble = reason;
    faultNanos = nanos;
    // Once, however often it fails again.
    if (!faulted) {
      faulted = true;
      LOG.warn(
          "A model failed; it is tried again every {} min, and the classical detector goes on alone"
              + " meanwhile. model={} why=\"{}\"",
          Duration.ofNanos(MENDED).toMinutes(),
          key.file(),
          reason.getMessage());
    }
  }

  /** It has looked. */
  void worked(long nanos) {
    if (faulted && nanos - faultNanos >= 2 * MENDED) {
      faulted = false;
      LOG.info("A model works again. model={}", key.file());
    }
  }

  /** Gives the network up until its files change. */
  private void fail(ModelException reason) {
    close();
    card = null;
    if (trouble == null) {
      LOG.warn(
          "A model cannot be used; the classical detector goes on alone. model={} why=\"{}\"",
          key.file(),
          reason.getMessage());
    }
    trouble = reason;
  }

  /** Looks, at most once a minute, whether one that could not be used can be tried again. */
  void renew(long nanos) {
    if (card != null || (looked && nanos - lookedNanos < AGAIN && nanos >= lookedNanos)) {
      return;
    }
    looked = true;
    lookedNanos = nanos;
    boolean changed = !tried.equals(stamps());
    boolean waited = nanos - faultNanos >= MENDED || nanos < faultNanos;
    if (changed || (faulted && waited)) {
      check();
    }
  }

  private String stamps() {
    return stamp(sidecar) + stamp(ModelCard.networkOf(sidecar));
  }

  /** What changes with a file, without reading it. */
  private static String stamp(Path file) {
    try {
      return Files.size(file) + "@" + Files.getLastModifiedTime(file).toMillis() + ";";
    } catch (IOException e) {
      return "none;";
    }
  }

  /** Loads it, unless it is. */
  Optional<Model> open(long nanos) {
    if (model == null && card != null) {
      try {
        model = Model.open(card);
        LOG.info("A model is in use. model={} sha256={}", key.file(), key.sha256());
      } catch (ModelException e) {
        if (faulted) {
          fault(e, nanos);
        } else {
          fail(e);
        }
      }
    }
    return Optional.ofNullable(model);
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
      model = null;
    }
  }
}
