package org.cityedge.agent.doctor;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.cityedge.agent.EvidenceFolders;
import org.cityedge.agent.Version;
import org.cityedge.config.Deployment;
import org.cityedge.config.NewFile;
import org.cityedge.config.Standing;

/**
 * What a maintainer needs to help from afar, in one file: doctor's report, the configuration, the
 * agent's state, the end of the log, the queue's books, versions, names of files, audits. No
 * secret, no key, no certificate, no event, no picture: every text goes through {@link Redaction}.
 * Each entry is cut to its last 2 MiB.
 */
public final class Bundle {
  private static final int LARGEST = 2 << 20;
  private static final int MOST_FILES = 2000;
  private static final int MOST_AUDITS = 10;

  private final Path data;
  private final Redaction redaction;
  private final Map<String, String> entries = new LinkedHashMap<>();

  /**
   * @throws IOException when a secret cannot be read, so that it cannot be looked for
   */
  public Bundle(Path data) throws IOException {
    this.data = data;
    this.redaction = Redaction.of(data);
  }

  /** A text under a name. */
  public void add(String name, String text) {
    // Cut afterwards: half a secret is not recognised.
    String clean = redaction.of(text);
    entries.put(name, clean.length() > LARGEST ? clean.substring(clean.length() - LARGEST) : clean);
  }

  /** The end of a file, if it is there; why not, if it cannot be read. */
  public void add(String name, Path file) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      add(name, tail(file));
    } catch (IOException e) {
      add(name, "cannot be read: " + e);
    }
  }

  private static String tail(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      // /proc says 0 for every file.
      if (channel.size() == 0) {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
      }
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(LARGEST, channel.size()));
      channel.position(channel.size() - buffer.capacity());
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // until it is full
      }
      String end = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
      // A line that is cut in half might hold half a secret.
      return channel.size() > LARGEST ? end.substring(end.indexOf('\n') + 1) : end;
    }
  }

  /** Doctor's report in every form. */
  public void add(Report report) {
    add("doctor.html", report.html("zh"));
    add("doctor.txt", report.text("zh") + "\n" + report.text("en"));
    add("doctor.json", report.json());
  }

  /** What can be had without the agent's help. */
  public void addSurroundings(Path config, Path run) {
    add("config/gateway.yaml", config);
    add("config/standing.txt", standing());
    add("health.json", run.resolve("health.json"));
    add("versions.txt", versions());
    add("files.txt", files());
    add("restarts.txt", data.resolve("restarts"));
    add("ends.txt", data.resolve("ends"));
    for (String name : List.of("meminfo", "loadavg", "mounts", "uptime", "net/dev", "net/route")) {
      add("system/" + name.replace('/', '-') + ".txt", Path.of("/proc").resolve(name));
    }
    add("audit/evidence.log", EvidenceFolders.in(data).audit());
    audits().forEach(file -> add("audit/" + file.getFileName(), file));
  }

  private List<Path> audits() {
    Path folder = data.resolve("audit");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files = all.filter(Files::isRegularFile).sorted().toList();
      return files.subList(Math.max(0, files.size() - MOST_AUDITS), files.size());
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * The log: of a file, or else of the service in the journal, its last 5000 lines.
   *
   * @param unit the service's name
   */
  public void addLog(Optional<Path> file, String unit) throws InterruptedException {
    if (file.isPresent()) {
      add("log.txt", file.get());
      return;
    }
    Path place = null;
    try {
      place = Files.createTempFile("cityedge-log", ".txt");
      Process journal =
          new ProcessBuilder(
                  "journalctl",
                  "--unit",
                  unit,
                  "--lines",
                  "5000",
                  "--no-pager",
                  "--output",
                  "short-iso")
              .redirectErrorStream(true)
              .redirectOutput(place.toFile())
              .start();
      if (!journal.waitFor(20, TimeUnit.SECONDS)) {
        journal.destroyForcibly();
      }
      add("log.txt", place);
    } catch (IOException e) {
      add("log.txt", "the journal cannot be read, name the log with --log FILE: " + e.getMessage());
    } finally {
      if (place != null) {
        try {
          Files.delete(place);
        } catch (IOException e) {
          // A leftover in the temporary folder; what it holds is the journal's.
        }
      }
    }
  }

  private String standing() {
    try {
      Standing standing = Deployment.inspect(data.resolve("config"));
      return "active %s%nearlier %s%ntrial %s%nlast %s%nfloor %s%nblocked %s%n"
          .formatted(
              standing.good(),
              standing.earlier(),
              standing.attempt(),
              standing.last(),
              standing.floor(),
              standing.blocked());
    } catch (IOException e) {
      return "cannot be read: " + e;
    }
  }

  private static String versions() {
    String kernel =
        Stream.of("os.name", "os.version", "os.arch")
            .map(System::getProperty)
            .collect(Collectors.joining(" "));
    String system;
    try {
      system = Files.readString(Path.of("/etc/os-release"));
    } catch (IOException e) {
      system = "no /etc/os-release\n";
    }
    return "cityedge %s%njava %s %s%nkernel %s%n%s"
        .formatted(
            Version.agent(), Runtime.version(), System.getProperty("java.vm.name"), kernel, system);
  }

  /** Mode, size, time and name of what lies in the data folder, down to four levels. */
  private String files() {
    try (Stream<Path> all = Files.walk(data, 4)) {
      return all.sorted().limit(MOST_FILES).map(this::line).collect(Collectors.joining("\n"));
    } catch (IOException | UncheckedIOException e) {
      return "cannot be read: " + e;
    }
  }

  private String line(Path path) {
    try {
      return "%s %12d %s %s"
          .formatted(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(path)),
              Files.isDirectory(path) ? 0 : Files.size(path),
              Files.getLastModifiedTime(path),
              data.relativize(path));
    } catch (IOException e) {
      return "? " + data.relativize(path);
    }
  }

  /** The names of what is in it. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /**
   * Writes it, for the owner's eyes only.
   *
   * @throws IOException when the file exists already or cannot be written
   */
  public void write(Path file) throws IOException {
    NewFile.write(
        file,
        this::zip,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private void zip(OutputStream out) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8)) {
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
  }
}
