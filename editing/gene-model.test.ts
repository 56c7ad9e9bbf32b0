import { expect, it } from "vitest";
import { readGeneModel } from "./gene-model.ts";

const bytes = async function* (text: string): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < text.length; i += 7) yield Buffer.from(text.slice(i, i + 7));
};
const row = (...fields: (string | number)[]): string => fields.join("\t");
const gff = [
  "##gff-version 3",
  row("chr1", "x", "gene", 101, 200, ".", "+", ".", "ID=gene:1;Name=ALPHA"),
  row("chr1", "x", "exon", 101, 120, ".", "+", ".", "Parent=t1"),
  row("chr1", "x", "gene", 151, 1000, ".", "-", ".", "ID=gene:2;Name=BE%20TA"),
  row("chr1", "x", "gene", 301, 310, ".", "-", ".", "ID=gene:3"),
  "##FASTA",
  ">chr1",
].join("\r\n");

it("says which genes a place lies in, and whether it meets an exon", async () => {
  const model = await readGeneModel(bytes(gff), { file: "g.gff3" });
  expect([model.genes, model.contigs]).toEqual([3, ["chr1"]]);
  expect(model.at("chr1", 119, 130)).toEqual({ genes: ["ALPHA"], feature: "exon", distance: 0 });
  expect(model.at("chr1", 120, 130)).toEqual({ genes: ["ALPHA"], feature: "intron", distance: 0 });
  expect(model.at("chr1", 199, 200)).toEqual({ genes: ["ALPHA", "BE TA"], feature: "intron", distance: 0 });
  expect(model.at("chr1", 500, 501).genes).toEqual(["BE TA"]);
});

it("names the nearest gene on either side of a place between genes", async () => {
  const model = await readGeneModel(bytes(gff), { file: "g.gff3" });
  expect(model.at("chr1", 80, 90)).toEqual({ genes: ["ALPHA"], feature: "intergenic", distance: 10 });
  expect(model.at("chr1", 1000, 1010)).toEqual({ genes: ["BE TA"], feature: "intergenic", distance: 0 });
  expect(model.at("chr1", 1005, 1010)).toEqual({ genes: ["BE TA"], feature: "intergenic", distance: 5 });
  expect(model.at("chrX", 1, 2)).toEqual({ genes: [], feature: "intergenic", distance: Number.NaN });
});

it("reads GTF", async () => {
  const gtf = row("1", "e", "gene", 5, 9, ".", "+", ".", 'gene_id "ENSG1"; gene_name "GAMMA";');
  expect((await readGeneModel(bytes(gtf), { file: "g.gtf" })).at("1", 4, 5).genes).toEqual(["GAMMA"]);
});

it.each([
  ["", 0, "no line of type"],
  ["chr1 gene 1 2\n", 1, "1 columns"],
  [`${row("c", "x", "gene", 9, 5, ".", "+", ".", "ID=a")}\n`, 1, "no stretch"],
  [`#x\n${row("c", "x", "gene", "a", 5, ".", "+", ".", "ID=a")}\n`, 2, "no stretch"],
])("names the line of what is wrong: %j", async (text, line, words) => {
  await expect(readGeneModel(bytes(text), { file: "g.gff" })).rejects.toMatchObject({
    code: "editing/gene-file",
    line,
    message: expect.stringContaining(words),
  });
});
