/** Journeys through runs: list, graph, tasks, timeline, log. */
import { expect, type Journey, until } from "../journey.ts";

/** From the list of runs to a task's attempts. */
export const runJourneys: Journey[] = [
  {
    name: "a run opens from the list with its graph; a node opens its tasks; a task tells its attempts",
    run: async ({ page, open, look }) => {
      await open("/runs");
      await look("runs");
      await page.getByRole("grid").locator("tbody tr", { hasText: "phenomics" }).first().focus();
      await page.keyboard.press("Enter");
      await page.locator(".graph-box a").first().waitFor();
      await page.waitForTimeout(500);
      await look("run");
      const boxes = await page.locator(".graph-box a").count();
      expect(boxes >= 5, `the graph has ${boxes} boxes only`);
      await page
        .getByRole("link", { name: /features/ })
        .first()
        .click();
      await until("the node is in the address", 3000, async () => page.url().includes("node="));
      await page.locator("main [role=grid] tbody tr").first().click();
      await page.getByRole("heading", { name: "Last log lines" }).waitFor();
      await look("task");
      await page.keyboard.press("Escape");
      await until("Esc closes the task", 3000, async () => !page.url().includes("task="));
      await page.getByRole("link", { name: "Timeline" }).click();
      await page.locator("section[aria-label=Timeline]").waitFor();
      await look("timeline");
      await page.getByRole("link", { name: "Log", exact: true }).click();
      await page.locator("section[aria-label=log]").waitFor();
      await look("log");
      await page.keyboard.press("]");
      await page.getByRole("heading", { name: "Configuration" }).waitFor();
    },
  },
];
