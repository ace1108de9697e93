package org.cityedge.video;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;

/**
 * A camera that sends {@code multipart/x-mixed-replace} with ten pictures a second at {@code
 * /video}, and one picture at {@code /snapshot.jpg}.
 */
final class MjpegServer implements AutoCloseable {
  private static final InetSocketAddress LOOPBACK =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final HttpServer server;
  private final AtomicInteger fetches = new AtomicInteger();
  private final Semaphore streams = new Semaphore(0);
  private volatile int snapshotStatus = 200;
  private volatile boolean everyOther;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean frozen;
  private volatile boolean garbled;
  private volatile int width = 320;
  private volatile int height = 240;

  private MjpegServer(HttpServer server) {
    this.server = server;
  }

  static MjpegServer start(String... login) throws IOException {
    return start(HttpServer.create(LOOPBACK, 5), login);
  }

  static MjpegServer startTls(SSLContext tls) throws IOException {
    HttpsServer https = HttpsServer.create(LOOPBACK, 5);
    https.setHttpsConfigurator(new HttpsConfigurator(tls));
    return start(https);
  }

  private static MjpegServer start(HttpServer http, String... login) {
    Natives.load();
    MjpegServer server = new MjpegServer(http);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    var context = http.createContext("/video", server::send);
    if (login.length == 2) {
      context.setAuthenticator(
          new BasicAuthenticator("camera") {
            @Override
            public boolean checkCredentials(String user, String password) {
              return user.equals(login[0]) && password.equals(login[1]);
            }
          });
    }
    var snapshot = http.createContext("/snapshot.jpg", server::sendOne);
    if (login.length == 2) {
      snapshot.setAuthenticator(new DigestLogin(login[0], login[1]));
    }
    http.start();
    return server;
  }

  String uri() {
    return (server instanceof HttpsServer ? "https" : "http")
        + "://127.0.0.1:"
        + server.getAddress().getPort()
        + "/video";
  }

  String snapshotUri() {
    return uri().replace("/video", "/snapshot.jpg");
  }

  /** Snapshots that were asked for by somebody who was let in. */
  int fetches() {
    return fetches.get();
  }

  /** A permit for each time that somebody began to watch. */
  Semaphore streams() {
    return streams;
  }

  void answerSnapshotsWith(int status) {
    snapshotStatus = status;
  }

  /** Every other snapshot is refused, as by a camera that is busy. */
  void refuseEveryOtherSnapshot() {
    everyOther = true;
  }

  void freeze() {
    frozen = true;
  }

  void go() {
    frozen = false;
  }

  /** From now on bytes that mean nothing, without an end. */
  void garble(boolean garbled) {
    this.garbled = garbled;
  }

  void size(int width, int height) {
    this.width = width;
    this.height = height;
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }

  private void send(HttpExchange exchange) throws IOException {
    streams.release();
    exchange
        .getResponseHeaders()
        .add("Content-Type", "multipart/x-mixed-replace; boundary=picture");
    exchange.sendResponseHeaders(200, 0);
    byte[] jpeg = noise();
    try (OutputStream out = exchange.getResponseBody()) {
      while (!closed.await(100, TimeUnit.MILLISECONDS)) {
        if (garbled) {
          out.write(
              RandomGenerator.getDefault()
                  .ints(5_000)
                  .mapToObj(Integer::toHexString)
                  .collect(Collectors.joining())
                  .getBytes(StandardCharsets.US_ASCII));
          out.flush();
          continue;
        }
        jpeg = frozen ? jpeg : noise();
        String head =
            "--picture\r\nContent-Type: image/jpeg\r\nContent-Length: " + jpeg.length + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(jpeg);
        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sendOne(HttpExchange exchange) throws IOException {
    int number = fetches.incrementAndGet();
    int status = everyOther && number % 2 == 0 ? 503 : snapshotStatus;
    byte[] jpeg = noise();
    exchange.getResponseHeaders().add("Content-Type", "image/jpeg");
    exchange.sendResponseHeaders(status, jpeg.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(jpeg);
    }
  }

  /** Noise; flat where it is large, for that is quicker. */
  private byte[] noise() {
    try (PointerScope _ = new PointerScope();
        Mat picture = new Mat(height, width, opencv_core.CV_8UC3, Scalar.all(100));
        Mat low = new Mat(new double[] {60});
        Mat high = new Mat(new double[] {200});
        BytePointer out = new BytePointer()) {
      if (width <= 1_000) {
        opencv_core.randu(picture, low, high);
      }
      opencv_imgcodecs.imencode(".jpg", picture, out);
      byte[] jpeg = new byte[(int) out.limit()];
      out.get(jpeg);
      return jpeg;
    }
  }
}
