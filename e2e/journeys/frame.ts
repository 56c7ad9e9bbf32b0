/** Journeys through the frame: home, tour, palette, keys, theme, narrow windows, a server that is away. */
import { expect, experimentOf, type Journey, until } from "../journey.ts";

/** Home and what surrounds every page. */
export const frameJourneys: Journey[] = [
  {
    name: "a first visitor is shown around and may leave the tour for good",
    firstVisit: true,
    run: async ({ page, open, look }) => {
      await open("/");
      const tour = page.getByRole("region", { name: "Guided tour" });
      await tour.waitFor();
      await look("tour");
      await page.getByRole("button", { name: "Next" }).click();
      await until("the tour goes to another page", 5000, async () => !page.url().endsWith("/"));
      await page.keyboard.press("Escape");
      await tour.waitFor({ state: "detached" });
      await page.reload();
      await page.locator("main h1").first().waitFor();
      expect((await tour.count()) === 0, "the tour came back although it was left");
    },
  },
  {
    name: "home tells findings that lead to their evidence and ends with how to start",
    run: async ({ page, open, look }) => {
      const start = Date.now();
      await open("/");
      const usefulMs = Date.now() - start;
      expect(usefulMs < 4000, `home took ${usefulMs} ms`);
      await page.getByRole("heading", { name: "Now yours: drop a folder" }).waitFor();
      await look("home");
      const evidence = page.locator(".finding .said a, .finding .evidence a").first();
      await evidence.waitFor();
      const href = await evidence.getAttribute("href");
      await evidence.click();
      await until(
        "a finding opens its evidence",
        5000,
        async () => new URL(page.url()).pathname === href?.split("?")[0],
      );
      await page.locator("main h1").first().waitFor();
      await page.goBack();
      await page.getByRole("heading", { name: "Now yours: drop a folder" }).waitFor();
    },
  },
  {
    name: "every page can be read in the dark",
    scheme: "dark",
    run: async (traveller) => {
      const { open, look, api } = traveller;
      const { runs } = await api<{ runs: { id: string }[] }>("/runs");
      const e = await experimentOf(traveller);
      expect(runs[0] !== undefined, "there is no run to look at");
      await open("/");
      await look("home-dark");
      await open(`/experiments/${e}`);
      await look("experiment-dark");
      await open(`/experiments/${e}/plates`);
      await look("plates-dark");
      await open(`/experiments/${e}/hits`);
      await look("hits-dark");
      await open(`/maps/${e}`);
      await look("map-dark");
      await open(`/runs/${runs[0].id}`);
      await look("run-dark");
    },
  },
  {
    name: "Ctrl K finds a page and a thing, ? lists the keys, t switches the theme",
    run: async ({ page, open, look, api }) => {
      await open("/");
      await page.keyboard.press("Control+k");
      const field = page.getByRole("combobox");
      await field.fill("runs");
      await page.getByRole("option", { name: /Runs/ }).first().waitFor();
      await look("palette");
      await page.keyboard.press("Enter");
      await until("the palette opens the page", 5000, async () => page.url().includes("/runs"));
      await field.waitFor({ state: "detached" });
      const { perturbations } = await api<{ perturbations: { perturbation: { name: string; id: string } }[] }>(
        "/perturbations",
      );
      const target = perturbations[0]?.perturbation;
      expect(target !== undefined, "there is no perturbation");
      await page.keyboard.press("Control+k");
      await field.fill(target.name);
      await page.getByRole("option").filter({ hasText: "perturbation" }).first().click();
      await until("the palette opens the perturbation", 5000, async () => page.url().includes("/perturbations/"));
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await look("keys");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
      await page.keyboard.press("t");
      await page.keyboard.press("t");
      expect((await page.locator("html").getAttribute("data-theme")) === "dark", "t did not switch to the dark theme");
    },
  },
  {
    name: "a narrow window keeps everything in reach",
    viewport: { width: 400, height: 800 },
    run: async (traveller) => {
      const { page, open, look } = traveller;
      const e = await experimentOf(traveller);
      for (const [name, path] of [
        ["home", "/"],
        ["experiment", `/experiments/${e}`],
        ["plates", `/experiments/${e}/plates`],
      ] as const) {
        await open(path);
        await look(`narrow-${name}`);
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
        expect(wide <= 0, `${name} is ${wide} px wider than the window`);
      }
    },
  },
  {
    name: "a server that fails is told with code and retry, and an unknown address leads back",
    expectedErrors: /503|404|Failed to load resource|experiments/,
    run: async ({ page, open, look }) => {
      await open("/experiments");
      await page.route("**/api/v1/runs*", (route) =>
        route.fulfill({
          status: 503,
          contentType: "application/json",
          body: JSON.stringify({
            code: "server/starting",
            message: "The server is starting.",
            hint: "Try again in a moment.",
          }),
        }),
      );
      await page.getByRole("link", { name: "Runs" }).first().click();
      await page.getByRole("alert").waitFor();
      expect(
        (await page.getByRole("alert").innerText()).includes("server/starting"),
        "the error does not show its code",
      );
      await look("error");
      await page.unroute("**/api/v1/runs*");
      // A live event may ask again before a person does.
      const again = page.getByRole("button", { name: "Try again" });
      if (await again.isVisible()) await again.click({ timeout: 1000 }).catch(() => undefined);
      await page.getByRole("grid").waitFor();
      await page.goto(`${page.url()}/../no/such/page`);
      await page.getByText("There is no page at this address").waitFor();
      await look("not-found");
    },
  },
  {
    name: "two tabs share one event stream, and the second takes over when the first is closed",
    run: async ({ page, url }) => {
      const streams: string[] = [];
      const count = (name: string, tab: typeof page): void => {
        tab.on("request", (request) => request.url().endsWith("/api/v1/events") && streams.push(name));
      };
      count("first", page);
      await page.goto(url);
      await page.getByText("live", { exact: false }).first().waitFor();
      const second = await page.context().newPage();
      count("second", second);
      await second.goto(`${url}/runs`);
      await second.getByRole("grid").waitFor();
      await second.waitForTimeout(1500);
      expect(streams.join() === "first", `streams were opened by: ${streams.join()}`);
      await page.close();
      await until("the second tab takes over", 5000, async () => streams.includes("second"));
      await second.getByText("live", { exact: false }).first().waitFor();
    },
  },
];
