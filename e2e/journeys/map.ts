/** Journeys over the maps of a store: catalogue, heat map, evidence, health, funnel, hypothesis. */
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
      const shot = async (renderer: string): Promise<string> => {
        await open(`${map}?rows=genes&order=given&view=10,10,3${renderer === "canvas" ? "&renderer=canvas" : ""}`);
        await page.locator(`canvas[data-renderer=${renderer}]`).waitFor();
        await until("all tiles are here", 10_000, async () => page.getByRole("button", { name: "PNG" }).isEnabled());
        const canvas = page.locator("canvas[data-renderer]");
        return (await canvas.screenshot()).toString("base64");
      };
      const [card, plain] = [await shot("webgl2"), await shot("canvas")];
      const apart = await page.evaluate(
        async ([a, b]) => {
          const pixels = async (text: string): Promise<Uint8ClampedArray> => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
            const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
            pen.drawImage(bitmap, 0, 0);
            return pen.getImageData(0, 0, bitmap.width, bitmap.height).data;
          };
          const [one, two] = [await pixels(a!), await pixels(b!)];
          let count = one.length === two.length ? 0 : one.length;
          let ink = 0;
          for (let k = 0; k < Math.min(one.length, two.length); k++) {
            if (Math.abs(one[k]! - two[k]!) > 6) count++;
            if (one[k]! < 250) ink++;
          }
          return { share: count / one.length, ink: ink / one.length };
        },
        [card, plain],
      );
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
      await page.getByText("open", { exact: true }).first().waitFor();
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
