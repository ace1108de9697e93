package org.cityedge.agent.uplink;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.cityedge.agent.uplink.kura.KuraPayload;

/**
 * What a message below {@code $EDC/account/client/} comes to. Of {@code CITY-V1}, GET and EXEC of a
 * resource are our command of that name; its arguments are the body, a JSON object, or else the
 * metrics. EXEC of {@value #HANDLING} is what the centre says of an alert. Of the configuration,
 * reading is our command {@code config-get}; what is PUT is judged by its signatures alone, as what
 * comes any other way.
 */
sealed interface KuraRequest {
  /** Nothing that is asked of us: our own lifecycle, a reply, an application that is not ours. */
  record Nothing() implements KuraRequest {}

  /** As if it had come on {@code G/cmd/{verb}} or {@code G/alert-handling}. */
  record Command(Incoming command) implements KuraRequest {}

  /** Not to be understood; the asker is known, and is told so. */
  record Malformed(Asker asker, String reason) implements KuraRequest {}

  /** Not to be understood, and nobody knows who asks. */
  record Unanswerable(String reason) implements KuraRequest {}

  /** A signed configuration, as if it had come on {@code G/config/desired}. */
  record Order(Asker asker, Incoming document) implements KuraRequest {}

  /** Who is answered, and to which of its requests, 1..60 characters each, of which application. */
  record Asker(KuraTopics.App app, String requester, String request) {
    /** Bytes of the application and of what parts the three. */
    private static final int AROUND = 3;

    /** Into the Correlation Data of our own commands, and out of it again. */
    byte[] correlation() {
      // The application by its letter: all three must fit into what is allowed.
      return (app.letter() + "\n" + requester + "\n" + request).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @throws IllegalArgumentException when it is none of ours: a command that came another way
     */
    static Asker of(byte[] correlation) {
      String[] parts = new String(correlation, StandardCharsets.UTF_8).split("\n", -1);
      Optional<KuraTopics.App> app = KuraTopics.App.ofLetter(parts[0]);
      if (parts.length != 3 || app.isEmpty()) {
        throw new IllegalArgumentException("the answer is to a command of another format");
      }
      return new Asker(app.get(), parts[1], parts[2]);
    }
  }

  /** The last level of the Response Topic of every command that comes this way. */
  String REQUESTER = "kura";

  /** The resource of what is said of an alert. */
  String HANDLING = "alert-handling";

  String REQUEST_ID = "request.id";
  String REQUESTER_ID = "requester.client.id";

  /** Of a request without an id, in the topic of its reply. */
  String NO_ID = "unknown";

  Set<String> METHODS = Set.of("GET", "PUT", "POST", "DEL", "EXEC");
  Pattern VERB = Pattern.compile("[a-z0-9-]{1,27}");

  /**
   * @param below the topic's levels after {@code $EDC/account/client/}
   */
  static KuraRequest read(Incoming message, String below, Topics topics) {
    List<String> levels = List.of(below.split("/", -1));
    Optional<KuraTopics.App> app = KuraTopics.App.of(levels.getFirst());
    if (app.isEmpty() || (levels.size() > 1 && levels.get(1).equals("REPLY"))) {
      return new Nothing();
    }
    KuraPayload payload;
    try {
      payload = KuraPayload.decode(message.payload());
    } catch (IOException e) {
      return new Unanswerable("the payload is no KuraPayload: " + e.getMessage());
    }
    Optional<String> requester = payload.text(REQUESTER_ID).filter(KuraTopics::isLevel);
    if (requester.isEmpty()) {
      return new Unanswerable("the metric " + REQUESTER_ID + " is missing or no client id");
    }
    Optional<String> request = payload.text(REQUEST_ID).filter(KuraTopics::isLevel);
    Asker asker = new Asker(app.get(), requester.get(), request.orElse(NO_ID));
    if (request.isEmpty()) {
      return new Malformed(asker, "the metric " + REQUEST_ID + " is missing or no topic level");
    }
    if (levels.size() < 3 || !METHODS.contains(levels.get(1))) {
      return new Malformed(
          asker, "the topic must be " + asker.app() + "/METHOD/resource, METHOD of " + METHODS);
    }
    String resource = String.join("/", levels.subList(2, levels.size()));
    KuraRequest read =
        switch (asker.app()) {
          case CITY -> new Command(command(message, levels, payload, asker, topics));
          case ORDERS -> orders(message, levels.get(1) + " " + resource, payload, asker, topics);
          case CONF -> conf(message, levels.get(1) + " " + resource, asker, topics);
        };
    if (read instanceof Command && asker.correlation().length > Incoming.MAX_CORRELATION) {
      return new Malformed(
          asker,
          "%s and %s must be at most %d bytes of UTF-8 together"
              .formatted(REQUESTER_ID, REQUEST_ID, Incoming.MAX_CORRELATION - Asker.AROUND));
    }
    return read;
  }

