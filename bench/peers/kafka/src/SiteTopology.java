package org.artesian.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Images to complete sites, in Kafka Streams: a site is put out once, when every channel that the metadata of its experiment names is
 * in; again, with the next generation, when an image changes afterwards. Metadata may come after the images.
 *
 * <p>The metadata is a global store, so that images need no repartition. Kafka Streams tells no stream task when a global store
 * changes: the tasks look every 100 ms for rows that did, and evaluate the open sites of those experiments.
 */
final class SiteTopology {
  static final String SITES = "sites";
  static final String METADATA = "metadata";
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration SWEEP = Duration.ofHours(1);
  private static final long RETENTION_MS = Duration.ofDays(7).toMillis();

  /** Names of topics, and whether state is kept by RocksDB (as is Kafka Streams' default) or in memory. */
  record Names(String images, String metadata, String sites, String deadLetters, boolean persistent) {}

  /** Which rows have changed since the process began: rows by experiment, each with the number of its change. */
  static final class Changes {
    final AtomicLong last = new AtomicLong();
    final Map<String, Long> byExperiment = new ConcurrentHashMap<>();

    void note(String experiment) {
      byExperiment.put(experiment, last.incrementAndGet());
    }
  }

  static Topology build(Names names) {
    Changes changes = new Changes();
    StreamsBuilder builder = new StreamsBuilder();
    StoreBuilder<KeyValueStore<String, byte[]>> metadata =
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(METADATA), Serdes.String(), Serdes.ByteArray());
    builder.addGlobalStore(metadata, names.metadata(), Consumed.with(Serdes.String(), Serdes.ByteArray()), () -> new Rows(changes));
    StoreBuilder<KeyValueStore<String, SiteGroup>> sites =
        Stores.keyValueStoreBuilder(
                names.persistent() ? Stores.persistentKeyValueStore(SITES) : Stores.inMemoryKeyValueStore(SITES),
                Serdes.String(),
                SiteGroup.SERDE)
            .withCachingEnabled();
    builder.addStateStore(sites);
    ProcessorSupplier<String, byte[], String, byte[]> grouping = () -> new Grouping(changes);
    // A header tells dead letters from sites.
    var out = builder.stream(names.images(), Consumed.with(Serdes.String(), Serdes.ByteArray())).process(grouping, SITES);
    out.to(
        (key, value, context) -> context.headers().lastHeader(Grouping.CODE) == null ? names.sites() : names.deadLetters(),
        Produced.with(Serdes.String(), Serdes.ByteArray()));
    return builder.build();
  }

  /** Keeps the metadata and remembers which rows changed. */
  private static final class Rows implements Processor<String, byte[], Void, Void> {
    private final Changes changes;
    private KeyValueStore<String, byte[]> store;

    Rows(Changes changes) {
      this.changes = changes;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      store = context.getStateStore(METADATA);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      // The row first: who sees the change finds the row.
      store.put(record.key(), record.value());
      changes.note(record.key());
    }
  }

  /** Collects images into sites. */
  private static final class Grouping extends ContextualProcessor<String, byte[], String, byte[]> {
    static final String CODE = "code";
    private final Changes changes;
    private final Map<String, Known> rows = new HashMap<>();
    private KeyValueStore<String, SiteGroup> sites;
    private KeyValueStore<String, byte[]> metadata;
    private long seen;
    private boolean fresh = true;

    /** What a row said when its change was the newest. */
    private record Known(long change, SiteGroup.Expected expected) {}

    Grouping(Changes changes) {
      this.changes = changes;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
      super.init(context);
      sites = context.getStateStore(SITES);
      metadata = context.getStateStore(METADATA);
      context.schedule(LOOK, PunctuationType.WALL_CLOCK_TIME, now -> look());
      context.schedule(SWEEP, PunctuationType.WALL_CLOCK_TIME, this::sweep);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      Image image;
      try {
        if (record.value() == null) throw new Image.Poison("engine/unreadable-record", "no value");
        image = Image.read(record.value());
      } catch (Image.Poison poison) {
        setAside(record.key(), record.value(), record.timestamp(), poison.code);
        return;
      }
      SiteGroup group = sites.get(image.siteKey());
      if (group == null) group = new SiteGroup(image.experiment(), image.fields());
      byte[] known = group.members.get(image.channel());
      if (known != null && Image.same(known, record.value())) return;
      if (group.emitted) {
        SiteGroup.Expected expected = expected(group.experiment);
        if (expected != null && expected.channels() != null && !expected.channels().contains(image.channel())) {
          setAside(image.siteKey(), record.value(), record.timestamp(), "engine/unexpected-member");
          return;
        }
        group.emitted = false;
      }
      group.members.put(image.channel(), record.value());
      group.lastEvent = Math.max(group.lastEvent, record.timestamp());
      group.lastAt = context().currentSystemTimeMs();
      settle(image.siteKey(), group);
    }

    /** Puts a site out when it is complete; keeps it either way. */
    private void settle(String key, SiteGroup group) {
      SiteGroup.Expected expected = expected(group.experiment);
      if (expected != null && group.isComplete(expected)) {
        if (expected.channels() != null) {
          group.members.entrySet().removeIf(member -> {
            if (expected.channels().contains(member.getKey())) return false;
            setAside(key, member.getValue(), group.lastEvent, "engine/unexpected-member");
            return true;
          });
        }
        group.generation++;
        group.emitted = true;
        context().forward(new Record<>(key, group.value(expected), group.lastEvent));
      }
      sites.put(key, group);
    }

    private void setAside(String key, byte[] value, long timestamp, String code) {
      Record<String, byte[]> record = new Record<>(key, value, timestamp);
      record.headers().add(CODE, Image.bytes(code));
      context().forward(record);
    }

    /** Evaluates the open sites of experiments whose metadata changed; after a start, all: rows may have changed while nothing ran. */
    private void look() {
      long last = changes.last.get();
      if (fresh) {
        fresh = false;
        seen = last;
        settleOpen(sites.all(), null);
        return;
      }
      if (last == seen) return;
      long since = seen;
      seen = last;
      changes.byExperiment.forEach((experiment, change) -> {
        // Site keys begin with their experiment.
        if (change > since) settleOpen(sites.prefixScan(experiment + "/", new StringSerializer()), experiment);
      });
    }

    private void settleOpen(KeyValueIterator<String, SiteGroup> all, String experiment) {
      try (all) {
        while (all.hasNext()) {
          KeyValue<String, SiteGroup> one = all.next();
          if (!one.value.emitted && (experiment == null || experiment.equals(one.value.experiment))) settle(one.key, one.value);
        }
      }
    }

    /** Forgets sites that were finished a retention ago. */
    private void sweep(long now) {
      try (KeyValueIterator<String, SiteGroup> all = sites.all()) {
        while (all.hasNext()) {
          KeyValue<String, SiteGroup> one = all.next();
          if (one.value.emitted && one.value.lastAt + RETENTION_MS <= now) sites.delete(one.key);
        }
      }
    }

    private SiteGroup.Expected expected(String experiment) {
      // A row is read again only when it changed.
      long change = changes.byExperiment.getOrDefault(experiment, 0L);
      Known known = rows.get(experiment);
      if (known == null || known.change != change) {
        known = new Known(change, channelsOf(metadata.get(experiment)));
        rows.put(experiment, known);
      }
      return known.expected;
    }
  }

  /** What a metadata row's "channels" asks for: names, or a number; null when it says neither. */
  static SiteGroup.Expected channelsOf(byte[] row) {
    if (row == null) return null;
    try {
      JsonNode channels = Image.JSON.readTree(row).path("channels");
      if (channels.isNumber()) return channels.asDouble() > 0 ? new SiteGroup.Expected((int) Math.ceil(channels.asDouble()), null) : null;
      if (!channels.isArray() || channels.isEmpty()) return null;
      Set<String> names = new LinkedHashSet<>();
      for (JsonNode channel : channels) {
        if (!channel.isValueNode() || channel.isNull()) return new SiteGroup.Expected(channels.size(), null);
        names.add(channel.asText());
      }
      return new SiteGroup.Expected(names.size(), names);
    } catch (IOException broken) {
      return null;
    }
  }
}
