import { parseArgs } from "node:util";
import { openKafka } from "@artesian/engine";
import { statePlan } from "./kafka-state.ts";

/** The worker whose restart and memory are measured: prints its state as JSON lines, ends on SIGTERM. */
const text = { type: "string" } as const;
const { values } = parseArgs({ options: { brokers: text, id: text } });
const { brokers = "", id = "" } = values;
const runtime = await openKafka({ brokers: brokers.split(","), plans: [statePlan(id)] });
const tell = setInterval(() => process.stdout.write(`${JSON.stringify(runtime.stats().workers[0])}\n`), 200);
process.once("SIGTERM", () => {
  clearInterval(tell);
  void runtime.stop().then(() => process.exit(0));
});
