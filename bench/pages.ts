/** Map pages in Chromium: first cells of a large heat map, all of it, frames while it is panned. */
import { mkdtempSync } from "node:fs";
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

/** Marks that the page sets, in milliseconds since its navigation began. */
async function markAt(page: Page, name: string): Promise<number> {
  const found = await page.waitForFunction((mark) => performance.getEntriesByName(mark)[0]?.startTime, name, {
    timeout: 60_000,
    polling: 20,
  });
  return (await found.jsonValue()) as number;
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
      const opened: { first: number; whole: number; settled: number }[] = [];
      const frames: Record<"far" | "near", number[]> = { far: [], near: [] };
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
        await context.addInitScript("localStorage.setItem('artesian.tour', 'seen')");
        const page = await context.newPage();
        await page.goto(`${app.url}/maps/groups/genes?rows=all`, { waitUntil: "commit" });
        const first = await markAt(page, "heat:first");
        const whole = await markAt(page, "heat:whole");
        opened.push({ first, whole, settled: await markAt(page, "heat:settled") });
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
          frames[name].push(...(await panned(page, 120)));
        }
        await context.close();
      }
      const median = (of: "first" | "whole" | "settled"): number =>
        share(
          opened.map((one) => one[of]),
          0.5,
        ) / 1000;
      const size = `${rows} × ${rows}`;
      return [
        { id: `${size}: first cells`, value: median("first"), unit: "s", better: "lower", goal: 1 },
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
