/** Journeys through functions on objects: a file is dropped, the ledger tells, a dead letter is mended. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Journey, until } from "../journey.ts";

const letters = "ABCDEFGH".split("");
const columns = Array.from({ length: 12 }, (_, index) => index + 1);

/** A plate's export, brighter to the right; a text in place of a number when it is broken. */
function exported(broken = false): string {
  const rows = letters.map((letter, row) =>
    [
      letter,
      ...columns.map((column) => (broken && row === 2 && column === 5 ? "two" : (row * 0.1 + column / 12).toFixed(3))),
    ].join(","),
  );
  return [
    "User: USER,Path: C:\\BMG,Test run no.: 7",
    "Absorbance",
    "",
    "Raw Data (450)",
    "",
    `,${columns.join(",")}`,
    ...rows,
    "",
  ].join("\n");
}

const param = (url: string, name: string): string | null => new URL(url).searchParams.get(name);

/** An application without functions tells how to have some. */
export const withoutFunctions: Journey[] = [
  {
    name: "without functions, their page says how to start",
    run: async ({ page, open, look }) => {
      await open("/admin");
      await until("the page of functions is shown", 5000, async () => page.url().endsWith("/admin/functions"));
      await page.getByText("npx artesian functions watch incoming --functions functions.yml").waitFor();
      expect(
        await page.getByRole("button", { name: "Sweep now" }).isDisabled(),
        "a sweep is offered where nothing runs",
      );
      await look("functions-none");
    },
  },
];

/** @param inbox the folder that is watched */
export const functionJourneys = (inbox: string): Journey[] => [
  {
    name: "a file that is dropped is in the ledger, and its readings colour a plate; a broken one is a dead letter with its line",
    run: async ({ page, open, look }) => {
      mkdirSync(join(inbox, "SCREEN-9"), { recursive: true });
      await open("/admin/functions");
      await page.getByText("Nothing was asked yet").waitFor();
      writeFileSync(join(inbox, "SCREEN-9", "P1.csv"), exported());
      writeFileSync(join(inbox, "SCREEN-9", "P2.csv"), exported(true));
      const rows = page.getByRole("grid", { name: "Ledger" }).locator("tbody tr");
      await until("both files are in the ledger", 20_000, async () => (await rows.count()) === 2);
      await page.getByText("Raw Data (450) of 96 wells of plate P1 of SCREEN-9.").waitFor();
      await page.getByRole("button", { name: "dead letters 1" }).click();
      await until("only the dead letter is left", 5000, async () => (await rows.count()) === 1);
      expect(param(page.url(), "state") === "failed", "the filter is not in the address");
      await rows.first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: "request" }).getByText("P2.csv, line 9: row C, column 5").waitFor();
      await look("functions");
      await page.getByRole("button", { name: /^all$/ }).click();
      await page.getByRole("row", { name: /SCREEN-9\/P1\.csv/ }).click();
      await page.getByRole("link", { name: "plate P1", exact: true }).click();
      const metric = page.getByRole("combobox", { name: "metric" });
      await until(
        "the plate is coloured by the reading",
        10_000,
        async () => (await metric.inputValue()) === "reading Raw Data 450",
      );
      await page.getByRole("gridcell", { name: /^H12/ }).first().waitFor();
      await look("functions-readings");
    },
  },
  {
    name: "a dead letter is mended: the new version is applied, and the old one is superseded when it is re-driven",
    scheme: "dark",
    run: async ({ page, open, look, api }) => {
      const { rows } = await api<{ rows: { request: string; key: string }[] }>("/functions/ledger?state=failed");
      const [letter] = rows;
      expect(letter?.key === "SCREEN-9/P2.csv", "the broken file is no dead letter");
      writeFileSync(join(inbox, "SCREEN-9", "P2.csv"), exported());
      await open(`/admin/functions?request=${letter.request}`);
      const counts = async () => (await api<{ counts: Record<string, number> }>("/functions/ledger")).counts;
      await until("the mended file is applied", 20_000, async () => (await counts()).done === 2);
      await page.getByRole("region", { name: "request" }).waitFor();
      await look("functions-dark");
      await page.getByRole("button", { name: "Re-drive", exact: true }).click();
      await page.getByText("1 failed request is tried again.").waitFor();
      await until("nothing is a dead letter", 10_000, async () => (await counts()).failed === 0);
      await page.getByRole("button", { name: "superseded 1" }).waitFor();
      await page.getByRole("button", { name: "Sweep now" }).click();
      await page.getByText(/objects looked at: no event was missing/).waitFor();
    },
  },
];
