import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { ExperimentPlan } from "@artesian/workflows";
import { afterAll, expect, it } from "vitest";
import type { ExperimentFlags } from "./experiment-options.ts";
import { followDesign } from "./follow-design.ts";
import type { Output } from "./output.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-design-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function start(name: string, flags: ExperimentFlags) {
  const folder = join(root, name);
  mkdirSync(folder);
  const plans: ExperimentPlan[] = [];
  const said: string[] = [];
  const nothing = (): void => {};
  const output: Output = {
    say: (line) => void said.push(line),
    json: nothing,
    data: nothing,
    progress: nothing,
    settle: nothing,
  };
  const source = { experiment: name, pattern: null, plate: null, channels: null };
  const stop = followDesign({
    folder,
    source,
    flags,
    output,
    quietMs: 60,
    pollMs: 10,
    announce: async (plan) => void plans.push(plan),
  });
  const until = async (done: () => boolean): Promise<void> => {
    for (let i = 0; i < 300 && !done(); i++) await setTimeout(10);
  };
  return { folder, plans, said, stop, until };
}

it("takes what is in the folder as the plan once it is quiet, and a larger one when more comes", async () => {
  const { folder, plans, stop, until } = start("quiet", {});
  for (const channel of ["DNA", "ER"]) writeFileSync(join(folder, `P1_B02_s1_${channel}.tif`), "");
  await until(() => plans.length === 1);
  writeFileSync(join(folder, "P1_B03_s1_DNA.tif"), "");
  await until(() => plans.length === 2);
  stop();
  expect(plans.map(({ document, layouts }) => [document.channels, layouts[0]?.wells])).toEqual([
    [["DNA", "ER"], ["B02"]],
    [
      ["DNA", "ER"],
      ["B02", "B03"],
    ],
  ]);
});

it("plans from flags and sheet alone as soon as the sheet is there, and again when it changes", async () => {
  const sheet = join(root, "wells.csv");
  const { plans, said, stop, until } = start("given", { channels: "DNA", sites: "2", metadata: sheet });
  await setTimeout(50);
  expect(plans).toEqual([]);
  writeFileSync(sheet, "plate,well\nP1,B02\n");
  await until(() => plans.length === 1);
  expect(plans[0]?.layouts[0]?.siteIds).toEqual(["B02/1", "B02/2"]);
  writeFileSync(sheet, "plate,well\nP1,nonsense\n");
  await until(() => said.length === 1);
  writeFileSync(sheet, "plate,well\nP1,B02\nP1,B03\n");
  await until(() => plans.length === 2);
  stop();
  expect(said).toEqual([expect.stringMatching(/trouble: .*line 2: "nonsense" is not a well/)]);
  expect(plans[1]?.layouts[0]?.wells).toEqual(["B02", "B03"]);
});
