package org.cityedge.agent.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/**
 * Debian's Chromium with one page, driven by the Chrome DevTools Protocol. Whatever its console
 * complains of is kept.
 */
public final class Browser implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<Path> PROGRAMS =
      List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"));

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> events = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  private Browser(Process process, Path profile) throws Exception {
    this.process = process;
    Path active = profile.resolve("DevToolsActivePort");
    Eventually.await(
        "Chromium listens, see " + profile.resolve("../chromium.log"),
        LIMIT,
        () -> read(active).contains("\n"));
    int port = Integer.parseInt(read(active).lines().findFirst().orElseThrow());
    HttpResponse<String> made =
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new?about:blank"))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    String page = JSON.readTree(made.body()).get("webSocketDebuggerUrl").asText();
    socket = http.newWebSocketBuilder().buildAsync(URI.create(page), new Ear()).get();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      send(domain + ".enable", Map.of());
    }
  }

  /**
   * Starts a browser of its own, which knows and keeps nothing.
   *
   * @param folder an empty one, for its profile and its log
   */
  public static Browser open(Path folder) throws Exception {
    Path program = PROGRAMS.stream().filter(Files::isExecutable).findFirst().orElse(null);
    Assumptions.assumeTrue(
        program != null, "no Chromium, so no page is looked at; apt-get install chromium");
    Path profile = Files.createDirectories(folder.resolve("profile"));
    Process process =
        new ProcessBuilder(
                String.valueOf(program),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("chromium.log").toFile())
            .start();
    try {
      return new Browser(process, profile);
    } catch (Exception | AssertionError e) {
      end(process);
      throw e;
    }
  }

  /** Whether there is a Chromium on this machine; a test that can do without one asks. */
  public static boolean isAvailable() {
    return PROGRAMS.stream().anyMatch(Files::isExecutable);
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return "";
    }
  }

  /** Sends a command and waits for its result. */
  public JsonNode send(String method, Map<String, ?> parameters) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    try {
      socket.sendText(message.toString(), true).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      return answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(method + ": " + e, e);
    }
  }

  /** A screen of a phone or a desk. */
  public void screen(int width, int height, boolean phone, boolean dark) {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of(
            "width", width, "height", height, "deviceScaleFactor", phone ? 2 : 1, "mobile", phone));
    send("Emulation.setTouchEmulationEnabled", Map.of("enabled", phone));
    send(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  /** Opens an address and waits until it is loaded. */
  public void go(String address) {
    AtomicInteger loads = events.computeIfAbsent("Page.loadEventFired", _ -> new AtomicInteger());
    int before = loads.get();
    send("Page.navigate", Map.of("url", address));
    Eventually.await(address + " is loaded", LIMIT, () -> loads.get() > before);
  }

  /** The value of an expression, awaited when it is a promise. */
  public JsonNode eval(String expression) {
    JsonNode result =
        send(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
    }
    return result.at("/result/value");
  }

  /** The text that a person reads there. */
  public String text(String selector) {
    return eval("document.querySelector('" + selector + "')?.innerText ?? ''").asText();
  }

  /** Waits until an expression is true. */
  public void await(String what, String expression) {
    Eventually.await(what, LIMIT, () -> eval("Boolean(" + expression + ")").asBoolean());
  }

  /** Writes into the field as a keyboard does. */
  public void type(String selector, String text) {
    eval("document.querySelector('" + selector + "').focus()");
    send("Input.insertText", Map.of("text", text));
  }

  /** Clicks the middle of an element. */
  public void click(String selector) {
    JsonNode at =
        eval(
            "(() => { const e = document.querySelector('%s'); e.scrollIntoView({block:'center'}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
                .formatted(selector));
    mouse("mousePressed", at.get(0).asDouble(), at.get(1).asDouble());
    mouse("mouseReleased", at.get(0).asDouble(), at.get(1).asDouble());
  }

  /**
   * One event of the mouse's left button.
   *
   * @param type mousePressed, mouseMoved or mouseReleased
   */
  public void mouse(String type, double x, double y) {
    send(
        "Input.dispatchMouseEvent",
        Map.of("type", type, "x", x, "y", y, "button", "left", "buttons", 1, "clickCount", 1));
  }

  /** A finger that is put down, moved along the points, and lifted. */
  public void finger(List<double[]> points) {
    for (int i = 0; i < points.size(); i++) {
      send(
          "Input.dispatchTouchEvent",
          Map.of(
              "type",
              i == 0 ? "touchStart" : "touchMove",
              "touchPoints",
              List.of(Map.of("x", points.get(i)[0], "y", points.get(i)[1]))));
    }
    send("Input.dispatchTouchEvent", Map.of("type", "touchEnd", "touchPoints", List.of()));
  }

  /** The whole page as PNG, for a person to judge. */
  public void picture(Path file) throws IOException {
    JsonNode shot =
        send("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(shot.get("data").asText()));
  }

  /** Errors and warnings of the console, violations of the content security policy included. */
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** What was complained of so far was expected. */
  public void forgetComplaints() {
    complaints.clear();
  }

  @Override
  public void close() {
    socket.abort();
    http.close();
    end(process);
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void heard(String text) {
    try {
      JsonNode message = JSON.readTree(text);
      if (message.has("id")) {
        CompletableFuture<JsonNode> answer = answers.remove(message.get("id").asInt());
        if (message.has("error")) {
          answer.completeExceptionally(new AssertionError(message.get("error").toString()));
        } else {
          answer.complete(message.get("result"));
        }
        return;
      }
      String event = message.get("method").asText();
      events.computeIfAbsent(event, _ -> new AtomicInteger()).incrementAndGet();
      JsonNode what = message.get("params");
      switch (event) {
        case "Runtime.exceptionThrown" -> complaints.add(what.toString());
        case "Runtime.consoleAPICalled" -> complain(what.get("type").asText(), what);
        case "Log.entryAdded" -> complain(what.at("/entry/level").asText(), what);
        default -> {}
      }
    } catch (IOException e) {
      complaints.add("unreadable: " + text);
    }
  }

  private void complain(String level, JsonNode what) {
    if (level.equals("error") || level.equals("warning")) {
      complaints.add(what.toString());
    }
  }

  private final class Ear implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        String whole = text.toString();
        text.setLength(0);
        heard(whole);
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }
}
