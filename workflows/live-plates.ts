import { detectFaults, type SiteEvidence } from "@artesian/imaging";
import type { FaultRecord } from "./phenomics.schemas.ts";
import { faultRow } from "./plate-tasks.ts";

/** Plates that are being imaged, judged again and again while there is still time to image a well once more. */
export interface LivePlates {
  add(experiment: string, site: SiteEvidence): void;
  /** Forgets a plate that is complete: it has been judged as a whole. */
  end(experiment: string, plate: string): void;
  /** Plates with enough new sites since they were last judged, with all faults that show so far. */
  due(): { experiment: string; plate: string; faults: FaultRecord[] }[];
}

/** New sites that make a plate worth judging again. */
const ENOUGH_NEWS = 6;

/**
 * Keeps the evidence of incomplete plates in memory; after a restart judging begins anew with what comes then.
 * @param detect the rules, see imaging's detectFaults
 */
export function livePlates(detect = detectFaults): LivePlates {
  const plates = new Map<
    string,
    { experiment: string; plate: string; sites: Map<string, SiteEvidence>; news: number }
  >();
  const keyOf = (experiment: string, plate: string): string => `${experiment}/${plate}`;
  return {
    add(experiment, site) {
      const key = keyOf(experiment, site.plate);
      const known = plates.get(key) ?? { experiment, plate: site.plate, sites: new Map(), news: 0 };
      known.sites.set(`${site.well}/${site.site}`, site);
      known.news++;
      plates.set(key, known);
    },
    end(experiment, plate) {
      plates.delete(keyOf(experiment, plate));
    },
    due() {
      return [...plates.values()]
        .filter(({ news }) => news >= ENOUGH_NEWS)
        .map((known) => {
          known.news = 0;
          return {
            experiment: known.experiment,
            plate: known.plate,
            faults: detect([...known.sites.values()]).map(faultRow),
          };
        });
    },
  };
}
