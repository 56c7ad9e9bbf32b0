import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const artesian = join(here, "../../cli/bin/artesian.js");
const workflow = join(here, "blurred-plates.ts");
const folder = mkdtempSync(join(tmpdir(), "artesian-example-window-"));

function run(...words: string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [artesian, "dag", ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(stdout);
  if (status !== 0) throw new Error(`artesian dag ${words.join(" ")} ended with ${status}.`);
  return stdout;
}

try {
  run("check", workflow);
  run("test", join(here, "blurred-plates.test.json"));
  // 480 images of two plates within a minute; the tiles of P2 are blurred
  const wells = Array.from({ length: 240 }, (_, index) => `W${index}`);
  const lines = wells.flatMap((well) =>
    ["P1", "P2"].map((plate) => {
      const focus = plate === "P2" ? 0.05 : 0.9;
      return { plate, well, channel: "DNA", exposureMs: 30, tiles: [{ focus }, { focus }] };
    }),
  );
  const images = join(folder, "images.jsonl");
  writeFileSync(images, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const told = run(
    "run",
    workflow,
    "--data",
    join(folder, "results"),
    "--input",
    `images=${images}`,
    "--read",
    "blurred_plates",
  );
  const plates = told
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { key: string; value: { images: number; blurred: number } });
  const [only] = plates;
  // the minute may have turned between the first image and the last
  const sum = (of: (value: { images: number; blurred: number }) => number): number =>
    plates.reduce((all, { value }) => all + of(value), 0);
  if (
    only === undefined ||
    plates.some(({ key }) => key !== "P2") ||
    sum(({ images: n }) => n) !== 240 ||
    sum(({ blurred }) => blurred) !== 480
  )
    throw new Error(`Expected the 240 images of P2 with 480 blurred tiles, found ${told}`);
  console.log("P2 is told of, P1 is not.");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
