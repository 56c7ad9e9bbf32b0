/** Journeys through an experiment: plates, wells, verdicts, hits, map, perturbations. */
import { expect, experimentOf, type Journey, until } from "../journey.ts";

const param = (url: string, name: string): string | null => new URL(url).searchParams.get(name);

/** From the list of experiments to pixels, dose curves, map and perturbations. */
export const experimentJourneys: Journey[] = [
  {
    name: "an experiment opens from the list with its overview",
    run: async ({ page, open, look }) => {
      await open("/experiments");
      await look("experiments");
      await page.getByRole("grid").locator("tbody tr").first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Plates in run order" }).waitFor();
      await look("experiment");
    },
  },
  {
    name: "arrows walk the wells of a plate, and the link keeps the view",
    run: async (traveller) => {
      const { page, open, look } = traveller;
      const e = await experimentOf(traveller);
      await open(`/experiments/${e}/plates`);
      await look("plates");
      const grid = page.getByRole("grid").first();
      await grid.focus();
      await page.keyboard.press("ArrowRight");
      await until("a well is selected", 3000, async () => param(page.url(), "well") !== null);
      const first = param(page.url(), "well");
      await page.keyboard.press("ArrowRight");
      await until("the next well is selected", 3000, async () => param(page.url(), "well") !== first);
      await page.locator(".site canvas").first().waitFor();
      await page.keyboard.press("2");
      await page.keyboard.press("o");
      await page.keyboard.press("a");
      expect(
        param(page.url(), "outlines") === "1" && param(page.url(), "contrast") === "auto",
        "o and a are not in the address",
      );
      await page.waitForTimeout(800);
      await look("well");
      const link = page.url();
      await page.reload();
      await page.locator(".well-panel .site canvas").first().waitFor();
      expect(page.url() === link, "the link changed on reload");
      await page.keyboard.press("Escape");
      await until("Esc closes the well", 3000, async () => param(page.url(), "well") === null);
      await page.goBack();
      await until("Back opens it again", 3000, async () => param(page.url(), "well") !== null);
    },
  },
  {
    name: "metric, channel and aggregation change the plates and their table twin",
    run: async (traveller) => {
      const { page, open } = traveller;
      const e = await experimentOf(traveller);
      await open(`/experiments/${e}/plates`);
      await page.getByRole("button", { name: "mean", exact: true }).click();
      await until("the aggregation is in the address", 3000, async () => param(page.url(), "aggregation") === "mean");
      await page.getByRole("button", { name: "normalised" }).click();
      await page.getByText("robust z-score within each plate").waitFor();
      await page.getByRole("button", { name: "table", exact: true }).click();
      await page.getByRole("region", { name: /of every well/ }).waitFor();
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "CSV", exact: true }).click();
      expect((await download).suggestedFilename().endsWith(".csv"), "the CSV has no .csv name");
    },
  },
  {
    name: "profiles show places, components, strengths and every dropped feature, plate by plate",
    run: async (traveller) => {
      const { page, open, look } = traveller;
      const e = await experimentOf(traveller);
      await open(`/experiments/${e}`);
      await page.getByRole("link", { name: "Profiles", exact: true }).click();
      await page.getByRole("heading", { name: "Features left out" }).waitFor();
      await look("profiles");
      await page.keyboard.press("]");
      await until("the first plate is in the address", 3000, async () => param(page.url(), "plate") !== null);
      await page.getByRole("button", { name: "strength" }).first().click();
      await page.getByRole("button", { name: "plate", exact: true }).click();
      await until("colour and number are in the address", 3000, async () => {
        const url = page.url();
        return param(url, "heat") === "strength" && param(url, "colour") === "plate";
      });
      await page.reload();
      await page.locator("svg[aria-label^='strength of plate']").first().waitFor();
      await look("profiles-plate");
      const { scopes } = await traveller.api<{
        scopes: { label: string; kept: number; files: { selected: string } }[];
      }>(`/experiments/${e}/profiles`);
      const together = scopes[0];
      expect(together?.label === "all plates" && together.kept > 0, "there are no profiles of all plates together");
      const table = await (await fetch(traveller.url + together.files.selected)).text();
      const features = (table.split("\n")[0] ?? "").split(",").filter((name) => !name.startsWith("Metadata_"));
      expect(
        features.length === together.kept,
        `the table has ${features.length} features, the page says ${together.kept}`,
      );
    },
  },
  {
    name: "a verdict given in one browser appears in another within a second, and can be undone",
    run: async (traveller) => {
      const { page, open, companion, url } = traveller;
      const e = await experimentOf(traveller);
      const { plates } = await traveller.api<{ plates: { id: string; grid: { well: string; status: string }[] }[] }>(
        `/experiments/${e}/plates`,
      );
      const plate = plates.find((p) => p.grid.some((w) => w.status === "complete"));
      const well = plate?.grid.find((w) => w.status === "complete")?.well;
      expect(plate !== undefined && well !== undefined, "no well is complete");
      const path = `/experiments/${e}/plates?plate=${plate.id}&well=${well}`;
      await open(path);
      const other = await companion();
      await other.goto(url + path);
      const pressed = other.getByRole("button", { name: "fail", exact: true });
      await pressed.waitFor();
      await other.waitForTimeout(700);
      await page.getByRole("button", { name: "fail", exact: true }).click();
      const tookMs = await until(
        "the verdict appears elsewhere",
        3000,
        async () => (await pressed.getAttribute("aria-pressed")) === "true",
      );
      expect(tookMs <= 1000, `the verdict took ${tookMs} ms to appear elsewhere`);
      await page.getByRole("button", { name: "↶ undo" }).click();
      await until(
        "undo takes it back",
        3000,
        async () =>
          (await page.getByRole("button", { name: "fail", exact: true }).getAttribute("aria-pressed")) === "false",
      );
    },
  },
  {
    name: "hits show each compound's curve, cells and projection; ] goes on",
    run: async (traveller) => {
      const { page, open, look } = traveller;
      const e = await experimentOf(traveller);
      await open(`/experiments/${e}/hits`);
      await page.getByRole("heading", { name: "Cells side by side" }).waitFor();
      await page.waitForTimeout(600);
      await look("hits");
      await page.keyboard.press("]");
      await until("the next compound is in the address", 3000, async () => param(page.url(), "compound") !== null);
      await page.getByRole("button", { name: "unit", exact: true }).click();
      await page.getByRole("button", { name: "table", exact: true }).first().click();
      await look("hits-table");
    },
  },
  {
    name: "the map is walked by keys and tells the pair",
    run: async (traveller) => {
      const { page, open, look } = traveller;
      const e = await experimentOf(traveller);
      await open(`/maps/${e}`);
      const heat = page.getByRole("application");
      await heat.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowDown");
      await page.getByText("cosine", { exact: false }).first().waitFor();
      await look("map");
      await page.keyboard.press("p");
      await until(
        "the other palette is in the address",
        3000,
        async () => param(page.url(), "palette") === "orange-purple",
      );
    },
  },
  {
    name: "a perturbation answers its questions in turn",
    run: async ({ page, open, look }) => {
      await open("/perturbations");
      await look("perturbations");
      await page.keyboard.press("/");
      await page.keyboard.type("C");
      await page.waitForTimeout(400);
      await page.getByRole("grid").locator("tbody tr").first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "The questions in turn" }).waitFor();
      await page.waitForTimeout(600);
      await look("perturbation");
    },
  },
];
