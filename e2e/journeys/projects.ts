/** Journeys through a portal: projects, their figures, a gene. */
import { expect, type Journey, until } from "../journey.ts";

const param = (url: string, name: string): string | null => new URL(url).searchParams.get(name);

/** From the list of projects to a figure that answers to the pointer, and to a gene on its perturbation's page. */
export const projectJourneys: Journey[] = [
  {
    name: "projects are told failed first, and one opens with figures that answer to the pointer",
    run: async ({ page, open, look }) => {
      await open("/projects");
      const rows = page.getByRole("grid", { name: "Projects" }).locator("tbody tr");
      await until("three projects are listed", 5000, async () => (await rows.count()) === 3);
      expect((await rows.first().innerText()).includes("cut-short"), "the failed project is not first");
      await look("projects");
      await page.getByRole("link", { name: "lung" }).click();
      await page.locator(".spec-figure svg").first().waitFor();
      await until("every figure is drawn", 15_000, async () => (await page.locator(".skeleton").count()) === 0);
      await look("project");
      const bars = page.locator(".spec-figure svg [aria-roledescription='bar']").first();
      await bars.hover({ force: true });
      await page.locator(".hover-note").first().waitFor();
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "PNG", exact: true }).first().click();
      expect((await download).suggestedFilename().endsWith(".png"), "the picture has no .png name");
    },
  },
  {
    name: "a failed project names its cause, a skipped one its reason, and a gene is found",
    run: async ({ page, open, look, api }) => {
      await open("/projects?status=failed");
      await page.getByText("900").first().waitFor();
      await open("/projects/too-large");
      await page.getByText("too large for 2020").first().waitFor();
      await open("/projects/lung");
      await page.getByRole("searchbox", { name: "gene symbol or id" }).fill("G2");
      await until("the gene is in the address", 3000, async () => param(page.url(), "gene") === "G2");
      const { genes } = await api<{ genes: { cells: number; cellsExpressing: number }[] }>("/projects/lung/genes?q=G2");
      const [gene] = genes;
      expect(gene !== undefined && gene.cellsExpressing * 2 > gene.cells * 0.9, "G2 is not in about half of the cells");
      await page.getByRole("cell", { name: `${gene.cellsExpressing} of ${gene.cells}` }).waitFor();
      const { perturbations } = await api<{ perturbations: { perturbation: { id: string } }[] }>("/perturbations?q=G2");
      if (perturbations.length === 0) return; // no experiment has this gene
      await open("/perturbations/gene:G2");
      await page.getByRole("heading", { name: "Expression" }).waitFor();
      await look("perturbation-expression");
    },
  },
];
