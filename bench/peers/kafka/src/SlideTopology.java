package org.artesian.peer;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.GlobalKTable;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.state.SessionStore;

/**
 * The grouping as the slides of 2019 draw it, in the DSL: each image joined to the metadata of its experiment, grouped by site, collected in
 * session windows, let through when the count is right. It shows two traps: the join looks at the table only when an image arrives, so that
 * metadata which come last complete nothing; and an image that comes twice puts its site out twice.
 */
final class SlideTopology {
  private static final Duration GAP = Duration.ofHours(1);


  static Topology build(SiteTopology.Names names) {
    StreamsBuilder builder = new StreamsBuilder();
    GlobalKTable<String, byte[]> metadata = builder.globalTable(names.metadata(), Consumed.with(Serdes.String(), Serdes.ByteArray()));
    builder.stream(names.images(), Consumed.with(Serdes.String(), Serdes.ByteArray()))
        .filter((key, value) -> read(value) != null)
        .leftJoin(metadata, (key, value) -> read(value).experiment(), (value, row) -> encode(value, row))
        .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
        .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(GAP))
        .aggregate(
            () -> null,
            (key, joined, group) -> add(joined, group),
            (key, a, b) -> merge(a, b),
            Materialized.<String, SiteGroup, SessionStore<Bytes, byte[]>>with(Serdes.String(), SiteGroup.SERDE).withCachingDisabled())
        .toStream()
        .filter((window, group) -> group != null && group.generation > 0 && group.members.size() == group.generation)
        .map((window, group) -> KeyValue.pair(window.key(), value(group)))
        .to(names.sites(), Produced.with(Serdes.String(), Serdes.ByteArray()));
    return builder.build();
  }

  private static Image read(byte[] value) {
    try {
      return value == null ? null : Image.read(value);
    } catch (Image.Poison poison) {
      return null;
    }
  }

  /** The image, before it the number of channels that its experiment has, 0 while that is unknown. */
  private static byte[] encode(byte[] value, byte[] row) {
    SiteGroup.Expected expected = SiteTopology.channelsOf(row);
    return ByteBuffer.allocate(4 + value.length).putInt(expected == null ? 0 : expected.count()).put(value).array();
  }

  /** The count that the newest image saw is kept where the other topology keeps its generation. */
  private static SiteGroup add(byte[] joined, SiteGroup group) {
    ByteBuffer in = ByteBuffer.wrap(joined);
    int expected = in.getInt();
    byte[] value = new byte[in.remaining()];
    in.get(value);
    Image image = read(value);
    SiteGroup one = group == null ? new SiteGroup(image.experiment(), image.fields()) : group;
    one.members.put(image.channel(), value);
    one.generation = expected;
    return one;
  }

  private static SiteGroup merge(SiteGroup a, SiteGroup b) {
    if (a == null || b == null) return a == null ? b : a;
    for (Map.Entry<String, byte[]> member : b.members.entrySet()) a.members.put(member.getKey(), member.getValue());
    a.generation = Math.max(a.generation, b.generation);
    return a;
  }

  private static byte[] value(SiteGroup group) {
    SiteGroup.Expected expected = new SiteGroup.Expected(group.generation, null);
    group.generation = 1;
    return group.value(expected);
  }
}
