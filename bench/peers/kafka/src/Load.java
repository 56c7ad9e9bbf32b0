package org.artesian.peer;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Produces the six images of each of so many sites, 220 bytes of JSON each, plate by plate of 308 wells × 4 sites, and within a plate channel by
 * channel, so that all 1,232 sites of a plate are open at once. A record's key is its site's; "at" in the value is when it was handed to the producer.
 */
final class Load {
  private static final String[] CHANNELS = {"AGP", "DNA", "ER", "Golgi", "Mito", "RNA"};
  private static final int PLATE = 308 * 4;

  static void run(Map<String, String> options) throws Exception {
    String topic = Peer.need(options, "images");
    String experiment = options.getOrDefault("experiment", "EXP-0147");
    int first = Integer.parseInt(options.getOrDefault("first", "0"));
    int sites = Integer.parseInt(Peer.need(options, "sites"));
    int rate = Integer.parseInt(options.getOrDefault("rate", "0"));
    Properties config = new Properties();
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, Peer.need(options, "brokers"));
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.LINGER_MS_CONFIG, rate > 0 ? 1 : 20);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 128L << 20);
    AtomicReference<Exception> failed = new AtomicReference<>();
    long began = System.nanoTime();
    long sent = 0;
    try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(config)) {
      if (options.containsKey("metadata")) {
        byte[] row = Image.bytes("{\"channels\":[\"" + String.join("\",\"", CHANNELS) + "\"]}");
        producer.send(new ProducerRecord<>(options.get("metadata"), experiment, row)).get();
      }
      for (int plate = first; plate < first + sites; plate += PLATE) {
        int end = Math.min(plate + PLATE, first + sites);
        for (String channel : CHANNELS) {
          for (int site = plate; site < end; site++) {
            if (rate > 0) pace(began, sent, rate);
            long now = System.currentTimeMillis();
            ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic, null, now, key(experiment, site), value(experiment, site, channel, now));
            producer.send(record, (where, error) -> failed.compareAndSet(null, error));
            sent++;
            if (failed.get() != null) throw failed.get();
          }
        }
      }
      producer.flush();
      if (failed.get() != null) throw failed.get();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf("{\"images\":%d,\"seconds\":%.3f}%n", sent, seconds);
  }

  private static void pace(long began, long sent, int rate) throws InterruptedException {
    for (long due = began + sent * 1_000_000_000L / rate, left; (left = due - System.nanoTime()) > 0; ) {
      Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
    }
  }

  private static String key(String experiment, int site) {
    return experiment + "/P" + site / PLATE + "/" + well(site) + "/" + (site % 4 + 1);
  }

  private static String well(int site) {
    int well = site % PLATE / 4;
    return (char) ('A' + well / 22) + String.format("%02d", well % 22 + 2);
  }

  private static byte[] value(String experiment, int site, String channel, long now) {
    String start =
        "{\"experiment\":\"" + experiment + "\",\"plate\":\"P" + site / PLATE + "\",\"well\":\"" + well(site) + "\",\"site\":" + (site % 4 + 1)
            + ",\"channel\":\"" + channel + "\",\"at\":" + now + ",\"sizeBytes\":2332800,\"uri\":\"s3://images/" + experiment + "/" + site + "_" + channel
            + ".tif\",\"sha256\":\"";
    String digest = Integer.toHexString(site * 31 + channel.hashCode());
    return Image.bytes(start + "0".repeat(Math.max(0, 218 - start.length() - digest.length())) + digest + "\"}");
  }
}
