import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { Benchmark, Figure } from "./figure.ts";

const benches: Record<string, () => Promise<{ default: Benchmark }>> = {
  editing: () => import("./editing.ts"),
  engine: () => import("./engine.ts"),
  expression: () => import("./expression.ts"),
  growth: () => import("./growth.ts"),
  "growth-engine": () => import("./growth-engine.ts"),
  imaging: () => import("./imaging.ts"),
  kafka: () => import("./kafka.ts"),
  "kafka-state": () => import("./kafka-state.ts"),
  "maps-questions": () => import("./maps-questions.ts"),
  "maps-serving": () => import("./maps-serving.ts"),
  maps: () => import("./maps.ts"),
  profiling: () => import("./profiling.ts"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } },
});

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
const names = positionals.length > 0 ? positionals : Object.keys(benches);
let status = 0;
for (const name of names) {
  const load = benches[name];
  if (load === undefined) {
    console.error(`There is no benchmark "${name}". Known: ${Object.keys(benches).join(", ")}.`);
    process.exit(2);
  }
  const { default: bench } = await load();
  const before = loadavg()[0] ?? 0;
  const figures = await bench.run({ quick: values.quick });
  if (figures.length === 0) status = 1;
  if (values.json) console.log(JSON.stringify({ bench: name, machine: { ...machine, load: before }, figures }));
  else print(name, before, figures);
}
process.exit(status);

function print(name: string, load: number, figures: Figure[]): void {
  console.log(
    `\n${name}: ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, node ${machine.node}, load ${load.toFixed(1)} at the start`,
  );
  const rows = figures.map((figure) => [
    figure.id,
    `${format(figure.value)} ${figure.unit}`,
    figure.goal === undefined ? "" : `${figure.better === "higher" ? "≥" : "≤"} ${format(figure.goal)}`,
    figure.goal === undefined ? "" : reached(figure) ? "reached" : "short",
    figure.peer === undefined ? "" : `${figure.peer} ${format(figure.peerValue ?? Number.NaN)}`,
    figure.ratio === undefined ? "" : `${figure.ratio.toFixed(2)} ×`,
  ]);
  const header = ["figure", "value", "goal", "", "peer", "ratio"];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [header, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function reached(figure: Figure): boolean {
  return (
    figure.goal !== undefined &&
    (figure.better === "higher" ? figure.value >= figure.goal : figure.value <= figure.goal)
  );
}

function format(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
