import { readCsv, writeCsv } from "@artesian/data/csv.ts";
import { tableFromRows } from "@artesian/data/table.ts";
import { drawPng } from "@artesian/figures";

import { chooseFeatures } from "./feature-columns.ts";
import { metadataColumn } from "./profiles.ts";
import {
  cellCounts,
  mergeSummaries,
  type PlateSummary,
  positionEffects,
  summariseLoadData,
  summariseSiteCounts,
  type WellMap,
  wellCorrelations,
} from "./quality-control.ts";
import { drawCorrelations, drawWellMap } from "./quality-control-figures.ts";
import { readProfileFile, readTextFile, writeFile } from "./recipe-files.ts";
import type { RecordedFile, StepResult } from "./recipe-record.ts";
import type { HeatmapStep, RecipePlaces, RecipeStepCall, SummaryStep } from "./recipe-step.ts";

const PNG_SCALE = 2;

/** Wells, channels and sites of every plate; lines of other plates in the table stay. */
export async function summaryStep(step: SummaryStep, places: RecipePlaces, call: RecipeStepCall): Promise<StepResult> {
  const { row, column, plates } = step.parameters;
  const without: string[] = [];
  const summaries: PlateSummary[] = [];
  for (const [index, [batch, plate]] of plates.entries()) {
    call.signal?.throwIfAborted();
    const input = step.inputs[index]!;
    const { place, key } = input;
    if (key.startsWith("load_data_csv/")) {
      const text = await readTextFile(places[place], key, call);
      const table = readCsv(text, { source: `${places[place].uri}/${key}` });
      summaries.push(summariseLoadData(table, { batch, plate, row, column }));
    } else {
      without.push(plate);
      summaries.push(summariseSiteCounts(await readProfileFile(places, input, {}, call), batch, plate));
    }
    call.onProgress?.((index + 1) / plates.length);
  }
  const { key, name } = step.outputs[0]!;
  const existing =
    (await places.project.stat(key, call)) === undefined ? undefined : await readTextFile(places.project, key, call);
  return {
    outputs: [await writeFile(places.project, key, name, mergeSummaries(existing, summaries), call)],
    report: {
      notes:
        without.length === 0
          ? []
          : [
              `load_data_csv/BATCH/PLATE/load_data.csv.gz is not there for ${without.slice(0, 5).join(", ")}${without.length > 5 ? ` and ${without.length - 5} more` : ""}: sites are counted from the profiles, images a site are not known`,
            ],
      details: { plates: summaries },
    },
  };
}

/** Heat maps of a plate: cell count, correlation of wells, position effect; each as PNG, SVG and CSV. */
export async function heatmapsStep(step: HeatmapStep, places: RecipePlaces, call: RecipeStepCall): Promise<StepResult> {
  const { plate } = step.parameters;
  const [augmented, selected] = step.inputs;
  const outputs: RecordedFile[] = [];
  const put = async (figure: string, svg: string, csv: string): Promise<void> => {
    const contents = { png: await drawPng(svg, { scale: PNG_SCALE }), svg, csv };
    for (const extension of ["png", "svg", "csv"] as const) {
      const output = step.outputs.find(({ name }) => name === `${figure}.${extension}`);
      if (output !== undefined)
        outputs.push(await writeFile(places.project, output.key, output.name, contents[extension], call));
    }
  };
  const counts = cellCounts(await readProfileFile(places, augmented!, {}, call));
  await put(
    "cell_count",
    await drawWellMap(counts, `Plate: ${plate}, Feature: ${counts.feature}`, "cells"),
    wellCsv(counts, counts.feature),
  );
  call.onProgress?.(0.3);
  if (selected === undefined)
    return {
      outputs,
      report: {
        notes: [
          "there are no features selected from profiles normalized to negative controls: correlation and position effect are not drawn",
        ],
        details: {},
      },
    };
  const whole = await readProfileFile(places, selected, {}, call);
  const { profiles } = chooseFeatures(whole, { features: "infer" });
  const correlations = wellCorrelations(profiles);
  const wells = metadataColumn(profiles, "Metadata_Well").map(String);
  const rows = wells.map((well, i) => ({
    Metadata_Well: well,
    ...Object.fromEntries(wells.map((other, j) => [other, correlations[i * wells.length + j]!])),
  }));
  await put(
    "correlation",
    drawCorrelations(correlations, wells, `Plate: ${plate}, Correlation all vs. all`),
    writeCsv(tableFromRows(rows)),
  );
  call.onProgress?.(0.7);
  const effects = positionEffects(profiles, correlations);
  await put(
    "position_effect",
    await drawWellMap(effects, `Plate: ${plate}, Position effect`, "share of row and column"),
    wellCsv(effects, "position_effect"),
  );
  return { outputs, report: { notes: [], details: { source: selected.key } } };
}

function wellCsv({ wells }: WellMap, name: string): string {
  return writeCsv(
    tableFromRows(
      wells.map(({ well, value }) => ({ Metadata_Well: well, [name]: Number.isNaN(value) ? null : value })),
    ),
  );
}
