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
}

const dayMs = 24 * 3600 * 1000;

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
    );
}

/**
 * The deployment on Kafka that flags name; undefined for the embedded engine.
 * @throws UsageError
 */
export function kafkaPlace(flags: EngineFlags): KafkaPlace | undefined {
  const { engine, prefix, shadow } = flags;
  if (engine === "embedded") {
    const given = (["brokers", "prefix", "shadow", "partitions", "replicationFactor", "retention"] as const).find(
      (name) => flags[name] !== undefined,
    );
    if (given !== undefined)
      throw new UsageError(
        `--${given === "replicationFactor" ? "replication-factor" : given} is of Kafka: give --engine kafka with it.`,
      );
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
  };
}

function atLeastOne(flag: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new UsageError(`${flag} ${text}: expected a whole number from 1 to ${most}.`);
  return number;
}
