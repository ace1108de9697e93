package org.cityedge.agent.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The unchanged agent as a process of its own, with the flags that the launcher gives it. */
public final class AgentProcess implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Process process;

  private AgentProcess(Process process) {
    this.process = process;
  }

  /** Starts {@code run}; what it logs is added to {@code log}. */
  public static AgentProcess run(Path config, Path data, Path log) throws IOException {
    return run(config, data, log, Map.of());
  }

  /** As {@link #run}, with more in its environment. */
  public static AgentProcess run(Path config, Path data, Path log, Map<String, String> environment)
      throws IOException {
    ProcessBuilder.Redirect sink = ProcessBuilder.Redirect.appendTo(log.toFile());
    ProcessBuilder builder =
        new ProcessBuilder(
            command("run", "--config", config.toString(), "--data", data.toString()));
    builder.environment().putAll(environment);
    return new AgentProcess(builder.redirectError(sink).redirectOutput(sink).start());
  }

  /** Runs any verb to its end and returns what it printed; {@code exit} is checked. */
  public static String verb(int exit, String... arguments) throws Exception {
    Process process = new ProcessBuilder(command(arguments)).redirectErrorStream(true).start();
    StringBuilder text = new StringBuilder();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        text.append(line).append('\n');
      }
    }
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the verb did not end: " + List.of(arguments));
    }
    if (process.exitValue() != exit) {
      throw new AssertionError("exit " + process.exitValue() + " instead of " + exit + ": " + text);
    }
    return text.toString();
  }

  private static List<String> command(String... arguments) {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                // What lives for seconds never gets back what the second compiler takes.
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                classes,
                "org.cityedge.agent.Main"));
    command.addAll(List.of(arguments));
    return command;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** {@code kill -9}, and waits for the end. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM; returns the exit code of an orderly end. */
  public int stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("the agent did not stop within " + LIMIT);
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** The log so far, for a failure's text. */
  public static String tail(Path log) throws IOException {
    Files.write(log, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }
}
