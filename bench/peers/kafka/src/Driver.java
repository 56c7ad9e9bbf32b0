package org.artesian.peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/**
 * Runs event scripts, one JSON document a line, through TopologyTestDriver: {"script": ID, "now": MS} begins one with state of its own,
 * {"push": TOPIC, "key", "value" (JSON; null deletes) or "raw" (text as it is), "timestamp"} hands a record in, {"advance": MS} moves the wall clock.
 * Prints what comes out as JSON lines, with the script and the number of the line that made it come out.
 */
final class Driver {
  /** A topology with the topics that scripts write to and that are printed. */
  record Scripted(Topology topology, List<String> inputs, List<String> outputs) {}

  static void run(String topology, PrintStream out) throws IOException {
    Path state = Files.createTempDirectory("artesian-peer-driver");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Script script = null;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isBlank()) continue;
      JsonNode event = Image.JSON.readTree(line);
      if (event.has("script")) {
        if (script != null) script.close();
        script = new Script(event, scripted(topology), state, out);
      } else if (script == null) {
        throw new IOException("The first line is {\"script\": ID, \"now\": MS}, found " + line);
      } else {
        script.play(event);
      }
    }
    if (script != null) script.close();
    out.flush();
  }

  private static Scripted scripted(String name) {
    SiteTopology.Names names = new SiteTopology.Names("images", "metadata", "sites", "dead-letters", false);
    List<String> inputs = List.of(names.images(), names.metadata());
    List<String> outputs = List.of(names.sites(), names.deadLetters());
    return switch (name) {
      case "sites" -> new Scripted(SiteTopology.build(names), inputs, outputs);
      case "slide" -> new Scripted(SlideTopology.build(names), inputs, outputs);
      case "streams-inner", "streams-left" -> JoinTopology.streams(name.endsWith("left"));
      case "tables-inner", "tables-left" -> JoinTopology.tables(name.endsWith("left"));
      default -> throw new IllegalArgumentException("There is no topology \"" + name + "\". Known: sites, slide, streams-inner, streams-left, tables-inner, tables-left");
    };
  }

  private static final class Script implements AutoCloseable {
    private final JsonNode id;
    private final PrintStream out;
    private final TopologyTestDriver driver;
    private final Map<String, TestInputTopic<String, byte[]>> inputs = new HashMap<>();
    private final Map<String, TestOutputTopic<String, byte[]>> outputs = new HashMap<>();
    private int line;

    Script(JsonNode begin, Scripted scripted, Path state, PrintStream out) {
      this.id = begin.get("script");
      this.out = out;
      Properties config = new Properties();
      config.put(StreamsConfig.APPLICATION_ID_CONFIG, "driver");
      config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
      config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
      config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
      // Every change is told, and what waited in vain is told when its window is over, not up to a second of wall clock later.
      config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
      config.put(StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_OUTER_JOIN_SPURIOUS_RESULTS_FIX, 0L);
      driver = new TopologyTestDriver(scripted.topology(), config, Instant.ofEpochMilli(begin.get("now").asLong()));
      for (String name : scripted.inputs()) {
        inputs.put(name, driver.createInputTopic(name, new StringSerializer(), new ByteArraySerializer()));
      }
      for (String name : scripted.outputs()) {
        outputs.put(name, driver.createOutputTopic(name, new StringDeserializer(), new ByteArrayDeserializer()));
      }
    }

    void play(JsonNode event) throws IOException {
      line++;
      if (event.has("advance")) {
        driver.advanceWallClockTime(Duration.ofMillis(event.get("advance").asLong()));
      } else {
        JsonNode value = event.get("value");
        byte[] bytes = event.has("raw") ? Image.bytes(event.get("raw").asText()) : value == null || value.isNull() ? null : Image.JSON.writeValueAsBytes(value);
        TestInputTopic<String, byte[]> input = inputs.get(event.get("push").asText());
        if (input == null) throw new IOException("There is no topic " + event.get("push") + "; known: " + inputs.keySet());
        input.pipeInput(new TestRecord<>(event.get("key").asText(), bytes, Instant.ofEpochMilli(event.get("timestamp").asLong())));
      }
      for (Map.Entry<String, TestOutputTopic<String, byte[]>> output : outputs.entrySet()) {
        while (!output.getValue().isEmpty()) print(output.getKey(), output.getValue().readRecord());
      }
    }

    private void print(String topic, TestRecord<String, byte[]> record) throws IOException {
      ObjectNode said = Image.JSON.createObjectNode();
      said.set("script", id);
      said.put("line", line).put("topic", topic).put("key", record.key()).put("timestamp", record.timestamp());
      Header code = record.headers().lastHeader("code");
      if (code != null) said.put("code", new String(code.value(), StandardCharsets.UTF_8));
      try {
        said.set("value", record.value() == null ? null : Image.JSON.readTree(record.value()));
      } catch (IOException raw) {
        said.put("raw", new String(record.value(), StandardCharsets.UTF_8));
      }
      out.println(said);
    }

    @Override
    public void close() {
      driver.close();
    }
  }
}
