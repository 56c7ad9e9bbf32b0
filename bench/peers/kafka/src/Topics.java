package org.artesian.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates topics (comma-separated; --compacted ones with one partition) or deletes them. */
final class Topics {
  static void run(Map<String, String> options) throws Exception {
    Properties config = new Properties();
    config.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, Peer.need(options, "brokers"));
    short replication = Short.parseShort(options.getOrDefault("replication", "1"));
    int partitions = Integer.parseInt(options.getOrDefault("partitions", "8"));
    try (Admin admin = Admin.create(config)) {
      List<NewTopic> topics = new ArrayList<>();
      for (String name : names(options, "create")) topics.add(new NewTopic(name, partitions, replication).configs(Map.of("retention.ms", "-1")));
      for (String name : names(options, "compacted")) {
        topics.add(new NewTopic(name, 1, replication).configs(Map.of("cleanup.policy", "compact")));
      }
      admin.createTopics(topics).all().get();
      try {
        admin.deleteTopics(names(options, "delete")).all().get();
      } catch (ExecutionException failed) {
        if (!(failed.getCause() instanceof UnknownTopicOrPartitionException)) throw failed;
      }
    }
  }

  /** Prints the broker that coordinates a group: it keeps the group's members and offsets. */
  static void coordinator(Map<String, String> options) throws Exception {
    String group = Peer.need(options, "group");
    try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, (Object) Peer.need(options, "brokers")))) {
      int node = admin.describeConsumerGroups(List.of(group)).describedGroups().get(group).get().coordinator().id();
      System.out.printf("{\"node\":%d}%n", node);
    }
  }

  private static List<String> names(Map<String, String> options, String option) {
    String names = options.getOrDefault(option, "");
    return names.isEmpty() ? List.of() : List.of(names.split(","));
  }
}
