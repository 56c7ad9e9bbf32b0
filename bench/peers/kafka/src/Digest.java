package org.artesian.peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
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
 * What a topic holds, read committed from its beginning to its end: records, keys, and a digest of all keys and values in canonical JSON, sorted.
 * Two topics whose digests are equal hold the same, whatever the order of records and of fields.
 */
final class Digest {
  private static final ObjectMapper CANONICAL = new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

  static void run(Map<String, String> options) throws Exception {
    String topic = Peer.need(options, "topic");
    Properties config = new Properties();
    config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, Peer.need(options, "brokers"));
    config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    List<String> lines = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(config)) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(one -> new TopicPartition(topic, one.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          keys.add(record.key());
          String value = record.value() == null ? "null" : CANONICAL.writeValueAsString(CANONICAL.readValue(record.value(), Object.class));
          lines.add(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Image.bytes(record.key() + "\t" + value))));
        }
      }
    }
    Collections.sort(lines);
    MessageDigest all = MessageDigest.getInstance("SHA-256");
    for (String line : lines) all.update(Image.bytes(line));
    System.out.printf("{\"records\":%d,\"keys\":%d,\"digest\":\"%s\"}%n", lines.size(), keys.size(), HexFormat.of().formatHex(all.digest()));
  }
}
