import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { compile, openKafka } from "@artesian/engine";

/** Our side of the Kafka benchmark: images into complete sites, as a process that bench/peers/kafka/README.md describes. */
const text = { type: "string" } as const;
const { values } = parseArgs({ options: { brokers: text, id: text, images: text, metadata: text, sites: text } });
const { brokers = "", id = "", images = "", metadata = "", sites = "" } = values;
const plan = compile({
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
    out: { type: "publish", "topic-name": sites, stream: "site" },
  },
});
const runtime = await openKafka({ brokers: brokers.split(","), plans: [plan], application: "artesian" });
// it has joined its group and read its state
while (!runtime.stats().workers.every(({ state }) => state === "running")) await setTimeout(50);
process.stdout.write("running\n");
process.once("SIGTERM", () => void runtime.stop().then(() => process.exit(0)));
