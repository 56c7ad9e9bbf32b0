package org.artesian.peer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;

/** The joins of the DSL: two streams within a window of event time, two tables and a third; a joined value is the left one with the right one as a field. */
final class JoinTopology {
  static final Duration BEFORE = Duration.ofMillis(12);
  static final Duration AFTER = Duration.ofMillis(6);
  static final Duration GRACE = Duration.ofMillis(100);

  static Driver.Scripted streams(boolean left) {
    StreamsBuilder builder = inMemory();
    KStream<String, byte[]> images = builder.stream("left", bytes());
    KStream<String, byte[]> focus = builder.stream("right", bytes());
    JoinWindows window = JoinWindows.ofTimeDifferenceAndGrace(Duration.ZERO, GRACE).before(BEFORE).after(AFTER);
    StreamJoined<String, byte[], byte[]> as = StreamJoined.with(Serdes.String(), Serdes.ByteArray(), Serdes.ByteArray());
    KStream<String, byte[]> joined = left ? images.leftJoin(focus, with("right"), window, as) : images.join(focus, with("right"), window, as);
    joined.to("joined", Produced.with(Serdes.String(), Serdes.ByteArray()));
    return new Driver.Scripted(builder.build(), List.of("left", "right"), List.of("joined"));
  }

  static Driver.Scripted tables(boolean left) {
    StreamsBuilder builder = inMemory();
    KTable<String, byte[]> layout = builder.table("left", bytes());
    KTable<String, byte[]> compounds = builder.table("right", bytes());
    KTable<String, byte[]> doses = builder.table("third", bytes());
    KTable<String, byte[]> joined = left ? layout.leftJoin(compounds, with("right")) : layout.join(compounds, with("right"));
    KTable<String, byte[]> further = left ? joined.leftJoin(doses, with("third")) : joined.join(doses, with("third"));
    joined.toStream().to("joined", Produced.with(Serdes.String(), Serdes.ByteArray()));
    further.toStream().to("further", Produced.with(Serdes.String(), Serdes.ByteArray()));
    return new Driver.Scripted(builder.build(), List.of("left", "right", "third"), List.of("joined", "further"));
  }

  private static StreamsBuilder inMemory() {
    Map<String, Object> config =
        Map.of(
            StreamsConfig.APPLICATION_ID_CONFIG, "driver",
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1",
            StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
    return new StreamsBuilder(new TopologyConfig(new StreamsConfig(config)));
  }

  private static Consumed<String, byte[]> bytes() {
    return Consumed.with(Serdes.String(), Serdes.ByteArray());
  }

  private static ValueJoiner<byte[], byte[], byte[]> with(String field) {
    return (left, right) -> {
      try {
        ObjectNode value = (ObjectNode) Image.JSON.readTree(left);
        value.set(field, right == null ? null : Image.JSON.readTree(right));
        return Image.JSON.writeValueAsBytes(value);
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    };
  }
}
