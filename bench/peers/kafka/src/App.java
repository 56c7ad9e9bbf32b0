package org.artesian.peer;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;

/** The application itself: exactly once, so many threads; says `running` once it is, ends on SIGTERM. */
final class App {
  static void run(Map<String, String> options) throws Exception {
    boolean persistent = !options.getOrDefault("store", "rocksdb").equals("memory");
    SiteTopology.Names names =
        new SiteTopology.Names(
            Peer.need(options, "images"), Peer.need(options, "metadata"), Peer.need(options, "sites"), Peer.need(options, "dead-letters"), persistent);
    Topology topology = options.getOrDefault("topology", "sites").equals("slide") ? SlideTopology.build(names) : SiteTopology.build(names);
    String state = options.containsKey("state") ? options.get("state") : Files.createTempDirectory("artesian-peer-state").toString();
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, Peer.need(options, "id"));
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, Peer.need(options, "brokers"));
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Integer.parseInt(options.getOrDefault("threads", "1")));
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Integer.parseInt(options.getOrDefault("commit-ms", "100")));
    config.put(StreamsConfig.STATE_DIR_CONFIG, state);
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    config.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, options.getOrDefault("protocol", "classic"));
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    // A process that says nothing for so long is given up; the default of 45 s keeps its partitions waiting.
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5000);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    // Streams waits up to 100 ms to fill a batch; the commit flushes them anyway.
    config.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 5);
    KafkaStreams streams = new KafkaStreams(topology, config);
    CountDownLatch ended = new CountDownLatch(1);
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) System.out.println("running");
      if (now == KafkaStreams.State.ERROR) ended.countDown();
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close(Duration.ofSeconds(10));
      ended.countDown();
    }));
    streams.start();
    ended.await();
    if (streams.state() == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
  }
}
