import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namesOfPerturbations, openReader, openStore, search, upsertPlateLayout } from "@artesian/store";
import { expect, it, onTestFinished } from "vitest";
import { planExperiment } from "./experiment.ts";
import { wellInput } from "./phenomics.sinks.ts";

const KEY = "QFJCIRLUMZQUOT-HPLJOQBZSA-N";
const SHEET = `Plate,Well,role,compound,Metadata_pert_iname,broad_sample,SMILES,InChIKey,gene
P1,A01,healthy,DMSO,DMSO,BRD-1,CS(C)=O,IAZDPXIOMUYVGZ-UHFFFAOYSA-N,
P1,A02,,C4,sirolimus,BRD-K84937637,CCO,${KEY},
P1,A03,,C5,,,,,
P1,A04,,,,,,,TSC2
`;

it("a metadata sheet's names and structures become those of its compounds, by which they are found", async () => {
  const dir = mkdtempSync(join(tmpdir(), "artesian-names-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { layouts } = planExperiment({
    experiment: "E",
    channels: ["DNA"],
    sites: 1,
    metadata: { text: SHEET, source: "wells.csv" },
  });
  const store = openStore(join(dir, "store.db"));
  for (const { plate, order, format, wells, annotations } of layouts)
    upsertPlateLayout(store, {
      experimentId: "E",
      plate,
      order,
      formatWells: format,
      wells: wells.map((well) => wellInput(well, annotations[well])),
    });
  store.close();
  const reader = openReader(join(dir, "store.db"));
  onTestFinished(() => reader.close());
  expect([...(await namesOfPerturbations(reader.db))]).toEqual([
    ["compound:C4", { synonyms: ["sirolimus", "BRD-K84937637"], inchiKey: KEY, smiles: "CCO" }],
  ]);
  const found = async (text: string) => (await search(reader.db, text, 5)).map((one) => ("id" in one ? one.id : one));
  expect(await found("siroli")).toEqual(["compound:C4"]);
  expect(await found("qfjcirlumzquot")).toEqual(["compound:C4"]);
  expect(await found(KEY)).toEqual(["compound:C4"]);
  expect(await found("AAAAAAAAAAAAAA")).toEqual([]);
});
