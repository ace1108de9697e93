package org.cityedge.agent.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.cityedge.agent.EvidenceFolders;
import org.cityedge.buffer.Clips;
import org.cityedge.buffer.Seal;
import org.cityedge.buffer.SealedFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge evidence}: what is kept of alerts, also beside a running agent. Whatever is read
 * out is written into the audit file first; when that cannot be done, nothing is read.
 */
public final class EvidenceVerb implements Verb {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Of the audit file; then it becomes {@code .1} and a new one begins. */
  private static final long AUDIT_BYTES = 1 << 20;

  private static final int MAX_REASON = 200;

  private final CommandSpec spec =
      Verb.named("evidence", "Shows and exports the pictures and clips that are kept of alerts.");

  public EvidenceVerb() {
    spec.addSubcommand("list", list());
    spec.addSubcommand("export", export());
  }

  private static CommandSpec list() {
    return Verb.named("list", "Lists what is kept, the oldest first.")
        .addOption(data())
        .addOption(
            Verb.option("--json", "", "One JSON object per line.").type(boolean.class).build());
  }

  private static CommandSpec export() {
    return Verb.named("export", "Writes one picture or clip to a file, unsealed.")
        .addPositional(
            PositionalParamSpec.builder()
                .index("0")
                .paramLabel("ID")
                .type(String.class)
                .required(true)
                .description("Its id, from the list or the alert.")
                .build())
        .addPositional(
            PositionalParamSpec.builder()
                .index("1")
                .paramLabel("FILE")
                .type(Path.class)
                .required(true)
                .description("Where to; must not be there yet.")
                .build())
        .addOption(data())
        .addOption(
            Verb.option("--original", "", "The unmasked one; needs --reason.")
                .type(boolean.class)
                .build())
        .addOption(
            Verb.option("--reason", "TEXT", "Why; at most 200 characters, for the audit.")
                .type(String.class)
                .build());
  }

  private static picocli.CommandLine.Model.OptionSpec data() {
    return Verb.option("--data", "DIR", "The agent's data folder.")
        .type(Path.class)
        .required(true)
        .build();
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    return Verb.second(
        arguments,
        out,
        err,
        "evidence what? evidence list, evidence export ID FILE",
        verb -> {
          EvidenceFolders folders =
              EvidenceFolders.in(verb.matchedOptionValue("--data", Path.of(".")));
          return verb.commandSpec().name().equals("list")
              ? list(verb, folders, out)
              : export(verb, folders, out);
        });
  }

  private static int list(ParseResult verb, EvidenceFolders folders, PrintWriter out)
      throws IOException {
    boolean json = verb.matchedOptionValue("--json", false);
    Seal seal = new Seal(folders.key());
    int damaged = 0;
    if (!json) {
      out.printf("%-8s %-32s %-4s %-20s %10s%n", "what", "id", "type", "kept", "bytes");
    }
    for (boolean original : List.of(false, true)) {
      Path folder = original ? folders.originals() : folders.clips();
      for (SealedFile file : Clips.list(folder, seal)) {
        String what = original ? "original" : "masked";
        String type = file.name().substring(file.id().length() + 1);
        Instant keptAt = file.keptAt().truncatedTo(ChronoUnit.SECONDS);
        long size = -1;
        String trouble = "";
        try {
          size = file.size();
        } catch (SealedFile.Damaged e) {
          trouble = String.valueOf(e.getMessage());
          damaged++;
        }
        if (json) {
          ObjectNode one =
              JSON.createObjectNode()
                  .put("what", what)
                  .put("id", file.id())
                  .put("type", type)
                  .put("keptAt", keptAt.toString());
          out.println(trouble.isEmpty() ? one.put("bytes", size) : one.put("trouble", trouble));
        } else {
          out.printf(
              "%-8s %-32s %-4s %-20s %10s%n",
              what, file.id(), type, keptAt, trouble.isEmpty() ? size : trouble);
        }
      }
    }
    return damaged == 0 ? OK : WARNING;
  }

  private static int export(ParseResult verb, EvidenceFolders folders, PrintWriter out)
      throws IOException {
    String id = verb.matchedPositionalValue(0, "");
    Path target = verb.matchedPositionalValue(1, Path.of(""));
    boolean original = verb.matchedOptionValue("--original", false);
    String reason = verb.matchedOptionValue("--reason", "").strip();
    if (reason.length() > MAX_REASON || (original && reason.isEmpty())) {
      throw new ParameterException(
          verb.commandSpec().commandLine(),
          "--reason must be 1.." + MAX_REASON + " characters; an original is not read without one");
    }
    if (Files.exists(target)) {
      throw new IOException(target + " exists already; name another file");
    }
    Path folder = original ? folders.originals() : folders.clips();
    Optional<SealedFile> kept =
        Clips.list(folder, new Seal(folders.key())).stream()
            .filter(file -> file.id().equals(id))
            .findFirst();
    if (kept.isEmpty()) {
      throw new IOException(
          (original ? "no original" : "nothing")
              + " is kept under the id "
              + id
              + "; cityedge evidence list shows what is");
    }
    SealedFile file = kept.get();
    long size = file.size();
    audit(folders.audit(), file.name(), original, reason, target);
    write(file, target);
    out.printf("%s: %d bytes, %s%n", target, size, original ? "NOT masked" : "masked");
    return OK;
  }

  /** Forced to the disk before anything is read out. */
  private static void audit(Path audit, String name, boolean original, String reason, Path target)
      throws IOException {
    String sudo = System.getenv("SUDO_USER");
    ObjectNode line =
        JSON.createObjectNode()
            .put("at", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString())
            .put("what", original ? "original" : "masked")
            .put("name", name)
            .put("user", System.getProperty("user.name"))
            .put("to", target.toAbsolutePath().toString())
            .put("reason", reason);
    if (sudo != null) {
      line.put("sudoUser", sudo);
    }
    if (Files.exists(audit) && Files.size(audit) > AUDIT_BYTES) {
      Files.move(
          audit,
          audit.resolveSibling(audit.getFileName() + ".1"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    try (FileChannel channel =
        FileChannel.open(
            audit,
            EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer left = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
  }

  /** For the owner alone; whole or not at all. */
  private static void write(SealedFile file, Path target) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                target,
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        InputStream content = file.content()) {
      byte[] part = new byte[1 << 16];
      for (int n = content.read(part); n >= 0; n = content.read(part)) {
        ByteBuffer left = ByteBuffer.wrap(part, 0, n);
        while (left.hasRemaining()) {
          channel.write(left);
        }
      }
    } catch (FileAlreadyExistsException e) {
      throw new IOException(target + " exists already; name another file", e);
    } catch (IOException e) {
      Files.deleteIfExists(target);
      throw e;
    }
  }
}
