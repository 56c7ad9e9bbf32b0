/** Journeys over the maps of a store: catalogue, heat map, evidence, health, funnel, hypothesis. */
import sharp from "sharp";
import { expect, type Journey, until } from "../journey.ts";

const param = (url: string, name: string): string | null => new URL(url).searchParams.get(name);
const map = "/maps/groups/screen";

export const mapJourneys: Journey[] = [
  {
    name: "a map group opens from the list; its heat map is walked by keys, and the address gives the view back",
    run: async ({ page, url, open, look }) => {
      await open("/maps");
      await look("maps-groups");
      await page
        .getByRole("link", { name: /Simulated screen/ })
        .first()
        .click();
      const heat = page.getByRole("application");
      await heat.waitFor();
      await heat.focus();
      await page.keyboard.press("ArrowRight");
      await until("a pair is in the address", 5000, async () => param(page.url(), "row") !== null);
      await page.keyboard.press("ArrowDown");
      await page.getByRole("heading", { name: /Nearest to/ }).waitFor();
      await page.getByRole("heading", { name: "Projection / rejection" }).waitFor();
      await look("map-group");
      await page.keyboard.press("+");
      await until("the view is in the address", 5000, async () => param(page.url(), "view") !== null);
      const link = page.url().slice(url.length);
      const label = await heat.getAttribute("aria-label");
      await open(link);
      await heat.waitFor();
      await until("the link gives the pair back", 8000, async () => (await heat.getAttribute("aria-label")) === label);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "GCT" }).click(),
      ]);
      expect(download.suggestedFilename().endsWith(".gct"), "the GCT has another name");
    },
  },
  {
    name: "cells on the graphics card and on a plain canvas are the same picture",
    run: async ({ page, open }) => {
      const shot = async (renderer: string): Promise<Buffer> => {
        await open(`${map}?rows=genes&order=given&view=10,10,3${renderer === "canvas" ? "&renderer=canvas" : ""}`);
        await page.locator(`canvas[data-renderer=${renderer}]`).waitFor();
        await until("all tiles are here", 10_000, () => page.getByRole("button", { name: "PNG" }).isEnabled());
        return sharp(await page.locator("canvas[data-renderer]").screenshot())
          .removeAlpha()
          .raw()
          .toBuffer();
      };
      const [one, two] = [await shot("webgl2"), await shot("canvas")];
      expect(one.length === two.length, "the pictures have different sizes");
      const count = (isSo: (k: number) => boolean): number => [...one.keys()].filter(isSo).length / one.length;
      const apart = { ink: count((k) => one[k]! < 250), share: count((k) => Math.abs(one[k]! - two[k]!) > 6) };
      expect(apart.ink > 0.05, "nothing is drawn");
      expect(apart.share < 0.01, `${(100 * apart.share).toFixed(1)} % of the colours differ`);
    },
  },
  {
    name: "the funnel leads to a hypothesis that is kept; health and why-missing answer",
    run: async ({ page, open, look }) => {
      await open(`${map}/hypotheses?percent=10&doseTau=off&experiments=0`);
      const rows = page.getByRole("grid", { name: "Pairs that came through" }).locator("tbody tr");
      await until("pairs came through", 20_000, async () => (await rows.count()) > 0);
      await rows.first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Keep" }).click();
      await page.getByRole("link", { name: "Markdown" }).waitFor();
      await look("map-hypotheses");
      await open("/maps/hypotheses");
      await page.getByRole("link", { name: "html" }).first().waitFor();
      await look("map-kept");
      await open(`${map}/health`);
      await page.getByRole("heading", { name: "Cosines of all pairs" }).waitFor();
      await look("map-health");
      await open(`${map}/why?name=NOSUCHGENE`);
      await page.locator(".steps li").first().waitFor();
      await look("map-why");
    },
  },
];
