import { columnOf, type Table, tableFromRows, writeCsv } from "@artesian/data";
import {
  type Experiment,
  experimentResults,
  flagsOf,
  hitsOf,
  layoutWells,
  metricNames,
  metricValues,
} from "@artesian/store";
import { type GridQuery, plateGrids } from "./answer-plates.ts";
import type { ServerContext } from "./context.ts";

type Row = Record<string, string | number | null>;

/** What stands behind each picture and table of an experiment, by the name of its file. */
export const CSV_TABLES = ["plates", "wells", "quality", "flags", "hits", "map"] as const;
export type CsvTable = (typeof CSV_TABLES)[number];

/** A table of an experiment as CSV; a table without rows still has its header. */
export async function experimentCsv(
  context: ServerContext,
  experiment: Experiment,
  table: CsvTable,
  query: GridQuery,
): Promise<string> {
  const { columns, rows } = await tableOf(context, experiment, table, query);
  return writeCsv(withColumns(tableFromRows(rows), columns));
}

function withColumns(table: Table, columns: readonly string[]): Table {
  return {
    rowCount: table.rowCount,
    columns: columns.map(
      (name) =>
        columnOf(table, name) ?? { name, kind: "text", values: Array.from({ length: table.rowCount }, () => null) },
    ),
  };
}

async function tableOf(
  context: ServerContext,
  experiment: Experiment,
  table: CsvTable,
  query: GridQuery,
): Promise<{ columns: string[]; rows: Row[] }> {
  const { db } = context.reader;
  const { id } = experiment;
  switch (table) {
    case "plates": {
      const grids = await plateGrids(context, experiment, query);
      const name = grids.channel === null ? grids.metric.id : `${grids.metric.id}_${grids.channel}`;
      const rows = grids.plates.flatMap((plate) =>
        plate.grid.map((well) => ({
          Metadata_Plate: plate.id,
          Metadata_Well: well.well,
          Metadata_role: well.role,
          Metadata_perturbation: well.perturbation?.name ?? null,
          Metadata_dose_um: well.doseUm,
          status: well.status,
          flags: well.flags.join(" "),
          [name]: well.value,
        })),
      );
      return {
        columns: [
          "Metadata_Plate",
          "Metadata_Well",
          "Metadata_role",
          "Metadata_perturbation",
          "Metadata_dose_um",
          "status",
          "flags",
          name,
        ],
        rows,
      };
    }
    case "wells": {
      const results = await experimentResults(db, id, ["phenoprint"]);
      const scores = new Map(
        (results.phenoprint?.phenoprint?.scores ?? []).map((score) => [`${score.plate}/${score.well}`, score.score]),
      );
      const rows = (await layoutWells(db, id)).map((well) => ({
        Metadata_Plate: well.plate,
        Metadata_Well: well.well,
        Metadata_role: well.role,
        Metadata_perturbation: well.perturbationId,
        Metadata_dose_um: well.doseUm,
        status: well.status,
        images: well.images,
        cells: well.cells,
        score: scores.get(`${well.plate}/${well.well}`) ?? null,
        flags: well.flags.join(" "),
        verdict: well.verdict,
      }));
      return {
        columns: [
          "Metadata_Plate",
          "Metadata_Well",
          "Metadata_role",
          "Metadata_perturbation",
          "Metadata_dose_um",
          "status",
          "images",
          "cells",
          "score",
          "flags",
          "verdict",
        ],
        rows,
      };
    }
    case "quality":
      return qualityTable(context, experiment);
    case "flags": {
      const rows = (await flagsOf(db, id)).map((flag) => ({
        Metadata_Plate: flag.plate,
        Metadata_Well: flag.well,
        Metadata_Site: flag.site,
        channel: flag.channel,
        label: flag.label,
        score: flag.score,
        threshold: flag.threshold,
        reason: flag.reason,
        source: flag.source,
      }));
      return {
        columns: [
          "Metadata_Plate",
          "Metadata_Well",
          "Metadata_Site",
          "channel",
          "label",
          "score",
          "threshold",
          "reason",
          "source",
        ],
        rows,
      };
    }
    case "hits": {
      const rows = (await hitsOf(db, id)).flatMap((hit) =>
        hit.points.map((point) => ({
          compound: hit.name,
          dose: point.dose,
          unit: hit.unit ?? "µM",
          Metadata_Plate: point.plate,
          Metadata_Well: point.well,
          rescue: point.rescue,
          side_effect: point.sideEffect ?? null,
          excluded: point.excluded ?? null,
          verdict: hit.verdict,
          ec50: hit.ec50?.value ?? null,
          ec50_relation: hit.ec50?.relation ?? null,
          ec50_low: hit.ec50?.low ?? null,
          ec50_high: hit.ec50?.high ?? null,
          max_rescue: hit.maxRescue?.value ?? null,
        })),
      );
      return {
        columns: [
          "compound",
          "dose",
          "unit",
          "Metadata_Plate",
          "Metadata_Well",
          "rescue",
          "side_effect",
          "excluded",
          "verdict",
          "ec50",
          "ec50_relation",
          "ec50_low",
          "ec50_high",
          "max_rescue",
        ],
        rows,
      };
    }
    default: {
      const results = await experimentResults(db, id, ["map"]);
      const map = results.map?.map;
      const labels = (map?.perturbations ?? []).map(
        (row) => row.label ?? (row.doseUm == null ? row.name : `${row.name} ${row.doseUm}`),
      );
      const rows = labels.map((label, index) => ({
        perturbation: label,
        ...Object.fromEntries(
          labels.map((column, other) => [column, map?.cosine[index * labels.length + other] ?? null]),
        ),
      }));
      return { columns: ["perturbation", ...labels], rows };
    }
  }
}

/** One row an image, CellProfiler's column names: ImageQuality_FocusScore, with the channel in a column of its own. */
async function qualityTable(
  context: ServerContext,
  experiment: Experiment,
): Promise<{ columns: string[]; rows: Row[] }> {
  const { db } = context.reader;
  const names = await metricNames(db, experiment.id, experiment.channels);
  const rows = new Map<string, Row>();
  for (const [metric, channels] of names.image) {
    for (const channel of channels) {
      for (const value of await metricValues(db, experiment.id, { id: metric, level: "image" }, channel)) {
        const key = `${value.plate}/${value.well}/${value.site}/${channel}`;
        let row = rows.get(key);
        if (row === undefined) {
          row = {
            Metadata_Plate: value.plate,
            Metadata_Well: value.well,
            Metadata_Site: value.site,
            Metadata_Channel: channel,
          };
          rows.set(key, row);
        }
        row[`ImageQuality_${metric}`] = value.value;
      }
    }
  }
  const columns = [
    "Metadata_Plate",
    "Metadata_Well",
    "Metadata_Site",
    "Metadata_Channel",
    ...[...names.image.keys()].map((metric) => `ImageQuality_${metric}`),
  ];
  return { columns, rows: [...rows.values()] };
}
