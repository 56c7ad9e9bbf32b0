/** Journeys through an experiment's edits: samples, alleles, two compared, the gene's page. */
import { expect, type Journey, until } from "../journey.ts";

const param = (url: string, name: string): string | null => new URL(url).searchParams.get(name);

/** The experiment that is listed first, as an address has it. */
async function experimentOf(api: <T>(path: string) => Promise<T>): Promise<string> {
  const { experiments } = await api<{ experiments: { id: string }[] }>("/experiments");
  return encodeURIComponent(experiments[0]?.id ?? "");
}

/** From the Edits tab to a sample's alleles, to two samples compared, to the perturbation's page. */
export const editJourneys: Journey[] = [
  {
    name: "edits tell each sample's rate, and one opens with its alleles, figures and files",
    run: async ({ page, open, look, api }) => {
      const e = await experimentOf(api);
      await open(`/experiments/${e}/edits`);
      const rows = page.getByRole("grid", { name: "Samples" }).locator("tbody tr");
      await until("four samples are listed", 5000, async () => (await rows.count()) === 4);
      expect((await rows.nth(3).innerText()).includes("lost_R1.fastq.gz"), "the missing file is not named");
      await look("edits");
      await rows.first().focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await until("the sample is in the address", 3000, async () => param(page.url(), "sample") === "G2-guide-1");
      const alleles = page.getByRole("table", { name: /Alleles around/ });
      await alleles.waitFor();
      expect((await alleles.locator(".cut").count()) > 3, "the cut is not drawn");
      await page.locator(".spec-figure svg").first().waitFor();
      await until("every figure is drawn", 15_000, async () => (await page.locator(".skeleton").count()) === 0);
      await look("edit-sample");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "edits.vcf" }).click(),
      ]);
      expect(download.suggestedFilename() === "edits.vcf", "the VCF has another name");
      await page.keyboard.press("]");
      await until("] goes on", 3000, async () => param(page.url(), "sample") === "G2-guide-2");
      await page.keyboard.press("Escape");
      await until("Esc leads back", 3000, async () => param(page.url(), "sample") === null);
    },
  },
  {
    name: "two samples are compared, and the gene's page says that the edit was made",
    run: async ({ page, open, look, api }) => {
      const e = await experimentOf(api);
      await open(`/experiments/${e}/edits?sample=G2-guide-1`);
      await page.getByLabel("against").selectOption("G2-guide-2");
      await page.getByRole("table", { name: "Outcomes" }).waitFor();
      expect(param(page.url(), "against") === "G2-guide-2", "the other sample is not in the address");
      await look("edit-comparison");
      await open("/perturbations/gene:G2");
      await page.getByText(/reads are edited/).waitFor();
      await page.getByRole("link", { name: "G2-guide-1" }).click();
      await until("the sample opens", 5000, async () => page.url().includes("/edits?sample=G2-guide-1"));
    },
  },
];
