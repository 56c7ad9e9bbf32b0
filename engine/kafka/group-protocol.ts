import { type Place, placeName } from "./broker.ts";

/** The name by which members agree on this assignment. */
export const assignorName = "artesian-sticky";

/** A member as the leader sees it. */
export interface Subscriber {
  memberId: string;
  topics: readonly string[];
  owned: readonly Place[];
}

/**
 * Shares partitions out: every one to a member that subscribes to its topic, and whoever has one keeps it as long as that is even. Loads are
 * as even as they can be among the topics that the same members subscribe to. Depends on nothing but its arguments, so that any leader
 * decides alike.
 */
export function assign(places: readonly Place[], members: readonly Subscriber[]): Map<string, Place[]> {
  const order = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const given = new Map<string, Place[]>(order.map(({ memberId }) => [memberId, []]));
  const subscribers = (topic: string): Subscriber[] => order.filter(({ topics }) => topics.includes(topic));
  const idsOf = new Map(
    [...new Set(places.map(({ topic }) => topic))].map((topic) => [
      topic,
      subscribers(topic)
        .map(({ memberId }) => memberId)
        .join(),
    ]),
  );
  for (const alike of Map.groupBy(places, ({ topic }) => idsOf.get(topic)).values()) {
    const [first] = alike;
    if (first === undefined) continue;
    for (const [memberId, mine] of shareOut(alike, subscribers(first.topic))) given.get(memberId)?.push(...mine);
  }
  return given;
}

/** Partitions among members who all subscribe to their topics, in the order of their names. */
function shareOut(places: readonly Place[], order: readonly Subscriber[]): Map<string, Place[]> {
  const given = new Map<string, Place[]>(order.map(({ memberId }) => [memberId, []]));
  if (order.length === 0) return given;
  const share = Math.floor(places.length / order.length);
  let extra = places.length - share * order.length;
  const open = new Map(places.map((place) => [placeName(place), place]));
  for (const { memberId, owned } of order) {
    const mine = given.get(memberId) as Place[];
    for (const place of owned) {
      const name = placeName(place);
      if (!open.has(name)) continue;
      if (mine.length >= share) {
        if (mine.length > share || extra <= 0) break;
        extra--;
      }
      open.delete(name);
      mine.push(place);
    }
  }
  const rest = [...open.values()].sort((a, b) => a.partition - b.partition || (a.topic < b.topic ? -1 : 1));
  for (const place of rest) {
    let least: Place[] | undefined;
    for (const mine of given.values()) if (least === undefined || mine.length < least.length) least = mine;
    least?.push(place);
  }
  return given;
}

/** A subscription of the consumer protocol, version 0 (Kafka protocol guide, "Group Membership"); `owned` travels as user data. */
export function encodeSubscription(topics: readonly string[], owned: readonly Place[]): Buffer {
  const data = Buffer.from(JSON.stringify(owned.map(({ topic, partition }) => [topic, partition])));
  return Buffer.concat([int16(0), int32(topics.length), ...topics.map(text), int32(data.length), data]);
}

export function decodeSubscription(bytes: Buffer): { topics: string[]; owned: Place[] } {
  let at = 6;
  const topics: string[] = [];
  for (let left = bytes.readInt32BE(2); left > 0; left--) {
    const length = bytes.readInt16BE(at);
    topics.push(bytes.toString("utf8", at + 2, at + 2 + length));
    at += 2 + length;
  }
  const length = bytes.length >= at + 4 ? bytes.readInt32BE(at) : -1;
  if (length <= 0) return { topics, owned: [] };
  const owned = JSON.parse(bytes.toString("utf8", at + 4, at + 4 + length)) as [string, number][];
  return { topics, owned: owned.map(([topic, partition]) => ({ topic, partition })) };
}

/** An assignment of the consumer protocol, version 0, so that Kafka's own tools can show it. */
export function encodeAssignment(places: readonly Place[]): Buffer {
  const topics = Map.groupBy(places, ({ topic }) => topic);
  const parts: Buffer[] = [int16(0), int32(topics.size)];
  for (const [topic, inTopic] of topics)
    parts.push(text(topic), int32(inTopic.length), ...inTopic.map(({ partition }) => int32(partition)));
  return Buffer.concat([...parts, int32(-1)]);
}

export function decodeAssignment(bytes: Buffer): Place[] {
  const places: Place[] = [];
  if (bytes.length < 6) return places;
  let at = 6;
  for (let topics = bytes.readInt32BE(2); topics > 0; topics--) {
    const length = bytes.readInt16BE(at);
    const topic = bytes.toString("utf8", at + 2, at + 2 + length);
    at += 2 + length;
    const count = bytes.readInt32BE(at);
    at += 4;
    for (let index = 0; index < count; index++, at += 4) places.push({ topic, partition: bytes.readInt32BE(at) });
  }
  return places;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}
