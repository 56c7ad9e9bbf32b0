import { type EditSampleInput, forgetEdits, insertExperiment, recordEdits, recordListedEdits } from "@artesian/store";
import { quantifiedRecord, type SampleRecord, sampleRecord, sheetRecord } from "./editing.schemas.ts";
import type { TopicWriter, WorkflowRows } from "./store-sink.ts";

/** Topic → how its records become rows. Each carries when its sheet was read, so that an older sheet never replaces what a newer one said. */
const topics: Readonly<Record<string, TopicWriter>> = {
  "editing.sheets"(store, { value, failure, at }) {
    if (failure !== undefined) return;
    const { experiment, lookMs, samples } = sheetRecord.parse(value);
    insertExperiment(store, { id: experiment, workflow: "editing", channels: [], sitesPerWell: 0, at });
    forgetEdits(store, {
      experimentId: experiment,
      found: samples.map(({ sample }) => sample),
      generation: lookMs,
    });
    for (const sample of samples) recordListedEdits(store, sampleOf({ experiment, lookMs, ...sample }));
  },
  "editing.quantified"(store, { value, failure }) {
    if (failure !== undefined) {
      const parsed = sampleRecord.safeParse(value);
      // A sheet that could not be read is a failure of its run, and of no sample.
      if (!parsed.success) return;
      const { code, message, taskId = null } = failure;
      recordEdits(store, {
        ...sampleOf(parsed.data),
        result: { status: "failed", problem: { code, message, taskId } },
      });
      return;
    }
    const record = quantifiedRecord.parse(value);
    const { result: resultUri, files, found: counts, sampleNotes: notes } = record;
    recordEdits(store, { ...sampleOf(record), result: { status: "done", counts, resultUri, files, notes } });
  },
};

type Named = Pick<
  SampleRecord,
  "experiment" | "lookMs" | "sample" | "order" | "amplicon" | "isControl" | "perturbation" | "plate" | "well"
>;

function sampleOf({ experiment, lookMs, ...record }: Named): Omit<EditSampleInput, "result"> {
  const { sample, order, amplicon, isControl, perturbation, plate, well } = record;
  return {
    experimentId: experiment,
    sample,
    order,
    perturbation,
    plate,
    well,
    amplicon: amplicon.name,
    guides: (amplicon.guides ?? []).map(({ name, sequence }) => name ?? sequence),
    isControl,
    generation: lookMs,
    at: new Date(lookMs).toISOString(),
  };
}

/** How editing's topics become rows of the store. */
export function editingRows(): WorkflowRows {
  return { topics };
}
