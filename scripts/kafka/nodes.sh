# Kafka brokers for scripts/services: KRaft on loopback, each node broker and controller, from Maven Central on a local JDK.
# Records: kafka.nodes (how many, and the cluster's id), kafka-N.pid, kafka-N.port ("broker controller"), kafka-N.log, kafka.data/N.
kafka_version=4.4.0
kafka_sources="$(dirname "${BASH_SOURCE[0]}")"
kafka_home="$home/kafka-$kafka_version"
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"

install_kafka() {
  if ! "$java" -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])'; then
    say "Kafka needs a JDK of version 17 or later, which is not here: install one (Debian: apt-get install openjdk-17-jdk-headless), or set ARTESIAN_KAFKA to brokers of your own"
    return 1
  fi
  cmp -s "$kafka_sources/pom.xml" "$kafka_home/pom.xml" && return 0
  if ! command -v mvn >/dev/null; then
    say "Kafka is fetched by Maven, which is not here: install it (Debian: apt-get install maven), or set ARTESIAN_KAFKA to brokers of your own"
    return 1
  fi
  say "fetching Kafka $kafka_version into $kafka_home …"
  rm -rf "$kafka_home"
  # --strict-checksums: a broken download fails instead of running.
  mvn --batch-mode --quiet --strict-checksums --file "$kafka_sources/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies "-DoutputDirectory=$kafka_home/lib" >&2
  cp "$kafka_sources/pom.xml" "$kafka_home/pom.xml"
}

kafka_java() { # heap MiB, arguments …
  local heap=$1
  shift
  set -- -Xms64m "-Xmx${heap}m" -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -Djava.awt.headless=true \
    "-Dlog4j2.configurationFile=$kafka_sources/log4j2.properties" -cp "$kafka_home/lib/*" "$@"
  printf '%s\0' "$java" "$@"
}

kafka_count() { cut -d' ' -f1 "$run/kafka.nodes" 2>/dev/null || echo 0; }
kafka_brokers() { for n in $(seq "$(kafka_count)"); do echo "127.0.0.1:$(cut -d' ' -f1 "$run/kafka-$n.port")"; done | paste -sd, -; }

# A cluster of one acknowledges alone; of three, it takes two, and works on while any one of them is down.
kafka_properties() { # node
  local node=$1 nodes copies=1 quorum=1 voters="" n
  nodes="$(kafka_count)"
  if [ "$nodes" -ge 3 ]; then copies=3 quorum=2; fi
  for n in $(seq "$nodes"); do voters+="${voters:+,}$n@127.0.0.1:$(cut -d' ' -f2 "$run/kafka-$n.port")"; done
  cat <<PROPERTIES
process.roles=broker,controller
node.id=$node
controller.quorum.voters=$voters
listeners=PLAINTEXT://127.0.0.1:$(cut -d' ' -f1 "$run/kafka-$node.port"),CONTROLLER://127.0.0.1:$(cut -d' ' -f2 "$run/kafka-$node.port")
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$run/kafka.data/$node
auto.create.topics.enable=false
default.replication.factor=$copies
min.insync.replicas=$quorum
offsets.topic.replication.factor=$copies
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$quorum
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$quorum
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
PROPERTIES
}

kafka_start_node() { # node
  local -a command
  mapfile -d '' command < <(kafka_java 512 kafka.Kafka "$run/kafka.data/$1.properties")
  in_background "kafka-$1" "${command[@]}"
}

# Until it serves: a broker listens before it may be asked.
kafka_await_node() { # node
  for _ in $(seq 600); do
    grep -q 'Kafka Server started' "$run/kafka-$1.log" 2>/dev/null && return 0
    pid_of "kafka-$1" >/dev/null || break
    sleep 0.2
  done
  say "kafka node $1 did not come up; its log, $run/kafka-$1.log, ends with:"
  tail -5 "$run/kafka-$1.log" >&2 || true
  return 1
}

