import { linkRun, recordPlate, recordWell, upsertExperiment, upsertPlateLayout } from "@artesian/store";
import type { WellAnnotation } from "./experiment.ts";
import { wellInput, writeHits, writeMap, writePhenoprint, writeProfiles } from "./phenomics.sinks.ts";
import {
  type AnnotatedWells,
  profilingExperimentRecord,
  profilingPlateRecord,
  rawProfilesRecord,
} from "./profiling.schemas.ts";
import type { TopicWriter, WorkflowRows } from "./store-sink.ts";

/** Topic → how its records become rows. */
const writers: Record<string, TopicWriter> = {
  profiling_experiments(store, { value, at }, { runId }) {
    if (value === null) return;
    const document = profilingExperimentRecord.parse(value);
    upsertExperiment(store, {
      id: document.experiment,
      name: document.name,
      workflow: "profiling",
      channels: [],
      sitesPerWell: 0,
      doc: document,
      at,
    });
    linkRun(store, { id: runId, experimentId: document.experiment });
  },
  "profiling.raw-profiles"(store, { value, at, failure }, { readJson }) {
    if (failure !== undefined) return;
    const plate = rawProfilesRecord.parse(value);
    const { format, wells, absent } = readJson(plate.wells) as AnnotatedWells;
    const all: { well: string; annotation: WellAnnotation }[] = [...wells, ...absent];
    upsertPlateLayout(store, {
      experimentId: plate.experiment,
      plate: plate.plate,
      order: plate.order,
      formatWells: format,
      wells: all.map(({ well, annotation }) => wellInput(well, annotation)),
    });
    for (const { well, cells, sites, missing } of wells)
      recordWell(store, {
        experimentId: plate.experiment,
        plate: plate.plate,
        well,
        profileUri: plate.rawProfiles,
        sites,
        nuclei: cells,
        cells,
        status: missing.length > 0 ? "incomplete" : "complete",
        missing,
        failed: [],
        metrics: { cells, sites },
        generation: plate.generation,
        at,
      });
  },
  "profiling.plate-features"(store, { value, at, failure }, { readJson }) {
    if (failure !== undefined) return;
    const plate = profilingPlateRecord.parse(value);
    const { absent } = readJson(plate.wells) as AnnotatedWells;
    recordPlate(store, {
      experimentId: plate.experiment,
      plate: plate.plate,
      status: absent.length === 0 ? "complete" : "incomplete",
      metrics: plate.metrics,
      zPrimeMissing: plate.zPrimeMissing,
      profilesUri: plate.profiles,
      missing: absent.map(({ well }) => well),
      generation: plate.generation,
      at,
    });
  },
  // Read for the failures that stand there: a plate whose files cannot be collated is named on its page.
  "profiling.collated-profiles"() {},
  "profiling.profile-summary": writeProfiles,
  "profiling.batch-profiles": writeProfiles,
  "profiling.phenoprint": writePhenoprint,
  "profiling.hits": writeHits,
  "profiling.map": writeMap,
};

/** How profiling's topics become rows of the store. */
export function profilingRows(): WorkflowRows {
  return { topics: writers };
}
