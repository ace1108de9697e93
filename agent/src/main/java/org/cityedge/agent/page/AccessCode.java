package org.cityedge.agent.page;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cityedge.config.Secrets;
import org.cityedge.config.Section;
import org.cityedge.config.Sha256;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a caller may see more than the traffic light: {@code Authorization: Bearer CODE} (RFC
 * 6750 §2.1), a header so that it stands in no URL, no log and no history.
 *
 * <p>Guessing is slow: {@value #EACH} wrong codes a minute from one address and {@value #ALL} from
 * all together, so that six digits last for a month. Any thread.
 */
final class AccessCode {
  static final int EACH = 5;
  static final int ALL = 20;

  /** Of the newest addresses that guessed wrong; the others count together only. */
  private static final int MAX_ADDRESSES = 64;

  private static final long WINDOW = Duration.ofMinutes(1).toNanos();
  private static final String SCHEME = "Bearer ";
  private static final Logger LOG = LoggerFactory.getLogger(AccessCode.class);

  enum Verdict {
    GRANTED,
    /** None was sent; that is no attempt. */
    MISSING,
    WRONG,
    /** Not even looked at. */
    TOO_MANY,
    /** There is no code, so nobody has it. */
    CLOSED
  }

  /** Whether a code can be given. */
  enum Standing {
    /** It opens the rest. */
    NEEDED,
    /** None is configured. */
    NONE,
    /** One is configured, and its file cannot be used; the log and doctor say why. */
    UNUSABLE;

    /** {@code needed}. */
    String word() {
      return Section.wordFor(this);
    }
  }

  private static final class Window {
    private long began;
    private int wrong;
  }

  private final Optional<String> reference;
  private final Secrets secrets;
  private final LongSupplier nanos;

  // Guarded by this.
  private final Map<String, Window> byAddress = new LinkedHashMap<>();
  private final Window all = new Window();
  private String told = "";

  AccessCode(Optional<String> reference, Secrets secrets, LongSupplier nanos) {
    this.reference = reference;
    this.secrets = secrets;
    this.nanos = nanos;
  }

  Standing standing() {
    if (reference.isEmpty()) {
      return Standing.NONE;
    }
    return code(reference.get()).isPresent() ? Standing.NEEDED : Standing.UNUSABLE;
  }

  /**
   * @param header the request's {@code Authorization}
   * @param address of the caller, in numbers
   */
  Verdict check(@Nullable String header, String address) {
    if (reference.isEmpty()) {
      return Verdict.CLOSED;
    }
    if (header == null || !header.startsWith(SCHEME)) {
      return Verdict.MISSING;
    }
    return compare(reference.get(), header.substring(SCHEME.length()).strip(), address);
  }

  /** One at a time: of many that come at once each would else be let in before any has counted. */
  private synchronized Verdict compare(String name, String sent, String address) {
    if (wrong(all) >= ALL || wrong(byAddress.get(address)) >= EACH) {
      return Verdict.TOO_MANY;
    }
    Optional<String> code = code(name);
    if (code.isEmpty()) {
      return Verdict.CLOSED;
    }
    // Hashes are of one length, so that the time says nothing of the code, nor of its length.
    boolean right = MessageDigest.isEqual(hash(code.get()), hash(sent));
    return right ? Verdict.GRANTED : refused(address);
  }

  private synchronized Verdict refused(String address) {
    count(all);
    Window window = byAddress.remove(address);
    if (window == null) {
      window = new Window();
    }
    count(window);
    byAddress.put(address, window);
    if (byAddress.size() > MAX_ADDRESSES) {
      byAddress.remove(byAddress.keySet().iterator().next());
    }
    if (window.wrong == 1 || window.wrong == EACH) {
      LOG.warn("A wrong access code came to the page. from={} attempts={}", address, window.wrong);
    }
    return Verdict.WRONG;
  }

  private int wrong(@Nullable Window window) {
    return window == null || nanos.getAsLong() - window.began > WINDOW ? 0 : window.wrong;
  }

  private void count(Window window) {
    if (wrong(window) == 0) {
      window.began = nanos.getAsLong();
      window.wrong = 0;
    }
    window.wrong++;
  }

  /** Read anew each time, so that a changed file counts at once. */
  private Optional<String> code(String name) {
    try {
      String code = secrets.read(name);
      Optional<String> problem = PageConfig.codeProblem(code);
      if (problem.isEmpty()) {
        tell("");
        return Optional.of(code);
      }
      tell("the access code in secrets/%s %s".formatted(name, problem.get()));
    } catch (IOException e) {
      tell(String.valueOf(e.getMessage()));
    }
    return Optional.empty();
  }

  private synchronized void tell(String problem) {
    if (!problem.equals(told) && !problem.isEmpty()) {
      LOG.warn("The page shows nothing but its light: {}", problem);
    }
    told = problem;
  }

  private static byte[] hash(String text) {
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
