/** A journey through a run on Kafka: what failed is found, mended and sent again. */
import type { Locator, Page } from "playwright-core";
import { expect, type Journey, until } from "../journey.ts";
import type { KafkaApplication } from "../kafka-application.ts";

const SENT_AGAIN_MS = 20_000;

/** The count of a state among the buttons that filter tasks. */
const counted = (page: Page, text: string): Locator => page.getByRole("button", { name: text, exact: true });

export const kafkaJourneys = (application: () => KafkaApplication): Journey[] => [
  {
    name: "a run on Kafka: a dead letter's task is retried by its button, the others by one, and all become done",
    run: async ({ page, open, look, api }) => {
      const { mend } = application();
      await until("two tasks have failed", SENT_AGAIN_MS, async () => {
        const { runs } = await api<{ runs: { tasks: { done: number; failed: number } }[] }>("/runs");
        return runs[0]?.tasks.done === 2 && runs[0].tasks.failed === 2;
      });
      await open("/");
      await page.getByText("2 tasks failed").waitFor();
      await page.getByText("· kafka").waitFor();
      await look("kafka-home");
      await open("/runs");
      await page.getByRole("grid").locator("tbody tr", { hasText: "reading" }).first().focus();
      await page.keyboard.press("Enter");
      await page.locator(".graph-box a").first().waitFor();
      const shown = await page.locator("main").innerText();
      expect(!/plates imaged|images|well features/.test(shown), "a run of no images tells of images");
      await look("kafka-run");
      await page.getByRole("grid", { name: "Failed tasks" }).getByText("A02", { exact: true }).click();
      const task = page.getByRole("region", { name: "task" });
      await task.getByText("1 other task failed alike.").waitFor();
      await task.getByText("looking at A02").waitFor();
      await look("kafka-dead-letter");
      mend("A02");
      await task.getByRole("button", { name: "Retry", exact: true }).click();
      await task.getByText("done", { exact: true }).first().waitFor({ timeout: SENT_AGAIN_MS });
      const { run } = await runNow(api);
      const { letters } = await api<{ letters: { key: string }[] }>(`/runs/${run}/dead-letters`);
      expect(letters.map(({ key }) => key).join() === "P1/B02", "the letter of what is done is still there");
      await page.getByRole("link", { name: "Tasks", exact: true }).click();
      await counted(page, "done 3").waitFor({ timeout: SENT_AGAIN_MS });
      await page.getByRole("row", { name: /A02/ }).first().click();
      await task.getByRole("row", { name: /^2 done/ }).waitFor();
      await look("kafka-retried");
      mend("B02");
      await page.getByRole("button", { name: "Retry 1 failed" }).click();
      await counted(page, "done 4").waitFor({ timeout: SENT_AGAIN_MS });
      await page.getByRole("link", { name: "Graph", exact: true }).click();
      await page.getByText("Nothing has failed.").waitFor();
      await until("the plate is whole", SENT_AGAIN_MS, async () => {
        const { graph } = await api<{ graph: { nodes: { id: string; done: number }[] } }>(`/runs/${run}`);
        return graph.nodes.find(({ id }) => id === "plates")?.done === 1;
      });
      await look("kafka-done");
    },
  },
  {
    name: "a run on Kafka: a tab tells who has which partition, that all is read, and where the last stable offsets are",
    run: async ({ page, open, look, api }) => {
      const { run } = await runNow(api);
      await open(`/runs/${run}?tab=log`);
      await page.getByRole("link", { name: "Kafka", exact: true }).waitFor();
      await page.keyboard.press("]");
      await page.getByText(/^2 partitions on 1 worker, all read\.$/).waitFor({ timeout: SENT_AGAIN_MS });
      const rows = page.getByRole("region", { name: "Partitions on Kafka" }).locator("tbody tr");
      expect((await rows.count()) === 2, "a partition has no row of its own");
      for (const row of await rows.all()) await row.getByText("at the end").waitFor();
      expect((await rows.getByText("127.0.0.1").count()) === 2, "a worker is not named by where it is");
      await look("kafka-partitions");
    },
  },
];

async function runNow(api: <T>(path: string) => Promise<T>): Promise<{ run: string }> {
  const { runs } = await api<{ runs: { id: string }[] }>("/runs");
  expect(runs[0] !== undefined, "there is no run");
  return { run: runs[0].id };
}
