package org.cityedge.config;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cityedge.config.SignedConfig.Floor;

/**
 * What a gateway's configuration stands on, as it lies on disk: one document in JSON, replaced as a
 * whole. Immutable.
 *
 * <pre>
 *   {"generation":12,"floor":{"epoch":1,"seq":58,"sha256":"3b1f…","iat":1748736700},
 *    "good":{"epoch":1,"seq":57,"sha256":"09aa…","file":"77c0…","clockUntrusted":false},
 *    "earlier":[…],"attempt":{"version":{…},"starts":0,"boot":"3f0c6a52-…","crashed":false},
 *    "blocked":[{"epoch":1,"seq":55,"code":"CRASH_LOOP"}],
 *    "untold":[{"epoch":1,"seq":56,"state":"committed","code":"","detail":"","told":false}],
 *    "last":{"epoch":1,"seq":57,"state":"committed","code":"","detail":"","told":true}}
 * </pre>
 *
 * @param generation counts the changes; of two files the higher one holds
 * @param floor what was accepted last; an order that was rolled back counts
 * @param good last-known-good, which is committed; empty while that is the factory document
 * @param earlier those committed before it, the newest first, at most 9
 * @param attempt the order that is being applied or in probation
 * @param blocked orders that were rolled back, the newest first, at most 32
 * @param untold outcomes before the last one that nobody was told yet, the oldest first, at most 4
 * @param last what became of the last order that changed, or was to change, this record
 */
