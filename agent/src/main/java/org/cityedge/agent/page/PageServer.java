package org.cityedge.agent.page;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page's HTTP side: GET and HEAD only, one virtual thread a request. It changes nothing, reads
 * no request body, and reads of the gateway nothing but snapshots and masked stills.
 *
 * <p>Bounds: 32 connections, 64 header lines and 16 KiB of headers, 10 s for a request to be there
 * and for its answer to be taken.
 */
final class PageServer implements Listening.Server {
  private static final Logger LOG = LoggerFactory.getLogger(PageServer.class);

  static {
    // The JDK's server knows its bounds only by properties, read before the first one is made.
    limit("jdk.httpserver.maxConnections", "32");
    limit("sun.net.httpserver.maxReqHeaders", "64");
    limit("sun.net.httpserver.maxReqHeaderSize", "16384");
    limit("sun.net.httpserver.maxReqTime", "10");
  }

  private static final int BACKLOG = 16;
  private static final int MAX_PATH = 128;
  private static final int MAX_RESOURCE = 256 * 1024;
  private static final String STILL = "/api/v1/still/";

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** Files beside this class, by the path they have in a browser. */
  private static final Map<String, String> FILES =
      Map.of(
          "/", "index.html",
          "/zones", "zones.html",
          "/page.css", "page.css",
          "/words.js", "words.js",
          "/access.js", "access.js",
          "/status.js", "status.js",
          "/zones.js", "zones.js",
          "/icon.svg", "icon.svg");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private final HttpServer server;
  private final ExecutorService threads;
  private final Patience patience;
  private final Live live;
  private final Set<String> hosts;
  private final AccessCode code;
  private final Supplier<Snapshot> snapshots;
  private final Stills stills;
  private final Supplier<byte[]> zones;

