package org.artesian.peer;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** A mode, then `--name value` pairs; the README beside the sources says which. */
public final class Peer {
  private static final Map<String, Set<String>> MODES =
      Map.of(
          "driver", Set.of("topology"),
          "app", Set.of("brokers", "id", "images", "metadata", "sites", "dead-letters", "threads", "store", "state", "topology", "commit-ms", "protocol"),
          "topics", Set.of("brokers", "create", "compacted", "delete", "partitions", "replication"),
          "coordinator", Set.of("brokers", "group"),
          "digest", Set.of("brokers", "topic"),
          "produce-longs", Set.of("brokers", "topic"),
          "read-longs", Set.of("brokers", "topic"),
          "load", Set.of("brokers", "images", "metadata", "experiment", "first", "sites", "rate"),
          "measure", Set.of("brokers", "sites-topic", "sites", "warmup", "experiment", "timeout-s"));

  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

  public static void main(String[] words) throws Exception {
    // Before anything logs: what Kafka's clients do in good health interests nobody here.
    if (System.getProperty(LOG_LEVEL) == null) System.setProperty(LOG_LEVEL, "error");
    String mode = words.length == 0 ? "" : words[0];
    Set<String> known = MODES.get(mode);
    if (known == null) refuse("There is no mode \"" + mode + "\". Known: " + MODES.keySet());
    Map<String, String> options = new HashMap<>();
    for (int at = 1; at < words.length; at += 2) {
      String name = words[at].startsWith("--") ? words[at].substring(2) : "";
      if (!known.contains(name) || at + 1 == words.length) refuse("Unexpected " + words[at] + " for " + mode + ". Known, each with a value: " + known);
      options.put(name, words[at + 1]);
    }
    switch (mode) {
      case "driver" -> {
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false, StandardCharsets.UTF_8);
        Driver.run(options.getOrDefault("topology", "sites"), out);
      }
      case "app" -> App.run(options);
      case "topics" -> Topics.run(options);
      case "coordinator" -> Topics.coordinator(options);
      case "digest" -> Digest.run(options);
      case "produce-longs" -> Longs.produce(options);
      case "read-longs" -> Longs.read(options);
      case "load" -> Load.run(options);
      default -> Measure.run(options);
    }
  }

  static String need(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null) refuse("--" + name + " is needed");
    return value;
  }

  private static void refuse(String why) {
    System.err.println(why);
    System.exit(2);
  }
}
