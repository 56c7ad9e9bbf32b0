import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeDurably } from "@artesian/data";
import { joinDeployment, type Plan } from "@artesian/engine";
import { lockFolder } from "@artesian/engine/lock.ts";
import { forgetDeliveries, openStore } from "@artesian/store";
import {
  type DataFolder,
  type KafkaPlace,
  kafkaConnection,
  sinkName,
  taskCode,
  type WorkflowName,
} from "@artesian/workflows";
import { UsageError } from "./exit.ts";

/** Names the deployment on Kafka whose results a data folder holds, and whose copy its engine's folder is. */
const DEPLOYMENT = "deployment.json";
const ENGINE_FILES = ["engine.db", "engine.db-wal", "engine.db-shm"];

/**
 * Ties a data folder to a deployment on Kafka. Tied to another one before, its copy of that one's engine is set aside and all results are
 * brought again.
 * @returns whether it was another deployment's
 * @throws UsageError when an embedded engine has worked in the folder; KafkaCodeError (engine/kafka-code), LockedError (engine/locked)
 */
export async function enterDeployment(
  folder: DataFolder,
  given: { plan: Plan; workflow?: WorkflowName; kafka: KafkaPlace; now: Date },
): Promise<boolean> {
  const { plan, workflow, kafka, now } = given;
  const path = join(folder.engine, DEPLOYMENT);
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { id: string }).id : undefined;
  if (known === undefined && existsSync(join(folder.engine, "engine.db")))
    throw new UsageError(
      `${folder.engine}: an embedded engine has worked here, whose log is not Kafka's. Give another data folder for --engine kafka.`,
    );
  const { id } = await joinDeployment({
    ...kafkaConnection(kafka, workflow),
    plan,
    ...(workflow === undefined ? {} : { code: await taskCode(workflow) }),
  });
  if (known === id) return false;
  mkdirSync(folder.engine, { recursive: true });
  const unlock = lockFolder(folder.engine);
  try {
    if (known !== undefined) {
      const aside = join(folder.engine, `until-${now.toISOString().replaceAll(":", "-")}`);
      mkdirSync(aside);
      for (const name of ENGINE_FILES)
        if (existsSync(join(folder.engine, name))) renameSync(join(folder.engine, name), join(aside, name));
      const store = openStore(folder.store);
      forgetDeliveries(store, sinkName(workflow ?? plan.dag), workflow ?? plan.dag);
      store.close();
    }
    const { prefix = "", shadow = "" } = kafka;
    await writeDurably(path, `${JSON.stringify({ id, prefix, shadow }, null, 2)}\n`);
  } finally {
    unlock();
  }
  return known !== undefined;
}

/** Whether an engine's folder is a copy of a deployment on Kafka. */
export function isDeployment(engineDir: string): boolean {
  return existsSync(join(engineDir, DEPLOYMENT));
}

/** @throws UsageError when the folder's engine is a copy of a deployment on Kafka */
export function refuseDeployment(folder: DataFolder): void {
  if (isDeployment(folder.engine))
    throw new UsageError(
      `${folder.engine}: the results in this folder come from Kafka. Give --engine kafka and --brokers, or another data folder.`,
    );
}
