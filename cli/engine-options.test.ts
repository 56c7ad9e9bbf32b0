import { expect, test } from "vitest";
import { kafkaPlace } from "./engine-options.ts";

const engine = "kafka";

test("the embedded engine needs no broker and takes nothing of Kafka", () => {
  expect(kafkaPlace({ engine: "embedded" })).toBeUndefined();
  expect(() => kafkaPlace({ engine: "embedded", brokers: "a:1" })).toThrow("--brokers is of Kafka");
  expect(() => kafkaPlace({ engine: "embedded", replicationFactor: "3" })).toThrow("--replication-factor is of Kafka");
});

test("flags become a deployment, numbers as numbers and days as milliseconds", () => {
  const flags = { prefix: "lab-", shadow: "v2-", partitions: "12", replicationFactor: "3", retention: "30" };
  expect(kafkaPlace({ engine, brokers: "k1:9092, [::1]:9093", ...flags })).toEqual({
    brokers: ["k1:9092", "[::1]:9093"],
    prefix: "lab-",
    shadow: "v2-",
    partitions: 12,
    replicationFactor: 3,
    retentionMs: 30 * 24 * 3600 * 1000,
  });
});

test.each([
  [{ engine: "redis" }, "expected embedded or kafka"],
  [{ engine, brokers: "kafka" }, '"kafka" is not host:port'],
  [{ engine, brokers: "k:1,k2" }, '"k2" is not host:port'],
  [{ engine, brokers: "k:1", prefix: "a.b" }, "--prefix a.b: expected up to 60 letters"],
  [{ engine, brokers: "k:1", shadow: "v 2" }, "--shadow v 2: expected up to 60 letters"],
  [{ engine, brokers: "k:1", partitions: "0" }, "--partitions 0: expected a whole number from 1"],
  [{ engine, brokers: "k:1", retention: "1.5" }, "--retention 1.5: expected a whole number from 1"],
])("%j is refused by name", (flags, message) => {
  expect(() => kafkaPlace(flags)).toThrow(message);
});
