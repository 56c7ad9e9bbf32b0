import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { folderPlace } from "@artesian/data";
import { afterAll, describe, expect, it } from "vitest";
import { folderOf, plateFiles, SITES } from "./cellprofiler-tables.test-support.ts";
import { collatePlate } from "./collate.ts";
import type { CollateOptions } from "./ingest-types.ts";
import type { Profiles } from "./profiles.ts";

/** What `ingest.py golden` prints: tables of pycytominer 1.6.1 on a database of cytominer-database 0.3.4. */
type Golden = Record<"mean" | "median" | "joined", { columns: string[]; rows: (string | number)[][] }>;

const WAYS: [keyof Golden, CollateOptions][] = [
  ["mean", { operation: "mean" }],
  ["median", { operation: "median" }],
  ["joined", { mode: "joined", unlinked: "drop" }],
];

const folder = folderOf(plateFiles(SITES));
afterAll(() => rmSync(folder, { recursive: true }));

function compare({ metadata, features, values, rowCount }: Profiles, golden: Golden[keyof Golden]): void {
  expect(golden.rows).toHaveLength(rowCount);
  const measured = golden.columns.filter((name) => /^(?:Cells|Cytoplasm|Nuclei)_/.test(name));
  expect([...measured].sort()).toEqual([...features].sort());
  golden.rows.forEach((row, i) => {
    golden.columns.forEach((name, j) => {
      const at = features.indexOf(name);
      const found = at < 0 ? metadata[name]?.[i] : values[i * features.length + at];
      const wanted = row[j]!;
      if (typeof wanted === "string") expect(found).toBe(wanted);
      else expect(Math.abs(Number(found) - wanted)).toBeLessThanOrEqual(1e-12 * Math.abs(wanted));
    });
  });
}

describe("generated tables", () => {
  const fixture: Golden = JSON.parse(
    readFileSync(new URL("./fixtures/collate-pycytominer.json", import.meta.url), "utf8"),
  );
  it.each(WAYS)("%s: the numbers of pycytominer 1.6.1 within 1e-12", async (way, options) => {
    const { profiles } = await collatePlate(folderPlace(folder), "", options, { threads: 1 });
    compare(profiles, fixture[way]);
    if (way !== "joined")
      expect([...Object.keys(profiles.metadata), ...profiles.features]).toEqual(fixture[way].columns);
  });
});

const peers = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers");
const bin = (name: string): string => join(peers, name, "bin");
const live =
  process.env.ARTESIAN_SLOW === "1" &&
  ["profiling-ingest", "cytominer-database"].every((name) => existsSync(join(bin(name), "python")));

describe.skipIf(!live)(
  `the peers themselves ${live ? "" : "(SKIPPED: slow, and made by bench/peers/profiling-ingest/setup)"}`,
  () => {
    const run = async (environment: string, ...words: string[]): Promise<string> => {
      const program = fileURLToPath(new URL("../bench/peers/profiling-ingest/ingest.py", import.meta.url));
      const env = { ...process.env, PATH: `${bin(environment)}${delimiter}${process.env.PATH}` };
      const { stdout } = await promisify(execFile)(join(bin(environment), "python"), [program, ...words], { env });
      return stdout;
    };

    it("give the same numbers on their own database and on ours", { timeout: 600_000 }, async () => {
      const theirs = join(folder, "theirs.sqlite");
      const own = join(folder, "ours.sqlite");
      await run("cytominer-database", "seed", folder, theirs);
      await collatePlate(folderPlace(folder), "", { keep: { sqlite: { path: own } } });
      for (const path of [theirs, own]) {
        const golden: Golden = JSON.parse(await run("profiling-ingest", "golden", path));
        for (const [way, options] of WAYS)
          compare((await collatePlate(folderPlace(folder), "", options)).profiles, golden[way]);
      }
    });
  },
);
