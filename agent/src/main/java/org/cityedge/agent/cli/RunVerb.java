package org.cityedge.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.cityedge.agent.Agent;
import org.cityedge.agent.care.LastResort;
import org.cityedge.config.ConfigException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code cityedge run}: the agent itself, until SIGTERM or Ctrl-C. When the gateway wants its
 * process started again, it closes in the same order and ends with {@value #RESTART}; a service
 * manager answers that by a new start.
 */
public final class RunVerb implements Verb {
  /** EX_TEMPFAIL of sysexits.h: try again. */
  static final int RESTART = 75;

  private final CommandSpec spec =
      Verb.named("run", "Runs the agent until SIGTERM or Ctrl-C.")
          .addOption(
              Verb.option(
                      "--config",
                      "FILE",
                      "The factory document, gateway.yaml: runs until a signed order is committed.")
                  .type(Path.class)
                  .required(true)
                  .build())
          .addOption(
              Verb.option(
                      "--data",
                      "DIR",
                      "Folder that lasts: event store, secrets/. Default: data beside the configuration.")
                  .type(Path.class)
                  .build())
          .addOption(
              Verb.option(
                      "--run",
                      "DIR",
                      "Folder for what does not outlive the process. Default: run in the data folder.")
                  .type(Path.class)
                  .build());

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public int run(ParseResult arguments, PrintWriter out, PrintWriter err) {
    Folders folders = Folders.of(arguments);
    LastResort.install();
    try {
      return switch (runUntilStopped(Agent.open(folders.config(), folders.data(), folders.run()))) {
        case STOPPED -> OK;
        case RESTART -> RESTART;
      };
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return FAILURE;
    } catch (IOException e) {
      err.println("cityedge: " + e.getMessage());
      return FAILURE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILURE;
    }
  }

  /** From here on the exit code is the verb's own, unless a signal has come meanwhile. */
  private static void unhook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The virtual machine is going down already, through the hook.
    }
  }

  private static Agent.End runUntilStopped(Agent agent)
      throws ConfigException, IOException, InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              agent.stop();
              try {
                // The virtual machine ends when its hooks do, so this one waits for the orderly
                // end.
                stopped.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              // An orderly end is a success; without this the exit code would be the signal's, 143.
              Runtime.getRuntime().halt(OK);
            },
            "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try (agent) {
      return agent.run();
    } finally {
      stopped.countDown();
      unhook(hook);
    }
  }
}
