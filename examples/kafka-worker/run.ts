import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, openKafka } from "@artesian/engine";

const brokers = process.env.ARTESIAN_KAFKA;
const python = process.env.PYTHON ?? "python3";
if (brokers === undefined || spawnSync(python, ["-c", "import confluent_kafka"]).status !== 0) {
  console.log(
    "skipped: needs ARTESIAN_KAFKA (scripts/services up kafka) and confluent-kafka for Python (PYTHON names the interpreter).",
  );
  process.exit(0);
}

// Topics of its own, so that the example may run any number of times on one broker.
const document = JSON.parse(readFileSync(join(import.meta.dirname, "workflow.json"), "utf8"));
document.name = `brightness-${Date.now()}`;
document.graph.images["topic-name"] = `${document.name}-images`;
document.graph.out["topic-name"] = `${document.name}-out`;
const plan = compile(document);
const runtime = await openKafka({ brokers: brokers.split(","), plans: [plan] });
const worker = spawn(python, [join(import.meta.dirname, "worker.py"), document.name, "measured"], { stdio: "inherit" });

const values = [
  { image: "A01.tif", pixels: [10, 20, 30] },
  { image: "A02.tif", pixels: [5, 5] },
  { image: "A03.tif", pixels: [] },
];
await runtime.append(
  `${document.name}-images`,
  values.map((value) => ({ value })),
);
const measured: string[] = [];
const letters: string[] = [];
for (const end = Date.now() + 60_000; Date.now() < end && measured.length + letters.length < values.length; ) {
  await new Promise((resolve) => setTimeout(resolve, 250));
  const reads = await Promise.all([0, 1].map((partition) => runtime.readTopic(`${document.name}-out`, partition)));
  measured.splice(0, measured.length, ...reads.flat().map(({ key, value }) => `${key} brightness ${value.brightness}`));
  const open = await runtime.deadLetters(document.name);
  letters.splice(0, letters.length, ...open.map(({ key, code, message }) => `${key} set aside: ${code}, ${message}`));
}
for (const line of [...measured.sort(), ...letters]) console.log(line);
worker.kill();
await runtime.stop();
process.exit(measured.length === 2 && letters.length === 1 ? 0 : 1);