  private static KuraRequest orders(
      Incoming message, String asked, KuraPayload payload, Asker asker, Topics topics) {
    return switch (asked) {
      case "PUT desired" -> {
        Optional<byte[]> signed = payload.body().filter(body -> body.length > 0);
        yield signed.isPresent()
            ? new Order(
                asker, as(message, topics, topics.configDesired(), signed.get(), new byte[0]))
            : new Malformed(asker, "the body must be the signed document");
      }
      case "GET reported" -> reported(message, asker, topics);
      default ->
          new Malformed(asker, "there is PUT desired and GET reported, was \"" + asked + "\"");
    };
  }

  /** Kura's own way to a configuration has no signatures, so nothing comes in by it. */
  private static KuraRequest conf(Incoming message, String asked, Asker asker, Topics topics) {
    return switch (asked) {
      case "GET configurations", "GET configurations/" + KuraConfigurations.PID ->
          reported(message, asker, topics);
      default ->
          new Malformed(
              asker,
              "only GET configurations is there, was \""
                  + asked
                  + "\"; a change is a signed document, PUT to "
                  + KuraTopics.App.ORDERS
                  + "/PUT/desired");
    };
  }

  private static Command reported(Incoming message, Asker asker, Topics topics) {
    return new Command(
        as(message, topics, topics.command("config-get"), new byte[0], asker.correlation()));
  }

  /** The same delivery under a topic of our own. */
  private static Incoming as(
      Incoming message, Topics topics, String topic, byte[] payload, byte[] correlation) {
    return new Incoming(
        topic,
        payload,
        message.retained(),
        message.contentType(),
        Optional.of(topics.commandResponse(REQUESTER)),
        correlation,
        Map.of(),
        message.qos(),
        message.packetIdentifier());
  }

  private static Incoming command(
      Incoming message, List<String> levels, KuraPayload payload, Asker asker, Topics topics) {
    String method = levels.get(1);
    String resource = String.join("-", levels.subList(2, levels.size()));
    String verb = VERB.matcher(resource).matches() ? resource : NO_ID;
    // Only GET and EXEC have a meaning; the others are asked of a verb that does not exist.
    boolean known = method.equals("GET") || method.equals("EXEC");
    String asked = known ? verb : method.toLowerCase(Locale.ROOT) + "-" + verb;
    boolean handling = method.equals("EXEC") && resource.equals(HANDLING);
    return as(
        message,
        topics,
        handling ? topics.alertHandling() : topics.command(asked),
        payload.body().orElseGet(() -> arguments(payload.metrics())),
        asker.correlation());
  }

  private static byte[] arguments(Map<String, Object> metrics) {
    ObjectNode out = CloudEvents.JSON.createObjectNode();
    metrics.forEach(
        (name, value) -> {
          if (!name.equals(REQUEST_ID) && !name.equals(REQUESTER_ID)) {
            out.putPOJO(name, value);
          }
        });
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }
}
