/** A journey through maps whose bucket and Redis go away and come back. */
import type { Page } from "playwright-core";
import { expect, type Journey, until } from "../journey.ts";
import type { OutageApplication } from "../outage-application.ts";

/** The server looks every two seconds, a page every five. */
const SEEN_MS = 20_000;

const banner = (page: Page, text: string) => page.locator(".stale", { hasText: text });

async function walkMap(page: Page): Promise<void> {
  const heat = page.getByRole("application");
  await heat.waitFor();
  await heat.focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("heading", { name: /Nearest to/ }).waitFor();
  await page.getByRole("heading", { name: "Projection / rejection" }).waitFor();
}

export const outageJourneys = (application: () => OutageApplication): Journey[] => [
  {
    name: "a bucket or Redis that goes away is told of, what is here serves on, and the banner goes when it is back",
    expectedErrors: /503|Failed to load resource/,
    run: async ({ page, open, look, api }) => {
      const app = application();
      type Groups = { groups: { id: string; isDefault: boolean; layers: { local: string } }[] };
      const groupsNow = async () => (await api<Groups>("/maps/groups")).groups;
      await until("the default group has a copy here", SEEN_MS, async () =>
        (await groupsNow()).some(({ isDefault, layers }) => isDefault && layers.local === "here"),
      );
      const groups = await groupsNow();
      const here = groups.find(({ isDefault }) => isDefault)!.id;
      const away = groups.find(({ isDefault }) => !isDefault)!.id;

      await app.redis.cut();
      await open("/maps");
      await banner(page, "Redis is out of reach").waitFor({ timeout: SEEN_MS });
      await look("maps-redis-gone");
      await open(`/maps/groups/${here}`);
      await walkMap(page);
      await app.redis.mend();
      await banner(page, "Redis").waitFor({ state: "detached", timeout: SEEN_MS });

      await app.bucket.cut();
      await open("/maps");
      const gone = banner(page, "The store of maps has not answered");
      await gone.waitFor({ timeout: SEEN_MS });
      await look("maps-bucket-gone");
      await open(`/maps/groups/${here}`);
      await walkMap(page);
      await gone.waitFor();
      await look("map-bucket-gone");
      await open(`/maps/groups/${here}/hypotheses`);
      await page.getByRole("list", { name: "funnel" }).waitFor();
      await open(`/maps/groups/${away}`);
      const alert = page.getByRole("alert").filter({ hasText: "maps/store-unreachable" });
      await alert.waitFor();
      await look("map-group-out-of-reach");
      await page.getByRole("button", { name: "Look again" }).click();
      expect(await gone.isVisible(), "the banner went while the bucket is away");

      await app.bucket.mend();
      await gone.waitFor({ state: "detached", timeout: SEEN_MS });
      const retry = alert.getByRole("button", { name: "Try again" });
      if (await retry.isVisible()) await retry.click();
      await walkMap(page);
      const { banner: said, problems } = await api<{ banner: string | null; problems: unknown[] }>("/maps/status");
      expect(said === null && problems.length === 0, `the server still says ${said}`);
    },
  },
];
