package org.cityedge.agent.doctor;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.cityedge.agent.GatewayConfig;
import org.cityedge.drivers.CoapSensorConfig;
import org.cityedge.drivers.InboxConfig;

/** The network as far as it can be seen without internet. */
final class NetworkChecks {
  private static final Pattern NUMBERS =
      Pattern.compile("[0-9.]+|\\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\\]?");
  private static final int ANSWER_SECONDS = 4;

  /** State 0A of proc(5)'s net/tcp: LISTEN; 07 of net/udp: not connected. */
  private static final String TCP_LISTEN = "0A";

  private static final String UDP_OPEN = "07";

  /** DHCP, mDNS and its like: every Debian has them, and none is a way in. */
  private static final Set<String> USUAL = Set.of("udp/68", "udp/546", "udp/5353", "tcp/22");

  private NetworkChecks() {}

  static Finding addresses(Patient patient) throws SocketException {
    List<String> found = new ArrayList<>();
    for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (one.isLoopback() || !one.isUp()) {
        continue;
      }
      Collections.list(one.getInetAddresses()).stream()
          .filter(address -> !address.isLinkLocalAddress())
          .forEach(address -> found.add(bare(address) + " (" + one.getName() + ")"));
    }
    boolean needed =
        patient
            .config()
            .map(config -> config.uplink().brokers().stream().anyMatch(b -> !isLoopback(b)))
            .orElse(true);
    if (found.isEmpty()) {
      return needed
          ? Finding.of("network", Diagnosis.ADDRESS_NONE)
          : Finding.of("network", Diagnosis.ADDRESS_GOOD, "127.0.0.1");
    }
    return Finding.of("network", Diagnosis.ADDRESS_GOOD, String.join(", ", found));
  }

  private static boolean isLoopback(URI broker) {
    return broker.getHost().startsWith("127.") || broker.getHost().equals("localhost");
  }

  private static String bare(InetAddress address) {
    return address.getHostAddress().replaceFirst("%.*", "");
  }

  /** The kernel picks a way at connect(2) of a datagram socket, and sends nothing. */
  static List<Finding> routes(Patient patient) {
    if (patient.config().isEmpty()) {
      return List.of(Finding.of("route", Diagnosis.NO_CONFIG));
    }
    List<Finding> findings = new ArrayList<>();
    for (URI broker : patient.config().get().uplink().brokers()) {
      String host = broker.getHost();
      if (!NUMBERS.matcher(host).matches()) {
        continue; // told by the check of names, and by the broker's first stage
      }
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.connect(new InetSocketAddress(InetAddress.getByName(host), port(broker)));
        findings.add(
            Finding.of(
                "route", broker.toString(), Diagnosis.ROUTE_GOOD, bare(socket.getLocalAddress())));
      } catch (IOException | java.io.UncheckedIOException e) {
        findings.add(
            Finding.of("route", broker.toString(), Diagnosis.ROUTE_NONE)
                .quoting(String.valueOf(e.getMessage())));
      }
    }
    return findings;
  }

  static int port(URI broker) {
    return broker.getPort() > 0
        ? broker.getPort()
        : broker.getScheme().equals("mqtts") ? 8883 : 1883;
  }

  static List<Finding> names(Patient patient) throws InterruptedException {
    if (patient.config().isEmpty()) {
      return List.of(Finding.of("dns", Diagnosis.NO_CONFIG));
    }
    Set<String> names = new TreeSet<>();
    hosts(patient.config().get())
        .filter(host -> !host.isEmpty() && !NUMBERS.matcher(host).matches())
        .forEach(names::add);
    if (names.isEmpty()) {
      return List.of(Finding.of("dns", Diagnosis.NAMES_UNUSED));
    }
    List<Finding> findings = new ArrayList<>();
    // The resolver cannot be interrupted; a thread that it keeps is left behind.
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    List<Future<InetAddress>> answers = new ArrayList<>();
    names.forEach(name -> answers.add(threads.submit(() -> InetAddress.getByName(name))));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
    int at = 0;
    for (String name : names) {
      findings.add(named(name, answers.get(at++), end - System.nanoTime()));
    }
    threads.shutdownNow();
    return findings;
  }

  private static Finding named(String name, Future<InetAddress> answer, long nanos)
      throws InterruptedException {
    try {
      InetAddress address = answer.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
      return Finding.of("dns", name, Diagnosis.NAMES_GOOD, name, bare(address));
    } catch (TimeoutException e) {
      return Finding.of("dns", name, Diagnosis.NAMES_FAIL, name);
    } catch (java.util.concurrent.ExecutionException e) {
      return Finding.of("dns", name, Diagnosis.NAMES_FAIL, name)
          .quoting(
              e.getCause() instanceof UnknownHostException ? "" : String.valueOf(e.getCause()));
    }
  }

  private static Stream<String> hosts(GatewayConfig config) {
    return Stream.of(
            config.uplink().brokers().stream(),
            config.sensors().values().stream()
                .map(GatewayConfig.SensorEntry::config)
                .filter(CoapSensorConfig.class::isInstance)
                .map(CoapSensorConfig.class::cast)
                .map(CoapSensorConfig::uri),
            config.cameras().values().stream().map(camera -> camera.config().source().stream()))
        .flatMap(uris -> uris)
        .flatMap(uri -> Optional.ofNullable(uri.getHost()).stream());
  }

  /** What listens beyond loopback and is neither the agent's own inbox nor its page. */
  static Finding ports(Patient patient) {
    Set<String> open = new TreeSet<>();
    boolean told = false;
    for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
      String state = table.startsWith("tcp") ? TCP_LISTEN : UDP_OPEN;
      told |= open(patient, table, state, open);
    }
    if (!told) {
      return Finding.of("ports", Diagnosis.PORTS_UNTOLD);
    }
    open.removeAll(USUAL);
    patient
        .config()
        .flatMap(GatewayConfig::inbox)
        .ifPresent(inbox -> open.remove("udp/" + port(inbox)));
    patient
        .config()
        .flatMap(config -> config.page().listen())
        .ifPresent(page -> open.remove("tcp/" + page.port()));
    return open.isEmpty()
        ? Finding.of("ports", Diagnosis.PORTS_GOOD)
        : Finding.of("ports", Diagnosis.PORTS_OPEN, String.join(", ", open));
  }

  private static int port(InboxConfig inbox) {
    int port = inbox.listen().getPort();
    return port > 0 ? port : inbox.secure() ? 5684 : 5683;
  }

  /** Ports above the ephemeral range's begin are sockets of clients where they are UDP. */
  private static boolean open(Patient patient, String table, String state, Set<String> open) {
    Optional<String> text = patient.machine().read("proc/net/" + table);
    if (text.isEmpty()) {
      return false;
    }
    String protocol = table.substring(0, 3);
    text.get()
        .lines()
        .skip(1)
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words.length > 3 && words[3].equals(state))
        .filter(words -> !loopback(words[1]))
        .forEach(
            words -> {
              int port = Integer.parseInt(words[1].substring(words[1].indexOf(':') + 1), 16);
              if (protocol.equals("tcp") || port < 32_768) {
                open.add(protocol + "/" + port);
              }
            });
    return true;
  }

  /** The kernel writes addresses in hexadecimal, the bytes of each word turned round. */
  private static boolean loopback(String address) {
    return address.matches("[0-9A-F]{6}7F:.*")
        || address.startsWith("00000000000000000000000001000000:")
        || address.matches("0000000000000000FFFF0000[0-9A-F]{6}7F:.*");
  }
}