up_kafka() { # port, nodes
  local port=$1 nodes=${2:-} n now ports
  now="$(kafka_count)"
  if [ "$now" -gt 0 ] && kafka_running >/dev/null; then
    if [ -n "$nodes" ] && [ "$nodes" != "$now" ]; then
      say "kafka runs already, with $now nodes; stop it first: scripts/services down kafka"
      return 1
    fi
    if [ -n "$port" ] && [ "$port" != "$(cut -d' ' -f1 "$run/kafka-1.port")" ]; then
      say "kafka runs already, on port $(cut -d' ' -f1 "$run/kafka-1.port"); stop it first: scripts/services down kafka"
      return 1
    fi
    return 0
  fi
  install_kafka
  down_kafka
  nodes="${nodes:-1}"
  read -r -a ports < <(free_ports $((nodes * 2)))
  for n in $(seq "$nodes"); do
    local broker=${ports[$((n * 2 - 2))]}
    [ -z "$port" ] || broker=$((port + n - 1))
    if listens "$broker"; then
      say "port $broker is taken; give another, or none"
      down_kafka
      return 1
    fi
    echo "$broker ${ports[$((n * 2 - 1))]}" >"$run/kafka-$n.port"
  done
  local id
  id="$("$python" -c 'import base64, uuid; print(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))')"
  echo "$nodes $id" >"$run/kafka.nodes"
  mkdir -p "$run/kafka.data"
  for n in $(seq "$nodes"); do
    kafka_properties "$n" >"$run/kafka.data/$n.properties"
    local -a command
    mapfile -d '' command < <(kafka_java 128 kafka.tools.StorageTool format --ignore-formatted --cluster-id="$id" -c "$run/kafka.data/$n.properties")
    "${command[@]}" >"$run/kafka-$n.log" 2>&1 || { tail -5 "$run/kafka-$n.log" >&2; down_kafka; return 1; }
    kafka_start_node "$n"
  done
  for n in $(seq "$nodes"); do kafka_await_node "$n" || { down_kafka; return 1; }; done
  say "kafka listens on $(kafka_brokers)"
}

kafka_running() { # the process ids of the nodes that run; fails when none does
  local n any=1
  for n in $(seq "$(kafka_count)"); do pid_of "kafka-$n" && any=0; done
  return "$any"
}

# At once: what it stored goes as well, so there is nothing to close in good order.
down_kafka() {
  local n pid stopped=false
  for n in $(seq "$(kafka_count)"); do
    if pid="$(pid_of "kafka-$n")"; then
      kill -9 "$pid" 2>/dev/null || true
      stopped=true
    fi
  done
  for n in $(seq "$(kafka_count)"); do
    for _ in $(seq 50); do
      pid_of "kafka-$n" >/dev/null || break
      sleep 0.1
    done
  done
  rm -f "$run"/kafka-*.pid "$run"/kafka-*.port "$run/kafka.nodes"
  rm -rf "$run/kafka.data"
  if $stopped; then say "kafka stopped"; fi
}

# Violence for tests: a node is gone between two instructions, and comes back with what it had stored.
kill_kafka() { # node
  local pid
  pid="$(pid_of "kafka-$1")" || { say "kafka node $1 does not run"; return 1; }
  kill -9 "$pid"
  for _ in $(seq 100); do
    pid_of "kafka-$1" >/dev/null || break
    sleep 0.05
  done
  say "kafka node $1 killed"
}

start_kafka() { # node
  [ -f "$run/kafka.data/$1.properties" ] || { say "kafka has no node $1; it has $(kafka_count)"; return 1; }
  pid_of "kafka-$1" >/dev/null && { say "kafka node $1 runs already"; return 0; }
  : >"$run/kafka-$1.log"
  kafka_start_node "$1"
  kafka_await_node "$1"
  say "kafka node $1 listens on 127.0.0.1:$(cut -d' ' -f1 "$run/kafka-$1.port")"
}

env_kafka() { echo "ARTESIAN_KAFKA=$(kafka_brokers)"; }

status_kafka() {
  local n pid nodes="" port
  if ! kafka_running >/dev/null; then
    if $json; then printf '"kafka":{"running":false}'; else echo "kafka: not running"; fi
    return
  fi
  for n in $(seq "$(kafka_count)"); do
    port="$(cut -d' ' -f1 "$run/kafka-$n.port")"
    if pid="$(pid_of "kafka-$n")"; then
      nodes+="${nodes:+,}{\"node\":$n,\"running\":true,\"pid\":$pid,\"port\":$port}"
      $json || echo "kafka node $n: 127.0.0.1:$port, process $pid"
    else
      nodes+="${nodes:+,}{\"node\":$n,\"running\":false,\"port\":$port}"
      $json || echo "kafka node $n: not running"
    fi
  done
  if $json; then printf '"kafka":{"running":true,"nodes":[%s],"env":{"ARTESIAN_KAFKA":"%s"}}' "$nodes" "$(kafka_brokers)"; fi
}
