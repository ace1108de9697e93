package org.cityedge.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a signed site file brings to a gateway beside its configuration, the section {@code site} of
 * an order (config.md §2):
 *
 * <pre>
 *   {"files":[{"name":"certificates/city-ca-2.pem","sha256":"9f86…"}],"sshKey":"ssh-ed25519 AAAA… ops-li"}
 * </pre>
 *
 * The files themselves lie beside it on the stick; nobody else's are taken. Immutable.
 *
 * @param files at most {@value #MOST_FILES}, each name once
 * @param sshKey who may log in from now on, or {@value #OFF} for nobody; empty when that stays
 */
public record SitePart(List<Brought> files, Optional<String> sshKey) {
  static final int MOST_FILES = 32;

  /** Closes SSH. */
  public static final String OFF = "off";

  private static final Pattern NAME =
      Pattern.compile("(secrets|certificates|models)/[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SSH =
      Pattern.compile(
          OFF
              + "|(ssh-ed25519|ecdsa-sha2-nistp256|sk-ssh-ed25519@openssh\\.com) [A-Za-z0-9+/=]+"
              + "( [A-Za-z0-9@._-]+)?");

  /**
   * A file.
   *
   * @param name with its folder, {@code secrets/broker-2}
   * @param sha256 of its bytes as the maintainer has them, hex
   */
  public record Brought(String name, String sha256) {}

  public SitePart {
    files = List.copyOf(files);
  }

  static SitePart read(Section site) {
    List<Section> entries = site.sections("files");
    if (entries.size() > MOST_FILES) {
      site.problem("files", "must be at most " + MOST_FILES + ", were " + entries.size());
    }
    Set<String> names = new HashSet<>();
    List<Brought> files = new ArrayList<>();
    for (Section entry : entries) {
      String name = entry.text("name", NAME, "secrets/, certificates/ or models/ and a plain name");
      if (!names.add(name)) {
        entry.problem("name", "is there twice: " + name);
      }
      files.add(new Brought(name, entry.text("sha256", SHA256, "64 of 0-9 and a-f")));
    }
    return new SitePart(
        files, site.optionalText("sshKey", SSH, "one public key, ssh-ed25519 AAAA… name, or off"));
  }
}
