package org.cityedge.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which signed commands were carried out: each at most once, over restarts too, and whatever the
 * wall clock says. The {@value #MOST} newest ids are kept; of what is older than all that were
 * forgotten, none is taken. In one file, replaced as a whole:
 *
 * <pre>
 *   3b1f…                   sha256 of the rest
 *   floor 1748730000        issued at or before this, nothing is taken (Unix seconds)
 *   1748736700 01JWN93Q7H   issued at, id
 * </pre>
 *
 * When the file is damaged or cannot be read, nothing is taken that was issued before then.
 * Confined to its owner's thread.
 */
public final class SeenCommands {
  static final int MOST = 256;

  private static final Pattern LINE = Pattern.compile("([0-9]{1,11}) ([A-Za-z0-9-]{1,64})");
  private static final Pattern FLOOR = Pattern.compile("floor ([0-9]{1,11})");

  /** What a command is to this gateway. */
  public enum Taken {
    /** To be carried out; it is written down as carried out. */
    FRESH,
    REPLAYED,
    /** Issued before what is remembered. */
    TOO_OLD
  }

  private final Path file;
  private final Disk disk;
  private final InstantSource clock;
  private final Map<String, Long> seen = new LinkedHashMap<>();
  private long floor;
  private boolean read;

  /**
   * @param file made when it is missing
   */
  public SeenCommands(Path file, InstantSource clock) {
    this(file, clock, Disk.REAL);
  }

  SeenCommands(Path file, InstantSource clock, Disk disk) {
    this.file = file;
    this.clock = clock;
    this.disk = disk;
  }

  /**
   * Takes a command, before it is carried out.
   *
   * @throws IOException when it cannot be written down; then it must not be carried out
   */
  public Taken take(String id, Instant issuedAt) throws IOException {
    readOnce();
    if (seen.containsKey(id)) {
      return Taken.REPLAYED;
    }
    long issued = issuedAt.getEpochSecond();
    if (issued <= floor) {
      return Taken.TOO_OLD;
    }
    Map<String, Long> before = Map.copyOf(seen);
    long floorBefore = floor;
    seen.put(id, issued);
    while (seen.size() > MOST) {
      forgetOldest();
    }
    try {
      write();
    } catch (IOException e) {
      seen.clear();
      seen.putAll(before);
      floor = floorBefore;
      throw e;
    }
    return Taken.FRESH;
  }

  private void forgetOldest() {
    @Nullable String oldest = null;
    long least = Long.MAX_VALUE;
    for (Map.Entry<String, Long> entry : seen.entrySet()) {
      if (entry.getValue() < least) {
        least = entry.getValue();
        oldest = entry.getKey();
      }
    }
    if (oldest != null) {
      seen.remove(oldest);
      floor = Math.max(floor, least);
    }
  }

  private void write() throws IOException {
    StringBuilder body = new StringBuilder("floor " + floor + "\n");
    seen.forEach((id, issued) -> body.append(issued).append(' ').append(id).append('\n'));
    String text = Sha256.hex(body.toString().getBytes(UTF_8)) + "\n" + body;
    disk.createFolders(file.resolveSibling(""));
    disk.replace(file, text.getBytes(UTF_8));
  }

  private void readOnce() {
    if (read) {
      return;
    }
    if (!isWhole()) {
      seen.clear();
      floor = Math.max(0, clock.instant().getEpochSecond());
    }
    read = true;
  }

  private boolean isWhole() {
    try {
      Optional<byte[]> bytes = disk.read(file);
      return bytes.isEmpty() || parse(new String(bytes.get(), UTF_8));
    } catch (IOException _) {
      // A bad sector is damage as well; else nothing would be taken ever again.
      return false;
    }
  }

  private boolean parse(String text) {
    int end = text.indexOf('\n');
    String body = text.substring(end + 1);
    if (end < 0 || !Sha256.hex(body.getBytes(UTF_8)).equals(text.substring(0, end))) {
      return false;
    }
    for (String line : body.lines().toList()) {
      Matcher command = LINE.matcher(line);
      Matcher least = FLOOR.matcher(line);
      if (least.matches()) {
        floor = Long.parseLong(least.group(1));
      } else if (command.matches()) {
        seen.put(command.group(2), Long.parseLong(command.group(1)));
      } else {
        return false;
      }
    }
    return true;
  }
}
