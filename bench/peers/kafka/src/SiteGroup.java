package org.artesian.peer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** What is remembered of a site. Members are the images' JSON as it came, never parsed again. */
final class SiteGroup {
  String experiment;
  String fields;
  /** Completions so far. */
  int generation;
  /** Whether its newest generation is out. */
  boolean emitted;
  long lastEvent;
  /** When a member last came, ms by the wall clock. */
  long lastAt;
  final Map<String, byte[]> members = new LinkedHashMap<>();

  SiteGroup(String experiment, String fields) {
    this.experiment = experiment;
    this.fields = fields;
  }

  boolean isComplete(Expected expected) {
    if (members.size() < expected.count()) return false;
    return expected.channels() == null || members.keySet().containsAll(expected.channels());
  }

  /** The site's value: its fields and its images, sorted by channel. */
  byte[] value(Expected expected) {
    List<String> order = new ArrayList<>(members.keySet());
    order.sort(BY_NUMBER_THEN_TEXT);
    ByteArrayOutputStream out = new ByteArrayOutputStream(256 + 256 * members.size());
    out.writeBytes(Image.bytes("{" + fields + ",\"images\":["));
    for (int at = 0; at < order.size(); at++) {
      if (at > 0) out.write(',');
      out.writeBytes(members.get(order.get(at)));
    }
    String end = "],\"complete\":true,\"expected\":" + expected.count() + ",\"missing\":[],\"failed\":[],\"generation\":" + generation + "}";
    out.writeBytes(Image.bytes(end));
    return out.toByteArray();
  }

  static final Comparator<String> BY_NUMBER_THEN_TEXT = (a, b) -> {
    int order = numeric(a) && numeric(b) ? Double.compare(Double.parseDouble(a), Double.parseDouble(b)) : 0;
    return order != 0 ? order : a.compareTo(b);
  };

  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");

  private static boolean numeric(String text) {
    return NUMBER.matcher(text).matches();
  }

  /** How many images a site waits for and, where the table names them, which. */
  record Expected(int count, Set<String> channels) {}

  static final Serde<SiteGroup> SERDE = Serdes.serdeFrom((topic, group) -> encode(group), (topic, bytes) -> decode(bytes));

  private static byte[] encode(SiteGroup group) {
    if (group == null) return null;
    byte[] experiment = Image.bytes(group.experiment);
    byte[] fields = Image.bytes(group.fields);
    int size = 4 + 1 + 8 + 8 + 4 + experiment.length + 4 + fields.length + 4;
    List<byte[]> keys = new ArrayList<>(group.members.size());
    for (Map.Entry<String, byte[]> member : group.members.entrySet()) {
      byte[] key = Image.bytes(member.getKey());
      keys.add(key);
      size += 8 + key.length + member.getValue().length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).putInt(group.generation).put((byte) (group.emitted ? 1 : 0)).putLong(group.lastEvent).putLong(group.lastAt);
    put(out, experiment);
    put(out, fields);
    out.putInt(keys.size());
    int at = 0;
    for (byte[] value : group.members.values()) {
      put(out, keys.get(at++));
      put(out, value);
    }
    return out.array();
  }

  private static SiteGroup decode(byte[] bytes) {
    if (bytes == null) return null;
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int generation = in.getInt();
    boolean emitted = in.get() == 1;
    long lastEvent = in.getLong();
    long lastAt = in.getLong();
    SiteGroup group = new SiteGroup(text(in), text(in));
    group.generation = generation;
    group.emitted = emitted;
    group.lastEvent = lastEvent;
    group.lastAt = lastAt;
    for (int left = in.getInt(); left > 0; left--) group.members.put(text(in), take(in));
    return group;
  }

  private static void put(ByteBuffer out, byte[] bytes) {
    out.putInt(bytes.length).put(bytes);
  }

  private static byte[] take(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer in) {
    return new String(take(in), StandardCharsets.UTF_8);
  }
}
