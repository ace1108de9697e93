package org.cityedge.agent.uplink;

import java.lang.management.ManagementFactory;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What BIRTH and DC tell of the gateway; every metric a text, as Kura's are (wire.md §7). */
final class KuraBirth {
  private static final String UNKNOWN = "UNKNOWN";

  private final String gateway;

  KuraBirth(String gateway) {
    this.gateway = gateway;
  }

  /**
   * @param version the agent's
   */
  Map<String, Object> metrics(String version) {
    Map<String, Object> out = farewell();
    out.put("model_name", "City Edge Agent");
    out.put("model_id", "cityedge");
    out.put("part_number", UNKNOWN);
    out.put("serial_number", gateway);
    out.put("available_processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    out.put("total_memory", Long.toString(Runtime.getRuntime().totalMemory() / 1024));
    out.put("firmware_version", version);
    out.put("os", System.getProperty("os.name", UNKNOWN));
    out.put("os_version", System.getProperty("os.version", UNKNOWN));
    out.put("os_arch", System.getProperty("os.arch", UNKNOWN));
    out.put("jvm_name", System.getProperty("java.vm.name", UNKNOWN));
    out.put("jvm_version", System.getProperty("java.vm.version", UNKNOWN));
    out.put("kura_version", "cityedge-" + version);
    connection(out);
    out.put("accept_encoding", "gzip");
    out.put("application_ids", KuraTopics.App.ids());
    out.put("payload_encoding", "kura-protobuf");
    return out;
  }

  /** Uptime in milliseconds and the name. */
  Map<String, Object> farewell() {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("uptime", Long.toString(ManagementFactory.getRuntimeMXBean().getUptime()));
    out.put("display_name", gateway);
    return out;
  }

  /** The first address that is not this machine's own; which one is routed is not asked. */
  private static void connection(Map<String, Object> out) {
    String name = UNKNOWN;
    String ip = UNKNOWN;
    try {
      for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
        for (InetAddress address : card.inetAddresses().toList()) {
          if (address instanceof Inet4Address
              && !address.isLoopbackAddress()
              && ip.equals(UNKNOWN)) {
            name = card.getName();
            ip = address.getHostAddress();
          }
        }
      }
    } catch (SocketException _) {
      // Then neither is known.
    }
    out.put("connection_interface", name);
    out.put("connection_ip", ip);
  }
}
