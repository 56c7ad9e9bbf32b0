import type { KafkaPlace } from "@artesian/workflows";
import type { Command } from "commander";
import { UsageError } from "./exit.ts";

/** Where topics, state and tasks of a run are kept. */
export interface EngineFlags {
  engine: string;
  brokers?: string;
  prefix?: string;
  shadow?: string;
  partitions?: string;
  replicationFactor?: string;
  retention?: string;
  registry?: string;
  publishAs?: string;
}

const dayMs = 24 * 3600 * 1000;

/** Flags that mean nothing to an embedded engine. */
const OF_KAFKA = [
  ["brokers", "--brokers"],
  ["prefix", "--prefix"],
  ["shadow", "--shadow"],
  ["partitions", "--partitions"],
  ["replicationFactor", "--replication-factor"],
  ["retention", "--retention"],
  ["registry", "--registry"],
  ["publishAs", "--publish-as"],
] as const;

/** Adds the options that say where the engine keeps topics and state. */
export function withEngineOptions(command: Command, engine: "embedded" | "kafka" = "embedded"): Command {
  const named = engine === "kafka" ? "kafka" : "embedded (in the data folder, one process), or kafka";
  return command
    .option("--engine <name>", `where topics and state are kept: ${named}`, engine)
    .option("--brokers <list>", "Kafka's brokers as host:port,host:port; default: the environment's ARTESIAN_KAFKA")
    .option("--prefix <text>", "on Kafka: begins the names of all topics and groups")
    .option(
      "--shadow <text>",
      "on Kafka: begins the names of all but input topics: the same input again, beside another deployment",
    )
    .option("--partitions <n>", "on Kafka: partitions of a workflow's topics, in place of its own number")
    .option("--replication-factor <n>", "on Kafka: copies of topics that are made (default: the cluster's)")
    .option(
      "--retention <days>",
      "on Kafka: how long records and requests of tasks are kept in topics that are made (default: 8, and as long as groups are remembered)",
    )
    .option(
      "--registry <url>",
      "on Kafka: schema registry of records in Confluent's wire format; default: the environment's ARTESIAN_SCHEMA_REGISTRY",
    )
    .option(
      "--publish-as <format>",
      "on Kafka, with a registry: avro or json, to publish topics of a named schema in Confluent's wire format",
    );
}

/**
 * The deployment on Kafka that flags name; undefined for the embedded engine.
 * @throws UsageError
 */
export function kafkaPlace(flags: EngineFlags): KafkaPlace | undefined {
  const { engine, prefix, shadow } = flags;
  if (engine === "embedded") {
    const given = OF_KAFKA.find(([name]) => flags[name] !== undefined);
    if (given !== undefined) throw new UsageError(`${given[1]} is of Kafka: give --engine kafka with it.`);
    return undefined;
  }
  if (engine !== "kafka") throw new UsageError(`--engine ${engine}: expected embedded or kafka.`);
  const list = flags.brokers ?? process.env.ARTESIAN_KAFKA ?? "";
  const brokers = list.split(",").map((one) => one.trim());
  const wrong = brokers.find((one) => !/^[^:\s]+:\d+$|^\[[0-9a-f:]+\]:\d+$/i.test(one));
  if (list === "") throw new UsageError("Say where Kafka is: --brokers host:port, or ARTESIAN_KAFKA.");
  if (wrong !== undefined) throw new UsageError(`--brokers ${list}: "${wrong}" is not host:port.`);
  for (const [name, text] of [
    ["--prefix", prefix],
    ["--shadow", shadow],
  ] as const)
    if (text !== undefined && !/^[A-Za-z0-9_-]{1,60}$/.test(text))
      throw new UsageError(`${name} ${text}: expected up to 60 letters, digits, "_" or "-".`);
  const partitions = atLeastOne("--partitions", flags.partitions, 10_000);
  const replicationFactor = atLeastOne("--replication-factor", flags.replicationFactor, 100);
  const retention = atLeastOne("--retention", flags.retention, 36_500);
  return {
    brokers,
    ...(prefix === undefined ? {} : { prefix }),
    ...(shadow === undefined ? {} : { shadow }),
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(retention === undefined ? {} : { retentionMs: retention * dayMs }),
    ...registryOf(flags),
  };
}

/** Key and secret belong into the environment: flags are kept with a run. */
function registryOf({ registry, publishAs }: EngineFlags): Pick<KafkaPlace, "registry"> {
  const address = registry ?? process.env.ARTESIAN_SCHEMA_REGISTRY;
  if (publishAs !== undefined && publishAs !== "avro" && publishAs !== "json")
    throw new UsageError(`--publish-as ${publishAs}: expected avro or json.`);
  if (address === undefined || address === "") {
    if (publishAs !== undefined)
      throw new UsageError("--publish-as needs a schema registry: --registry URL, or ARTESIAN_SCHEMA_REGISTRY.");
    return {};
  }
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new UsageError("--registry: expected an address such as http://127.0.0.1:8081.");
  if (registry !== undefined && new URL(registry).password !== "")
    throw new UsageError("--registry: put an address with key and secret into ARTESIAN_SCHEMA_REGISTRY instead.");
  return { registry: { address, ...(publishAs !== undefined && { publishAs }) } };
}

function atLeastOne(flag: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new UsageError(`${flag} ${text}: expected a whole number from 1 to ${most}.`);
  return number;
}
