import type { SiteEvidence } from "@artesian/imaging";
import { expect, it } from "vitest";
import { livePlates } from "./live-plates.ts";

const site = (well: string): SiteEvidence => ({ plate: "P1", well, site: 1, quality: {}, artefacts: {} });
const blurred = (sites: readonly SiteEvidence[]) =>
  sites
    .filter(({ well }) => well === "B03")
    .map(({ plate, well }) => ({
      plate,
      well,
      site: 1,
      label: "defocus" as const,
      score: 9,
      threshold: 5,
      reason: "blurred",
    }));

it("judges an incomplete plate again after every six sites, over all of them", () => {
  const live = livePlates(blurred);
  for (const well of ["B02", "B03", "B04", "B05", "B06"]) live.add("E", site(well));
  expect(live.due()).toEqual([]);
  live.add("E", site("B07"));
  expect(live.due()).toMatchObject([
    { experiment: "E", plate: "P1", faults: [{ well: "B03", channel: null, label: "defocus" }] },
  ]);
  expect(live.due()).toEqual([]);
});

it("forgets a plate that has been judged as a whole", () => {
  const live = livePlates(blurred);
  for (const well of ["B02", "B03", "B04", "B05", "B06", "B07"]) live.add("E", site(well));
  live.end("E", "P1");
  expect(live.due()).toEqual([]);
});