  /**
   * Binds the address; nothing is answered before {@link #start}.
   *
   * @param hosts what a browser may call this server, in lower case, without a port
   * @param zones what is drawn on each camera so far, {@link Documents#zones}
   * @param patience how long a client may take an answer
   * @throws IOException when the address cannot be had
   */
  PageServer(
      InetSocketAddress address,
      Set<String> hosts,
      AccessCode code,
      Supplier<Snapshot> snapshots,
      Stills stills,
      Supplier<byte[]> zones,
      Duration patience)
      throws IOException {
    this.server = HttpServer.create(address, BACKLOG);
    this.hosts = Set.copyOf(hosts);
    this.code = code;
    this.snapshots = snapshots;
    this.stills = stills;
    this.zones = zones;
    this.patience = new Patience(patience);
    this.live = new Live(snapshots, this.patience);
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("page-", 0).factory());
    server.setExecutor(threads);
    server.createContext("/", this::handle);
  }

  private static void limit(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  void start() {
    server.start();
  }

  /** The port it listens on. */
  int port() {
    return server.getAddress().getPort();
  }

  /** How many watch it live. */
  int watching() {
    return live.clients();
  }

  /**
   * What fails is thrown on and not closed here: only then does the JDK's server strike the
   * connection from those that it has.
   */
  private void handle(HttpExchange exchange) throws IOException {
    try {
      answer(exchange);
    } catch (IOException e) {
      LOG.debug("A client of the page is gone. reason={}", e.getMessage());
      throw e;
    } catch (RuntimeException e) {
      LOG.error("A request of the page failed by a fault of our own.", e);
      throw e;
    }
    exchange.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    Headers out = exchange.getResponseHeaders();
    out.set("Content-Security-Policy", POLICY);
    out.set("X-Content-Type-Options", "nosniff");
    out.set("X-Frame-Options", "DENY");
    out.set("Referrer-Policy", "no-referrer");
    out.set("Cross-Origin-Resource-Policy", "same-origin");
    out.set("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    out.set("Cache-Control", "no-store");
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      out.set("Allow", "GET, HEAD");
      refuse(exchange, 405, "this page only shows; GET and HEAD are all there is");
    } else if (!isOurs(exchange.getRequestHeaders().getFirst("Host"))) {
      refuse(exchange, 421, "not by this name; see page.hosts in the configuration");
    } else {
      route(exchange, exchange.getRequestURI().getPath());
    }
  }

  private void route(HttpExchange exchange, String path) throws IOException {
    if (path == null || path.length() > MAX_PATH) {
      refuse(exchange, 404, "there is no such page");
    } else if (FILES.containsKey(path)) {
      file(exchange, FILES.get(path));
    } else if (path.equals("/api/v1/light")) {
      json(exchange, Documents.light(snapshots.get(), code.standing()));
    } else if (path.equals("/api/v1/status")) {
      if (mayRead(exchange)) {
        json(exchange, Documents.status(snapshots.get()));
      }
    } else if (path.equals("/api/v1/live")) {
      if (mayRead(exchange)) {
        live(exchange);
      }
    } else if (path.equals("/metrics")) {
      if (mayRead(exchange)) {
        metrics(exchange);
      }
    } else if (path.equals("/api/v1/zones")) {
      if (mayRead(exchange)) {
        json(exchange, zones.get());
      }
    } else if (path.startsWith(STILL)) {
      if (mayRead(exchange)) {
        still(exchange, path.substring(STILL.length()));
      }
    } else {
      refuse(exchange, 404, "there is no such page");
    }
  }

  /** Against DNS rebinding: a foreign name that was made to point here is not ours. */
  private boolean isOurs(String header) {
    if (header == null) {
      return false;
    }
    String host = header.replaceFirst(":\\d{1,5}$", "").toLowerCase(Locale.ROOT);
    return hosts.contains(host) || (host.startsWith("[") && hosts.contains(written(host)));
  }

  /** An IPv6 address as we write it; browsers leave out its zeros (RFC 5952). */
  private static String written(String host) {
    try {
      return "[" + InetAddress.ofLiteral(host).getHostAddress() + "]";
    } catch (IllegalArgumentException e) {
      return host;
    }
  }

  /** Otherwise the refusal is written. */
  private boolean mayRead(HttpExchange exchange) throws IOException {
    switch (check(exchange)) {
      case GRANTED -> {
        return true;
      }
      case MISSING, WRONG -> {
        // No browser asks its user by itself for this scheme, so no browser keeps the code.
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"cityedge\"");
        refuse(exchange, 401, "the access code is missing or wrong");
      }
      case TOO_MANY -> {
        exchange.getResponseHeaders().set("Retry-After", "60");
        refuse(exchange, 429, "too many wrong access codes; wait a minute");
      }
      case CLOSED ->
          refuse(
              exchange,
              403,
              "there is no access code that could be given; see page.codeRef and its file");
    }
    return false;
  }

  private AccessCode.Verdict check(HttpExchange exchange) {
    return code.check(
        exchange.getRequestHeaders().getFirst("Authorization"),
        exchange.getRemoteAddress().getAddress().getHostAddress());
  }

  private void live(HttpExchange exchange) throws IOException {
    if (!live.enter()) {
      exchange.getResponseHeaders().set("Retry-After", "10");
      refuse(exchange, 503, "too many look at this page right now");
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, 0);
      live.serve(exchange.getResponseBody(), () -> check(exchange) == AccessCode.Verdict.GRANTED);
    } finally {
      live.leave();
    }
  }

  private void metrics(HttpExchange exchange) throws IOException {
    Metrics.Exposition exposition =
        Metrics.of(snapshots.get(), exchange.getRequestHeaders().getFirst("Accept"));
    send(exchange, 200, exposition.type(), exposition.body());
  }

  private void still(HttpExchange exchange, String camera) throws IOException {
    switch (stills.look(camera)) {
      case Stills.Still.Shown(byte[] jpeg, var takenAt) -> {
        exchange.getResponseHeaders().set("X-Taken-At", takenAt.toString());
        send(exchange, 200, "image/jpeg", jpeg);
      }
      case Stills.Still.Withheld(String reason) -> json(exchange, Documents.withheld(reason));
    }
  }

  private void file(HttpExchange exchange, String name) throws IOException {
    try (InputStream in = PageServer.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
      send(exchange, 200, String.valueOf(type), in.readNBytes(MAX_RESOURCE));
    }
  }

  private void json(HttpExchange exchange, byte[] body) throws IOException {
    send(exchange, 200, "application/json", body);
  }

  private void refuse(HttpExchange exchange, int status, String text) throws IOException {
    // A body that somebody sends along is not waited for.
    exchange.getResponseHeaders().set("Connection", "close");
    send(
        exchange,
        status,
        "text/plain; charset=utf-8",
        (text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
    }
    patience.with(
        () -> {
          exchange.sendResponseHeaders(status, head ? -1 : body.length);
          if (!head) {
            exchange.getResponseBody().write(body);
            exchange.getResponseBody().close();
          }
        });
  }

  /** Ends every stream; waits for none. */
  @Override
  public void close() {
    live.close();
    server.stop(0);
    threads.shutdownNow();
    patience.close();
  }
}
