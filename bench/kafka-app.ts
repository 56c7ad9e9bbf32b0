/**
 * Images into complete sites on Kafka, as a process: what bench/peers/kafka/README.md asks of an application that is measured.
 * `node bench/kafka-app.ts --brokers HOST:PORT,… --id NAME --images TOPIC --metadata TOPIC --sites TOPIC`
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { compile, type Plan } from "@artesian/engine";
import { systemClock } from "@artesian/engine/kafka/broker.ts";
import { connectKafka } from "@artesian/engine/kafka/client.ts";
import { Worker } from "@artesian/engine/kafka/worker.ts";

interface Options {
  brokers: string;
  id: string;
  images: string;
  metadata: string;
  sites: string;
}

function planOf({ id, images, metadata, sites }: Options): Plan {
  return compile({
    name: id,
    partitions: 8,
    graph: {
      images: { type: "topic-stream", "topic-name": images, key: "{experiment}/{plate}/{well}/{site}" },
      metadata: { type: "topic-table", "topic-name": metadata },
      site: {
        type: "stream-operation",
        inputs: ["images", "metadata"],
        function: {
          "group-complete": {
            by: ["experiment", "plate", "well", "site"],
            member: ["channel"],
            expect: { table: "metadata", key: "{experiment}", field: "channels" },
            collect: "images",
          },
        },
      },
      out: { type: "publish", stream: "site", "topic-name": sites },
    },
  });
}

const names = ["brokers", "id", "images", "metadata", "sites"] as const;
const { values } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
});
const missing = names.filter((name) => typeof values[name] !== "string");
if (missing.length > 0) {
  console.error(`Needed: ${missing.map((name) => `--${name}`).join(", ")}.`);
  process.exit(2);
}
const options = values as unknown as Options;
const broker = await connectKafka({ brokers: options.brokers.split(",") });
const worker = new Worker({
  broker,
  clock: systemClock,
  plan: planOf(options),
  id: randomUUID(),
  onTrouble: (error) => console.error(error),
});
process.once("SIGTERM", async () => {
  await worker.stop();
  await broker.close();
  process.exit(0);
});
await worker.start();
while (worker.status.state !== "running") await systemClock.sleep(20);
console.log("running");
