/** Map pages in Chromium: first cells of a large heat map, all of it, frames while it is panned. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@artesian/store";
import { dataFolder } from "@artesian/workflows";
import type { Page } from "playwright-core";
import { findChromium, launch } from "../e2e/browser.ts";
import { serve } from "../e2e/map-application.ts";
import type { Benchmark, Figure } from "./figure.ts";
import { publishGenes } from "./pages-group.ts";

const DIMS = 128;
const FRAMES = 120;

/** When the page set a mark, in milliseconds since its navigation began. @throws Error when it did not within a minute */
async function markAt(page: Page, name: string): Promise<number> {
  for (const end = Date.now() + 60_000; Date.now() < end; await page.waitForTimeout(20)) {
    const at = await page.evaluate<number | undefined>(`performance.getEntriesByName("${name}")[0]?.startTime`);
    if (at !== undefined) return at;
  }
  throw new Error(`The page did not come to ${name} within a minute.`);
}

/** Milliseconds between frames while a hand drags the map to and fro. */
const panned = (page: Page, frames: number): Promise<number[]> => page.evaluate<number[]>(`(${PAN})(${frames})`);

/** Runs in the page: a hand that moves with every frame. */
const PAN = `async (count) => {
  const map = document.querySelector("[role=application]");
  const box = map.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const hand = (kind, dx, dy) =>
    map.dispatchEvent(new PointerEvent(kind, { clientX: x + dx, clientY: y + dy, pointerId: 1, button: 0, bubbles: true }));
  const frame = () => new Promise(requestAnimationFrame);
  map.setPointerCapture = () => undefined;
  hand("pointerdown", 0, 0);
  const times = [];
  let before = await frame();
  for (let k = 1; k <= count; k++) {
    hand("pointermove", -150 * Math.sin(k / 12), -110 * Math.sin(k / 17));
    const now = await frame();
    times.push(now - before);
    before = now;
  }
  hand("pointerup", 0, 0);
  return times;
}`;

/** Processor seconds that all processes below this one have used: those of the server and of the browser. Zero where there is no /proc. */
function used(): number {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  const pids = existsSync("/proc") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  for (const pid of pids) {
    try {
      // What stands behind the name, which may hold anything: state, parent, …, user and system ticks of 10 ms.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      parents.set(Number(pid), Number(fields[1]));
      ticks.set(Number(pid), Number(fields[11]) + Number(fields[12]));
    } catch {
      // It ended meanwhile.
    }
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  return [...ticks].reduce((sum, [pid, count]) => sum + (isOurs(pid) ? count / 100 : 0), 0);
}

const share = (values: number[], at: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(at * values.length))]!;

const pages: Benchmark = {
  name: "pages",
  async run({ quick }): Promise<Figure[]> {
    const chromium = findChromium();
    if (chromium === undefined) return [];
    const rows = quick ? 1000 : 5000;
    const folder = mkdtempSync(join(tmpdir(), "artesian-bench-pages-"));
    await publishGenes(join(folder, "maps"), rows, DIMS);
    openStore(dataFolder(folder).store).close();
    const app = await serve(folder);
    const browser = await launch(chromium);
    try {
      const opened: Record<"catalogue" | "first" | "whole" | "settled" | "cpu", number>[] = [];
      const frames: Record<"far" | "near", number[]> = { far: [], near: [] };
      const cpuOfFrame: Record<"far" | "near", number[]> = { far: [], near: [] };
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
        await context.addInitScript("localStorage.setItem('artesian.tour', 'seen')");
        const page = await context.newPage();
        // The same application without a heat map, in the same weather.
        await page.goto(`${app.url}/maps`, { waitUntil: "commit" });
        await page.getByRole("link", { name: "Simulated genes" }).waitFor();
        const catalogue = await page.evaluate<number>("performance.now()");
        await page.waitForTimeout(500);
        const before = used();
        await page.goto(`${app.url}/maps/groups/genes?rows=all`, { waitUntil: "commit" });
        const first = await markAt(page, "heat:first");
        const cpu = 1000 * (used() - before);
        const whole = await markAt(page, "heat:whole");
        opened.push({ catalogue, first, cpu, whole, settled: await markAt(page, "heat:settled") });
        await page.waitForTimeout(1500);
        for (const [name, view] of [
          ["far", ""],
          ["near", "&view=900,700,6"],
        ] as const) {
          if (view !== "") {
            await page.goto(`${app.url}/maps/groups/genes?rows=all${view}`, { waitUntil: "commit" });
            await markAt(page, "heat:settled");
            await page.waitForTimeout(1500);
          } else await page.locator("[role=application]").press("+");
          const start = used();
          frames[name].push(...(await panned(page, FRAMES)));
          cpuOfFrame[name].push((1000 * (used() - start)) / FRAMES);
        }
        await context.close();
      }
      const median = (of: keyof (typeof opened)[number]): number =>
        share(
          opened.map((one) => one[of]),
          0.5,
        ) / 1000;
      const size = `${rows} × ${rows}`;
      return [
        {
          id: `${size}: first cells`,
          value: median("first"),
          unit: "s",
          better: "lower",
          goal: 1,
          peer: "the catalogue page",
          peerValue: median("catalogue"),
          ratio: median("catalogue") / median("first"),
        },
        { id: `${size}: first cells, browser and server`, value: median("cpu"), unit: "s CPU", better: "lower" },
        { id: `${size}: every cell`, value: median("whole"), unit: "s", better: "lower" },
        { id: `${size}: clustered`, value: median("settled"), unit: "s", better: "lower" },
        ...(["far", "near"] as const).flatMap((name): Figure[] => [
          {
            id: `${size}: pan ${name}, median`,
            value: 1000 / share(frames[name], 0.5),
            unit: "frames/s",
            better: "higher",
            goal: 30,
          },
          {
            id: `${size}: pan ${name}, a frame in all processes`,
            value: share(cpuOfFrame[name], 0.5),
            unit: "ms CPU",
            better: "lower",
            goal: 33,
          },
          {
            id: `${size}: pan ${name}, slowest twentieth`,
            value: 1000 / share(frames[name], 0.95),
            unit: "frames/s",
            better: "higher",
          },
        ]),
      ];
    } finally {
      await browser.close();
      await app.stop();
    }
  },
};
export default pages;
