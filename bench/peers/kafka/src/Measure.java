package org.artesian.peer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads complete sites, read committed, until all have come: images a second between the first site after the warm-up and the last, and how long after
 * its last image was handed in (the largest "at" of its images) each of these sites could be read. Sites that came twice are counted.
 */
final class Measure {
  private static final byte[] AT = "\"at\":".getBytes(StandardCharsets.US_ASCII);

  static void run(Map<String, String> options) {
    String topic = Peer.need(options, "sites-topic");
    int sites = Integer.parseInt(Peer.need(options, "sites"));
    int warmup = Integer.parseInt(options.getOrDefault("warmup", "0"));
    String prefix = options.getOrDefault("experiment", "EXP-0147") + "/";
    long patience = Long.parseLong(options.getOrDefault("timeout-s", "120")) * 1_000_000_000L;
    Properties config = new Properties();
    config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, Peer.need(options, "brokers"));
    config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
    // Answered at once with whatever is there: what is measured is the application, not the meter's waiting.
    config.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
    long[] waits = new long[sites];
    int measured = 0;
    int twice = 0;
    long first = 0;
    long last = 0;
    Set<String> seen = new HashSet<>(sites * 2);
    try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(config)) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(one -> new TopicPartition(topic, one.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      consumer.poll(Duration.ZERO);
      System.out.println("ready");
      long heard = System.nanoTime();
      while (seen.size() < sites && System.nanoTime() - heard < patience) {
        var records = consumer.poll(Duration.ofMillis(200));
        long now = System.currentTimeMillis();
        long nanos = System.nanoTime();
        if (!records.isEmpty()) heard = nanos;
        for (ConsumerRecord<String, byte[]> record : records) {
          if (!record.key().startsWith(prefix)) continue;
          if (!seen.add(record.key())) {
            twice++;
            continue;
          }
          if (seen.size() <= warmup) {
            first = nanos;
            if (seen.size() == warmup) System.out.println("warm");
            continue;
          }
          last = nanos;
          waits[measured++] = now - newest(record.value());
        }
      }
      // What would come twice comes soon.
      for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) if (record.key().startsWith(prefix)) twice++;
    }
    Arrays.sort(waits, 0, measured);
    double seconds = (last - first) / 1e9;
    System.out.printf(
        "{\"sites\":%d,\"missing\":%d,\"twice\":%d,\"seconds\":%.3f,\"imagesPerS\":%.0f,\"p50Ms\":%d,\"p99Ms\":%d}%n",
        seen.size(), sites - seen.size(), twice, seconds, 6 * measured / seconds, at(waits, measured, 0.5), at(waits, measured, 0.99));
    if (seen.size() < sites || twice > 0) System.exit(1);
  }

  private static long at(long[] sorted, int count, double share) {
    return count == 0 ? -1 : sorted[Math.min(count - 1, (int) (count * share))];
  }

  /** The largest "at" in a site's value, found without reading the rest. */
  private static long newest(byte[] value) {
    long newest = 0;
    for (int from = 0; from + AT.length < value.length; from++) {
      if (value[from] != '"' || !Arrays.equals(value, from, from + AT.length, AT, 0, AT.length)) continue;
      long number = 0;
      int at = from + AT.length;
      while (at < value.length && value[at] >= '0' && value[at] <= '9') number = number * 10 + (value[at++] - '0');
      newest = Math.max(newest, number);
      from = at;
    }
    return newest;
  }
}
