package org.cityedge.config;

import java.time.Instant;
import java.util.Optional;

/** The rule for what one key signs alone: commands and updates. */
final class OneSignature {
  private OneSignature() {}

  sealed interface Judged {
    record Good() implements Judged {}

    /**
     * @param known whether there is such a key for that; then it is the signature that is wrong
     * @param detail one sentence for a person
     */
    record Refused(boolean known, String detail) implements Judged {}
  }

  /**
   * Exactly one signature, by a key of that role that has not expired, over the bytes received.
   *
   * @param now empty while nobody vouches for the clock; then no key has expired
   */
  static Judged judge(Jws jws, KeyList keys, KeyList.Role role, Optional<Instant> now) {
    if (jws.seals().size() != 1) {
      return new Judged.Refused(true, "it must have one signature");
    }
    Jws.Seal seal = jws.seals().getFirst();
    KeyList.Key key = keys.keys().get(seal.keyId());
    if (key == null || key.role() != role) {
      return new Judged.Refused(
          false, "no key %s for %s is known".formatted(seal.keyId(), role.plural()));
    }
    if (!Ed25519.verifies(key.key(), seal.text(), seal.signature())) {
      return new Judged.Refused(true, "the signature is not over these bytes");
    }
    if (now.isPresent() && !now.get().isBefore(key.expires())) {
      return new Judged.Refused(false, "the key " + key.id() + " has expired on " + key.expires());
    }
    return new Judged.Good();
  }
}