public record Standing(
    long generation,
    Floor floor,
    Optional<Version> good,
    List<Version> earlier,
    Optional<Attempt> attempt,
    List<Blocked> blocked,
    List<Outcome> untold,
    Optional<Outcome> last) {
  /** Versions that are kept, the good one included (config.md §3). */
  public static final int MOST_VERSIONS = 10;

  static final int MOST_BLOCKED = 32;
  static final int MOST_UNTOLD = 4;
  static final int MOST_DETAIL = 200;

  /** Code of the outcome when what was committed cannot be had any more (config.md §4 row 16). */
  static final String LOST = "LKG_LOST";

  static final Standing NONE =
      new Standing(
          0,
          Floor.NONE,
          Optional.empty(),
          List.of(),
          Optional.empty(),
          List.of(),
          List.of(),
          Optional.empty());

  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern CODE = Pattern.compile("[A-Z_]{1,32}");

  /** How far an order has come (config.md §3); the words are those that are reported. */
  public enum State {
    RECEIVED,
    VERIFIED,
    VALIDATED,
    STAGED,
    APPLYING,
    PROBATION,
    COMMITTED,
    REJECTED,
    ROLLED_BACK,
    SUPERSEDED;

    /** {@code rolled_back}. */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * An accepted order.
   *
   * @param epoch of the key list it was accepted under
   * @param sha256 of its payload
   * @param file sha256 of its file, whose name it gives
   * @param clockUntrusted its times were not judged yet (config.md §4 row 6)
   */
  public record Version(
      int epoch, long sequence, String sha256, String file, boolean clockUntrusted) {
    /** {@code 1-58-3b1f0c6a526c.jws}. */
    String fileName() {
      return epoch + "-" + sequence + "-" + file.substring(0, 12) + ConfigStore.DOCUMENT;
    }

    private String json() {
      return "{\"epoch\":%d,\"seq\":%d,\"sha256\":\"%s\",\"file\":\"%s\",\"clockUntrusted\":%s}"
          .formatted(epoch, sequence, sha256, file, clockUntrusted);
    }

    private static Version read(Section s) {
      return new Version(
          s.integer("epoch", 0, Integer.MAX_VALUE),
          s.whole("seq", 0, Order.MOST_SEQUENCE),
          s.text("sha256", SHA256, "64 hex digits"),
          s.text("file", SHA256, "64 hex digits"),
          s.flag("clockUntrusted", false));
    }
  }

  /**
   * An order that is applied and not yet committed.
   *
   * @param starts of the process since it was applied, written before each
   * @param boot the machine's boot of the last start
   * @param crashed whether the process ended once while the machine went on
   */
  public record Attempt(Version version, int starts, String boot, boolean crashed) {
    /** Whether one more start of the process gives it up. */
    public boolean isLast() {
      return starts + 1 >= Deployment.MOST_STARTS;
    }
  }

  /**
   * @param code why it was rolled back
   */
  public record Blocked(int epoch, long sequence, String code) {}

  /**
   * @param sequence 0 for the factory document
   * @param code empty when all is well
   * @param detail one sentence for a person, at most 200 printable characters; may be empty
   * @param told whether it was handed to the event store
   */
  public record Outcome(
      int epoch, long sequence, State state, String code, String detail, boolean told) {
    public Outcome {
      detail = Printable.line(detail, MOST_DETAIL);
    }

    Outcome asTold() {
      return new Outcome(epoch, sequence, state, code, detail, true);
    }
  }

  public Standing {
    earlier = earlier.stream().limit(MOST_VERSIONS - 1).toList();
    blocked = blocked.stream().limit(MOST_BLOCKED).toList();
    untold = untold.stream().skip(Math.max(0, untold.size() - MOST_UNTOLD)).toList();
  }

  /** The documents it names. */
  List<Version> versions() {
    List<Version> out = new ArrayList<>(earlier);
    good.ifPresent(out::add);
    attempt.ifPresent(a -> out.add(a.version()));
    return out;
  }

  /**
   * What became of an order: as it was told, or would be if its outcome is no longer the last one.
   * Empty when the record knows nothing of it.
   */
  public Optional<Outcome> outcome(long sequence) {
    Optional<Outcome> here = last.filter(outcome -> outcome.sequence() == sequence);
    if (here.isPresent()) {
      return here;
    }
    Optional<Outcome> back =
        blocked.stream()
            .filter(order -> order.sequence() == sequence)
            .findFirst()
            .map(o -> new Outcome(o.epoch(), sequence, State.ROLLED_BACK, o.code(), "", true));
    return back.isPresent()
        ? back
        : good.filter(version -> version.sequence() == sequence)
            .map(v -> new Outcome(v.epoch(), sequence, State.COMMITTED, "", "", true));
  }

  /** The same outcome, another attempt. */
  Standing with(Optional<Attempt> next) {
    return new Standing(generation, floor, good, earlier, next, blocked, untold, last);
  }

  /** One that nobody was told yet is kept beside the new one. */
  Standing with(Optional<Attempt> next, Outcome outcome) {
    List<Outcome> left = new ArrayList<>(untold);
    last.filter(before -> !before.told()).ifPresent(left::add);
    return new Standing(
        generation, floor, good, earlier, next, blocked, left, Optional.of(outcome));
  }

  Standing asTold() {
    return new Standing(
        generation, floor, good, earlier, attempt, blocked, List.of(), last.map(Outcome::asTold));
  }

  Standing onFloor(Floor next) {
    return new Standing(generation, next, good, earlier, attempt, blocked, untold, last);
  }

  Standing on(Optional<Version> next, List<Version> before) {
    return new Standing(generation, floor, next, before, attempt, blocked, untold, last);
  }

  Standing blocking(Version version, String code) {
    List<Blocked> all = new ArrayList<>();
    all.add(new Blocked(version.epoch(), version.sequence(), code));
    all.addAll(blocked);
    return new Standing(generation, floor, good, earlier, attempt, all, untold, last);
  }

  Standing inGeneration(long next) {
    return new Standing(next, floor, good, earlier, attempt, blocked, untold, last);
  }

  String json() {
    List<String> members = new ArrayList<>();
    members.add("\"generation\":" + generation);
    members.add(
        "\"floor\":{\"epoch\":%d,\"seq\":%d,\"sha256\":%s,\"iat\":%d}"
            .formatted(
                floor.epoch(),
                floor.sequence(),
                JsonText.quoted(floor.sha256()),
                floor.issuedAt().getEpochSecond()));
    good.ifPresent(version -> members.add("\"good\":" + version.json()));
    members.add(list("earlier", earlier.stream().map(Version::json).toList()));
    attempt.ifPresent(
        a ->
            members.add(
                "\"attempt\":{\"version\":%s,\"starts\":%d,\"boot\":%s,\"crashed\":%s}"
                    .formatted(
                        a.version().json(), a.starts(), JsonText.quoted(a.boot()), a.crashed())));
    members.add(
        list(
            "blocked",
            blocked.stream()
                .map(
                    b ->
                        "{\"epoch\":%d,\"seq\":%d,\"code\":\"%s\"}"
                            .formatted(b.epoch(), b.sequence(), b.code()))
                .toList()));
    members.add(list("untold", untold.stream().map(Standing::json).toList()));
    last.ifPresent(outcome -> members.add("\"last\":" + json(outcome)));
    return "{" + String.join(",\n ", members) + "}\n";
  }

  private static String json(Outcome outcome) {
    return "{\"epoch\":%d,\"seq\":%d,\"state\":\"%s\",\"code\":%s,\"detail\":%s,\"told\":%s}"
        .formatted(
            outcome.epoch(),
            outcome.sequence(),
            Section.wordFor(outcome.state()),
            orNull(outcome.code()),
            orNull(outcome.detail()),
            outcome.told());
  }

  private static String orNull(String text) {
    return text.isEmpty() ? "null" : JsonText.quoted(text);
  }

  private static String list(String key, List<String> items) {
    return "\"" + key + "\":[" + String.join(",\n  ", items) + "]";
  }

  static Standing parse(String text) throws ConfigException {
    return ConfigLoader.parse("state", text, Standing::read);
  }

  private static Standing read(Section s) {
    return new Standing(
        s.whole("generation", 1, Long.MAX_VALUE),
        s.section("floor").map(Standing::floor).orElse(Floor.NONE),
        s.section("good").map(Version::read),
        s.sections("earlier").stream().map(Version::read).toList(),
        s.section("attempt").flatMap(Standing::attempt),
        s.sections("blocked").stream()
            .map(
                b ->
                    new Blocked(
                        b.integer("epoch", 0, Integer.MAX_VALUE),
                        b.whole("seq", 0, Order.MOST_SEQUENCE),
                        b.text("code", CODE, "a code")))
            .toList(),
        s.sections("untold").stream().map(Standing::outcome).toList(),
        s.section("last").map(Standing::outcome));
  }

  private static Floor floor(Section s) {
    return new Floor(
        s.integer("epoch", 0, Integer.MAX_VALUE),
        s.whole("seq", 0, Order.MOST_SEQUENCE),
        s.optionalText("sha256", Pattern.compile("|" + SHA256), "64 hex digits").orElse(""),
        // Those of before it was kept have none.
        Instant.ofEpochSecond(s.has("iat") ? s.whole("iat", 0, KeyList.LATEST) : 0));
  }

  private static Optional<Attempt> attempt(Section s) {
    Optional<Version> version = s.section("version").map(Version::read);
    if (version.isEmpty()) {
      s.problem("version", "is missing");
    }
    int starts = s.integer("starts", 0, 1000);
    String boot = s.text("boot");
    boolean crashed = s.flag("crashed", false);
    return version.map(v -> new Attempt(v, starts, boot, crashed));
  }

  private static Outcome outcome(Section s) {
    return new Outcome(
        s.integer("epoch", 0, Integer.MAX_VALUE),
        s.whole("seq", 0, Order.MOST_SEQUENCE),
        s.word("state", State.class),
        s.optionalText("code", CODE, "a code").orElse(""),
        s.optionalText("detail").orElse(""),
        s.flag("told", false));
  }
}
