import type { Batch, Broker, Member, Place, Position, Producer } from "./broker.ts";

/** How a deployment calls its topics and groups on a cluster that it may share with others. */
export interface DeploymentNames {
  /** Begins every name: other data, other people. */
  prefix?: string;
  /** Begins, after the prefix, every name but those of input topics: the same input worked through beside another deployment. */
  shadow?: string;
  /** Topics that come from outside. */
  inputs: ReadonlySet<string>;
}

/** A topic's name on Kafka. */
export function topicOnKafka(topic: string, { prefix = "", shadow = "", inputs }: DeploymentNames): string {
  return inputs.has(topic) ? prefix + topic : prefix + shadow + topic;
}

/** The name that a workflow gives to a topic of Kafka. */
export function topicOfPlan(name: string, { prefix = "", shadow = "", inputs }: DeploymentNames): string {
  const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return !inputs.has(bare) && bare.startsWith(shadow) ? bare.slice(shadow.length) : bare;
}

/** A broker whose topics, groups and producers are called as a deployment calls them; everybody above says the workflow's own names. */
export function deployedBroker(broker: Broker, names: DeploymentNames): Broker {
  const { prefix = "", shadow = "" } = names;
  if (prefix === "" && shadow === "") return broker;
  const out = <P extends Place>(place: P): P => ({ ...place, topic: topicOnKafka(place.topic, names) });
  const topicOut = (topic: string): string => topicOnKafka(topic, names);
  const back = <P extends Place>(place: P): P => ({ ...place, topic: topicOfPlan(place.topic, names) });
  const id = (text: string): string => prefix + shadow + text;
  return {
    partitions: (topics) => broker.partitions(topics.map((topic) => topicOnKafka(topic, names))),
    createTopics: (topics) =>
      broker.createTopics(topics.map((topic) => ({ ...topic, name: topicOnKafka(topic.name, names) }))),
    fetch: async (positions, options) => (await broker.fetch(positions.map(out), options)).map(back),
    readAt: async (position, options) => back(await broker.readAt(out(position), options)),
    ends: (places) => broker.ends(places.map(out)),
    stables: (places) => broker.stables(places.map(out)),
    starts: (places) => broker.starts(places.map(out)),
    committed: (group, places, undecided) => broker.committed(id(group), places.map(out), undecided),
    committedNotes: (group, places) => broker.committedNotes(id(group), places.map(out)),
    describeGroup: async (group) => {
      const { isMoving, members } = await broker.describeGroup(id(group));
      return { isMoving, members: members.map((one) => ({ ...one, assigned: one.assigned.map(back) })) };
    },
    openProducer: async (transactionalId, timeoutMs) =>
      deployedProducer(await broker.openProducer(id(transactionalId), timeoutMs), out),
    openMember: (options) =>
      deployedMember(
        broker.openMember({
          ...options,
          group: id(options.group),
          topics: options.topics.map(topicOut),
        }),
        topicOut,
        back,
      ),
    append: (batches) => broker.append(batches.map(out)),
    close: () => broker.close(),
  };
}

/** Groups come from a member's identity, which says Kafka's name already. */
function deployedProducer(producer: Producer, out: <P extends Place>(place: P) => P): Producer {
  return {
    begin: (places, group) => producer.begin(places.map(out), group),
    produce: (batches: readonly Batch[]) => producer.produce(batches.map(out)),
    sendOffsets: (member, offsets: readonly Position[]) => producer.sendOffsets(member, offsets.map(out)),
    commit: () => producer.commit(),
    abort: () => producer.abort(),
  };
}

function deployedMember(
  member: Member,
  topicOut: (topic: string) => string,
  back: <P extends Place>(place: P) => P,
): Member {
  const out = <P extends Place>(place: P): P => ({ ...place, topic: topicOut(place.topic) });
  return {
    get identity() {
      return member.identity;
    },
    async join(owned, topics) {
      const { generation, assigned } = await member.join(owned.map(out), topics?.map(topicOut));
      return { generation, assigned: assigned.map(back) };
    },
    heartbeat: () => member.heartbeat(),
    commitOffsets: (offsets) => member.commitOffsets(offsets.map(out)),
    leave: () => member.leave(),
  };
}
