/** Test-only: what publishing must stand, whatever place it goes to; publishers and readers are processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { Place } from "@artesian/data";
import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { checkCatalog } from "./group-store.test-support.ts";
import { openCatalog } from "./publish-groups.ts";
import { openGroup, readGroupFile } from "./read-group.ts";

/** A program of this folder, with the lines that it has said. */
function start(program: string, words: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...words], {
    stdio: ["pipe", "pipe", "pipe"],
    env,
  });
  const lines: string[] = [];
  let failure = "";
  const said = createInterface({ input: child.stdout });
  said.on("line", (line) => lines.push(line));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    failure += text;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, lines, failure }));
  return { child, lines, ended, firstLine: Promise.race([once(said, "line"), ended]) };
}

const cleared = (child: ChildProcess): void => {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
};

interface Violence {
  /** An empty place, with how a process reaches it. */
  makePlace: (name: string) => Promise<{ place: Place; uri: string; env: NodeJS.ProcessEnv }>;
  kills: number;
  /** Processes, and publishers in each. */
  crowd: { processes: number; each: number };
}

export function publishViolence(title: string, { makePlace, kills, crowd }: Violence): void {
  describe(`publishing to ${title}`, () => {
    it(
      `killed by SIGKILL at ${kills} random points leaves readers a whole catalogue and whole groups, always`,
      async () => {
        const { place, uri, env } = await makePlace("killed");
        const undisturbed = await start("publisher.test-support.ts", [uri, "demo", "0", "4"], env).ended;
        expect(undisturbed).toMatchObject({ code: 0, failure: "" });
        const reader = start("store-reader.test-support.ts", [uri], env);
        await reader.firstLine;
        const random = seededRandom(5);
        let [inTheMiddle, spanMs] = [0, 150];
        try {
          for (let kill = 1; kill <= kills; kill++) {
            const publisher = start("publisher.test-support.ts", [uri, "demo", String(1000 * kill), "1000"], env);
            await publisher.firstLine;
            const from = performance.now();
            await setTimeout(random.uniform() * spanMs);
            publisher.child.kill("SIGKILL");
            const { signal, lines, failure } = await publisher.ended;
            expect({ signal, failure }).toEqual({ signal: "SIGKILL", failure: "" });
            const done = lines.filter((line) => line.startsWith("done")).length;
            if (lines.at(-1)!.startsWith("begin")) inTheMiddle++;
            // About as long as two of them, so that first and later publications are hit; longer where none was done.
            if (done === 0) spanMs *= 1.1;
            else spanMs = (spanMs + (2 * (performance.now() - from)) / done) / 2;
            expect((await checkCurrent(place)) > 0).toBe(true);
            expect(reader.child.exitCode).toBeNull();
          }
          reader.child.stdin.end();
          const { code, lines, failure } = await reader.ended;
          expect({ code, failure }).toEqual({ code: 0, failure: "" });
          const { looks, revisions } = JSON.parse(lines.at(-1)!) as { looks: number; revisions: number };
          expect(looks).toBeGreaterThan(kills / 2);
          expect(revisions).toBeGreaterThan(kills / 10);
          expect(inTheMiddle).toBeGreaterThan(kills / 2);
          // What the killed left behind does not stand in the way, and every version that ever entered is whole.
          const last = await start("publisher.test-support.ts", [uri, "demo", "999000", "1"], env).ended;
          expect(last.code).toBe(0);
          expect((await checkCatalog(place)).catalog.groups).toHaveLength(2);
        } finally {
          cleared(reader.child);
        }
      },
      900_000 + 30_000 * kills,
    );

    const all = crowd.processes * crowd.each;
    it(`by ${all} publishers at once, in ${crowd.processes} processes, loses nothing and enters each version once`, async () => {
      const { place, uri, env } = await makePlace("crowd");
      const own = Array.from({ length: all }, (_, i) => `m${i}`);
      const publishers = Array.from({ length: crowd.processes }, (_, p) =>
        // Each its own maps, and one map that all publish.
        start(
          "publisher.test-support.ts",
          [uri, [...own.slice(p * crowd.each, (p + 1) * crowd.each), "common"].join(), "0", "1"],
          env,
        ),
      );
      try {
        const ends = await Promise.all(publishers.map(({ ended }) => ended));
        for (const { code, failure } of ends) expect({ code, failure }).toEqual({ code: 0, failure: "" });
        const done = ends
          .flatMap(({ lines }) => lines.filter((line) => line.startsWith("done ")))
          .map((line) => JSON.parse(line.slice(5)) as { created: string[]; revision: number });
        expect(done).toHaveLength(all + crowd.processes);
        const created = done.flatMap((one) => one.created.map((name) => name.split("@")[0]));
        const names = [...own, "common"].flatMap((name) => [name, `${name}_centre_scaled`]);
        expect(created.sort()).toEqual(names.sort());
        const winners = done.filter((one) => one.created.length > 0).map(({ revision }) => revision);
        expect(new Set(winners).size).toBe(winners.length);
        const { catalog } = await checkCatalog(place);
        expect(catalog.groups.map(({ id }) => id).sort()).toEqual(names);
        expect(catalog.groups.every(({ versions }) => versions.length === 1)).toBe(true);
      } finally {
        for (const { child } of publishers) cleared(child);
      }
    }, 900_000);
  });
}

/** Reads all files of the current versions and checks their digests; gives their number. */
async function checkCurrent(place: Place): Promise<number> {
  const { catalog } = await openCatalog(place);
  let files = 0;
  for (const { id } of catalog.groups) {
    const manifest = await openGroup(place, catalog, id);
    for (const name of Object.keys(manifest.files)) {
      await readGroupFile(place, manifest, name);
      files++;
    }
  }
  return files;
}
