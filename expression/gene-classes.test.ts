import { expect, it } from "vitest";
import { geneClasses, HAEMOGLOBIN, MITOCHONDRIAL, RIBOSOMAL } from "./gene-classes.ts";

it.each([
  ["mitochondrial genes of man and mouse", ["MT-CO1", "mt-Nd1", "Mt-atp6"], MITOCHONDRIAL],
  ["proteins of the ribosome", ["RPS4X", "RPL3", "Rpl13a", "RPSA", "RPLP0"], RIBOSOMAL],
  [
    "chains of haemoglobin",
    ["HBA1", "HBA2", "HBB", "HBD", "HBE1", "HBG2", "HBM", "HBQ1", "HBZ", "Hba-a1", "Hbb-bs", "Hbq1a"],
    HAEMOGLOBIN,
  ],
  [
    "what only begins alike",
    ["HBP1", "HBEGF", "HBS1L", "MTOR", "MT1X", "MTRNR2L1", "RP11-34P13.7", "ENSG00000198888", ""],
    0,
  ],
])("knows %s", (_, symbols, bit) => {
  expect([...geneClasses(symbols)]).toEqual(symbols.map(() => bit));
});
