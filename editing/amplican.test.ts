import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { columnOf, folderPlace, readCsv } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { type AnalysisPlan, analyseSample, type SampleInput } from "./analyse.ts";
import { code } from "./analysis.test-support.ts";
import { splitPool } from "./pool.ts";
import { readInput } from "./read-input.ts";
import type { EditingResult } from "./result.ts";
import { readAmpliconTable, type SheetAmplicon } from "./sheets.ts";

const folder = join(import.meta.dirname, "../../shared/data/editing/amplican");
const present = existsSync(join(folder, "config.csv"));

/** The reads' names say what was made of them: `ID_1_valid_cut_biggest_1`, `ID_5_perfectHDR1`. */
describe.skipIf(!present)(
  `amplican's example ${present ? "" : "(SKIPPED: ../shared/data/editing/amplican is absent)"}`,
  () => {
    /** amplican's configuration as our amplicon table; its guides of 23 bases hold the PAM. */
    function amplicons(barcode: string): SheetAmplicon[] {
      const config = readCsv(readFileSync(join(folder, "config.csv"), "utf8"));
      const column = (name: string): string[] =>
        Array.from({ length: config.rowCount }, (_, row) => {
          const found = columnOf(config, name)!;
          return found.kind === "text" ? (found.values[row] ?? "") : "";
        });
      const names = ["ID", "Amplicon", "guideRNA", "Donor", "Forward_Primer", "Reverse_Primer"].map(column);
      const rows = column("Barcode").flatMap((own, row) =>
        own === barcode ? [names.map((one) => one[row]).join(",")] : [],
      );
      return readAmpliconTable(
        `name,amplicon,guide,hdr,forward_primer,reverse_primer\n${rows.join("\n")}\n`,
        "config.csv",
      ).amplicons;
    }

    async function run(barcode: string, number: string, plan: Partial<AnalysisPlan>) {
      const place = folderPlace(folder);
      const file = (key: string) => [{ place, key, shown: key }];
      const source = { name: barcode, r1: file(`R1_${number}.fastq`), r2: file(`R2_${number}.fastq`) };
      const input: SampleInput = await readInput(source, { unmerged: "first" });
      const table = amplicons(barcode);
      const { samples, pool } = splitPool(input, table, {});
      const results: EditingResult[] = [];
      for (const [i, sample] of samples.entries())
        results.push(await analyseSample(sample, [], { ...plan, amplicon: table[i]! }, { code }));
      return { results, pool };
    }

    const counts = ({ sample, counts: { judged, lowIdentity }, outcomes }: EditingResult) =>
      `${sample}: ${judged} judged, ${lowIdentity} unlike, ${outcomes.unmodified.count} unmodified, ${outcomes.nhej.count} NHEJ, ${outcomes.hdr.count} HDR`;

    it("gives its reads to the experiments whose primers they have", async () => {
      const [first, second] = [await run("barcode_1", "001", {}), await run("barcode_2", "002", {})];
      // Of barcode 1 two reads with letters of their own, five bad ones and a primer dimer are among the rest.
      expect(
        [first, second].map(({ pool }) => [pool.total, pool.unassigned, ...pool.amplicons.map(({ reads }) => reads)]),
      ).toEqual([
        [20, 7, 7, 6],
        [21, 0, 9, 7, 5],
      ]);
    });

    it("finds what the reads' names say, with two bases around the cut", async () => {
      const [first, second] = [await run("barcode_1", "001", {}), await run("barcode_2", "002", {})];
      expect([...first.results, ...second.results].map(counts)).toMatchInlineSnapshot(`
        [
          "ID_1: 5 judged, 2 unlike, 0 unmodified, 5 NHEJ, 0 HDR",
          "ID_2: 6 judged, 0 unlike, 6 unmodified, 0 NHEJ, 0 HDR",
          "ID_3: 8 judged, 1 unlike, 1 unmodified, 7 NHEJ, 0 HDR",
          "ID_4: 7 judged, 0 unlike, 7 unmodified, 0 NHEJ, 0 HDR",
          "ID_5: 5 judged, 0 unlike, 3 unmodified, 0 NHEJ, 2 HDR",
        ]
      `);
    });

    it("finds large deletions and cuts beside the guide's end where it is told to", async () => {
      const plan = { quantify: { minIdentity: 50 }, design: { windowSize: 20 } };
      const [first, second] = [await run("barcode_1", "001", plan), await run("barcode_2", "002", plan)];
      expect([...first.results, ...second.results].map(counts)).toMatchInlineSnapshot(`
        [
          "ID_1: 6 judged, 1 unlike, 0 unmodified, 6 NHEJ, 0 HDR",
          "ID_2: 6 judged, 0 unlike, 1 unmodified, 5 NHEJ, 0 HDR",
          "ID_3: 8 judged, 1 unlike, 0 unmodified, 8 NHEJ, 0 HDR",
          "ID_4: 7 judged, 0 unlike, 0 unmodified, 7 NHEJ, 0 HDR",
          "ID_5: 5 judged, 0 unlike, 3 unmodified, 0 NHEJ, 2 HDR",
        ]
      `);
    });
  },
);
