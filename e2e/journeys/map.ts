/** Journeys over the maps of a store: catalogue, heat map, evidence, health, funnel, hypothesis. */
import { readFileSync } from "node:fs";
import { ABSENCES } from "@artesian/maps/absences.test-support.ts";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { expect, type Journey, until } from "../journey.ts";
import { ABSENT } from "../map-application.ts";

const param = (url: string, name: string): string | null => new URL(url).searchParams.get(name);
const map = "/maps/groups/screen";

/** A saved page reads well in both looks: its note is there, its ink stands out from its paper. */
async function lookAtFile(page: Page, path: string): Promise<void> {
  const text = readFileSync(path, "utf8");
  expect(text.includes("worth a bench"), "the exported card lacks its note");
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await page.context().browser()!.newContext({ colorScheme });
    const card = await context.newPage();
    await card.setContent(text);
    const [ink, paper] = await card.evaluate<[string, string]>(
      "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))",
    );
    const light = (color: string): number => Math.max(...color.match(/\d+/g)!.map(Number));
    expect(light(ink) > light(paper) === (colorScheme === "dark"), `${ink} on ${paper} in the ${colorScheme} look`);
    await context.close();
  }
}

/** Chooses a format from the heat map's export menu. */
async function exported(page: Page, format: string): Promise<void> {
  await page.getByText("export ▾").click();
  await page.getByRole("button", { name: format, exact: true }).click();
}

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
      await page.keyboard.press("/");
      await page.keyboard.type("G000");
      await page
        .getByRole("button", { name: /^\+ G000/ })
        .first()
        .waitFor();
      await until("the search is in the address", 5000, async () => param(page.url(), "find") === "G000");
      expect(
        !(await page.getByText("No answer from the server").isVisible()),
        "a search breaks another part of the page",
      );
      await page.keyboard.press("Escape");
      await heat.focus();
      await page.keyboard.press("+");
      await until("the view is in the address", 5000, async () => param(page.url(), "view") !== null);
      const link = page.url().slice(url.length);
      const label = await heat.getAttribute("aria-label");
      await open(link);
      await heat.waitFor();
      await until("the link gives the pair back", 8000, async () => (await heat.getAttribute("aria-label")) === label);
      const [download] = await Promise.all([page.waitForEvent("download"), exported(page, "GCT")]);
      expect(download.suggestedFilename().endsWith(".gct"), "the GCT has another name");
    },
  },
  {
    name: "cells on the graphics card and on a plain canvas are the same picture",
    run: async ({ page, open }) => {
      const shot = async (renderer: string): Promise<Buffer> => {
        await open(`${map}?rows=genes&order=given&view=10,10,3&renderer=${renderer}`);
        await page.locator(`canvas[data-renderer=${renderer}]`).waitFor();
        await until("all tiles are here", 10_000, async () => !(await page.getByText("cells are coming").isVisible()));
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
      await page.getByLabel("note").fill("worth a bench");
      await page.getByRole("button", { name: "Keep" }).click();
      await page.getByRole("link", { name: "Markdown" }).waitFor();
      await look("map-hypotheses");
      await open("/maps/hypotheses");
      const kept = page.getByRole("grid", { name: "Kept hypotheses" }).locator("tbody tr").first();
      await kept.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "A kept hypothesis" }).waitFor();
      await look("map-kept");
      const [html] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "html", exact: true }).click(),
      ]);
      await lookAtFile(page, await html.path());
      await open(`${map}/health`);
      await page.getByRole("heading", { name: "Cosines of all pairs" }).waitFor();
      await look("map-health");
      await open(`${map}/why?name=NOSUCHGENE`);
      await page.locator(".steps li").first().waitFor();
      await look("map-why");
    },
  },
  {
    name: "the page says the true cause of every kind of absence, and what the map itself hides",
    run: async ({ page, open, look }) => {
      const group = `/maps/groups/${ABSENT}`;
      for (const { kind, asked, says, remedy } of ABSENCES) {
        await open(`${group}/why?name=${encodeURIComponent(asked)}`);
        await page.locator(".steps li").first().waitFor();
        const told = await page.locator("main").innerText();
        expect(told.includes(says) && told.includes(remedy), `${kind}: ${told.slice(0, 400)}`);
      }
      await open(`${group}?rows=G0011,G0012`);
      await page.getByRole("link", { name: "Why is X missing?" }).click();
      await page.getByLabel("name", { exact: true }).fill("G0001");
      await page.getByLabel("name", { exact: true }).press("Enter");
      await page.getByText("G0001 is hidden by a setting of this page: the rows chosen.").waitFor();
      await look("map-why-hidden");
    },
  },
  {
    name: "a group's copy is given back after a look, and brought here again; two versions are compared",
    run: async ({ page, open, look, api }) => {
      await open("/maps");
      await page.getByRole("button", { name: "evict screen", exact: true }).click();
      await page.getByRole("alertdialog").waitFor();
      await page.getByRole("button", { name: "keep" }).click();
      await page.getByRole("button", { name: "evict screen", exact: true }).click();
      await page.getByRole("button", { name: "Evict", exact: true }).click();
      await page.getByText("given back").waitFor();
      const { groups } = await api<{ groups: { id: string; layers: { memoryBytes: number } }[] }>("/maps/cache");
      expect(groups.find(({ id }) => id === "screen")?.layers.memoryBytes === 0, "memory was not given back");
      await page.getByRole("button", { name: "reload screen", exact: true }).click();
      await page.getByText("is as revision").waitFor();
      const builds = page.getByRole("grid", { name: "Builds of maps" }).locator("tbody tr");
      await builds.first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("log", { name: "log of the run" }).waitFor();
      expect((await page.getByText("published").count()) > 0, "no build was published");
      await look("map-catalogue");
      await page.getByRole("link", { name: "compare" }).first().click();
      await page.getByText("perturbations in both").waitFor();
      await page.getByText("recipe.align.kind").waitFor();
      await look("map-compare");
    },
  },
  {
    name: "a pasted list becomes the map; its clusters, bar, rescue and link are in the address",
    scheme: "dark",
    run: async ({ page, url, open, look, api }) => {
      await open(map);
      await page.getByRole("application").waitFor();
      const { rows } = await api<{ rows: { symbol: string }[] }>("/maps/groups/screen/rows?limit=12&type=gene");
      const list = [...rows.map(({ symbol }) => symbol), "C1", "NOSUCHGENE"].join("\n");
      await page.getByLabel("names, one a line").fill(list);
      await page.getByRole("button", { name: "as rows" }).click();
      await page.getByRole("link", { name: "Why is NOSUCHGENE missing" }).first().waitFor();
      await page.getByLabel("bar beside the names").selectOption("strength");
      await page.getByLabel("linkage").selectOption("ward");
      await page.getByLabel("cut into").selectOption("3");
      const heat = page.getByRole("application");
      await heat.focus();
      await page.keyboard.press("ArrowDown");
      await page.getByRole("button", { name: "rescue" }).click();
      await page.getByLabel("healthy").fill(rows[1]!.symbol);
      await page.getByLabel("healthy").press("Enter");
      await until("the healthy state is in the address", 5000, async () => param(page.url(), "healthy") !== null);
      await page.getByRole("heading", { name: "Rescue" }).waitFor();
      await page.getByLabel("gene sets of").selectOption("1");
      await page.getByRole("list", { name: "funnel" }).waitFor();
      await look("map-pasted-dark");
      const address = new URL(page.url());
      for (const [name, value] of [
        ["bar", "strength"],
        ["linkage", "ward"],
        ["cut", "3"],
        ["projection", "rescue"],
        ["terms", "1"],
      ])
        expect(address.searchParams.get(name!) === value, `${name} is not in the address`);
      await open(address.href.slice(url.length));
      await page.getByRole("heading", { name: "Rescue" }).waitFor();
      expect((await page.getByLabel("healthy").inputValue()) === rows[1]!.symbol, "the link lost the healthy state");
    },
  },
  {
    name: "a pasted list too long for an address is kept; its link opens the same map elsewhere, its names can be changed",
    run: async ({ page, open, api, companion }) => {
      await open(map);
      await page.getByRole("application").waitFor();
      const { rows } = await api<{ rows: { symbol: string }[] }>("/maps/groups/screen/rows?limit=190&type=gene");
      await page.getByLabel("names, one a line").fill(rows.map(({ symbol }) => symbol).join("\n"));
      await page.getByRole("button", { name: "as rows" }).click();
      await page.getByText("190 × 190").waitFor();
      const list = param(page.url(), "rows");
      expect(/^list:[0-9a-f]{64}$/.test(list ?? ""), `the address holds ${list?.slice(0, 80)}`);
      const other = await companion();
      await other.goto(page.url());
      await other.getByText("190 × 190").waitFor();
      await other.getByRole("button", { name: "190 pasted names" }).click();
      const names = await other.getByLabel("names, one a line").inputValue();
      expect(names.split("\n").length === 190, "the kept names are not given back");
      await other.goto(page.url().replace(/list:[0-9a-f]{8}/, "list:00000000"));
      await other.getByText("This server keeps no list").first().waitFor();
    },
  },
  {
    name: "map pages say what is wrong: no group, an answer of 500, a list that names nothing; a narrow window keeps the map",
    viewport: { width: 1024, height: 800 },
    expectedErrors: /404|500|Failed to load resource/,
    run: async ({ page, open, look }) => {
      await open("/maps/groups/nosuchgroup");
      await page.getByRole("alert").waitFor();
      expect((await page.getByRole("alert").innerText()).includes("maps/unknown-group"), "the code is not told");
      await page.getByRole("link", { name: "All groups" }).waitFor();
      await open(`${map}?rows=NOSUCHGENE`);
      await page.getByRole("alert").first().waitFor();
      await page.getByLabel("names, one a line").waitFor();
      await page.route("**/neighbours*", (route) =>
        route.fulfill({
          status: 500,
          contentType: "application/json",
          body: JSON.stringify({ code: "server/internal", message: "Something broke.", hint: "Try again." }),
        }),
      );
      await open(map);
      const heat = page.getByRole("application");
      await heat.waitFor();
      await heat.focus();
      await page.keyboard.press("ArrowRight");
      await page.getByRole("alert").filter({ hasText: "server/internal" }).waitFor();
      const { y } = (await heat.boundingBox())!;
      expect(y < 500, `the heat map begins ${Math.round(y)} px below the top of a narrow window`);
      await look("map-narrow");
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
      expect(wide <= 0, `the page is ${wide} px wider than the window`);
    },
  },
];
