import { randomUUID } from "node:crypto";
import { z } from "zod";
import { KafkaCodeError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { type Broker, systemClock } from "./broker.ts";
import { connectKafka } from "./client.ts";
import type { ClusterOptions } from "./cluster.ts";
import { deployedBroker } from "./deployment-names.ts";
import { inputsOf, type KafkaTopicOptions, layoutOf, prepareTopics } from "./layout.ts";
import { objectOf } from "./wire-record.ts";

const deploymentSchema = z.object({
  /** Made when the deployment was; topics that were removed and made again are another one. */
  id: z.string(),
  /** Digest of the code behind each task name, as it was then; empty when nobody said. */
  code: z.record(z.string(), z.string()),
  /** ms since 1970 */
  at: z.number(),
});
export type Deployment = z.infer<typeof deploymentSchema>;

export interface DeploymentOptions extends ClusterOptions {
  plan: Plan;
  topics?: KafkaTopicOptions;
  /** Digest of the code behind each task name here. Without it any will do. */
  code?: Readonly<Record<string, string>>;
}

/**
 * Joins a workflow's deployment on Kafka, which is made when it is not there: topics, and what all of its processes must have in common.
 * @throws KafkaCodeError (engine/kafka-code) when it computes by other code; KafkaPartitionsError, KafkaPlanError, KafkaUnavailableError
 */
export async function joinDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { plan, topics, code = {} } = options;
  const layout = layoutOf(plan, undefined, topics);
  const broker = deployedBroker(await connectKafka(options), { ...topics, inputs: inputsOf(plan) });
  try {
    await prepareTopics(broker, layout);
    const place = { topic: layout.deployment, partition: 0 };
    let found = await firstOf(broker, place);
    if (found === undefined) {
      const made: Deployment = { id: randomUUID(), code: { ...code }, at: systemClock.now() };
      const record = { key: made.id, value: JSON.stringify(made), timestamp: made.at };
      await broker.append([{ ...place, records: [record] }]);
      // of two that were made at once the first counts
      found = (await firstOf(broker, place)) ?? made;
    }
    const known = found.code;
    const differs = Object.keys(code).filter((task) => known[task] !== undefined && known[task] !== code[task]);
    if (differs.length > 0) throw new KafkaCodeError(plan.dag, differs, new Date(found.at).toISOString());
    return found;
  } finally {
    await broker.close();
  }
}

async function firstOf(broker: Broker, place: { topic: string; partition: number }): Promise<Deployment | undefined> {
  const [offset = 0] = await broker.starts([place]);
  const [end = 0] = await broker.ends([place]);
  if (offset >= end) return undefined;
  const { records } = await broker.readAt({ ...place, offset }, { maxWaitMs: 500, maxBytes: 2 ** 20 });
  const value = records[0]?.value;
  const deployment = deploymentSchema.safeParse(value == null ? undefined : objectOf(value));
  return deployment.success ? deployment.data : undefined;
}
