import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { columnOf, type Table, tableFromRows, writeCsv } from "@artesian/data";
import {
  type Experiment,
  experimentResults,
  flagsOf,
  hitsOf,
  layoutWells,
  metricNames,
  plateOverview,
  plateQuality,
} from "@artesian/store";
import { type GridQuery, plateGrids } from "./answer-plates.ts";
import type { ServerContext } from "./context.ts";

type Row = Record<string, string | number | null>;

/** What stands behind each picture and table of an experiment, by the name of its file. */
export const CSV_TABLES = ["plates", "wells", "quality", "flags", "hits", "projection", "map"] as const;
export type CsvTable = (typeof CSV_TABLES)[number];

/** A table of an experiment as CSV; a table without rows still has its header. */
export async function experimentCsv(
  context: ServerContext,
  experiment: Experiment,
  table: CsvTable,
  query: GridQuery,
): Promise<string | Readable> {
  if (table === "quality") return Readable.from(qualityCsv(context, experiment));
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
  table: Exclude<CsvTable, "quality">,
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
    case "projection": {
      const results = await experimentResults(db, id, ["projection"]);
      const projection = results.projection?.projection;
      const controls = (projection?.controls ?? []).map((control) => ({
        what: control.role,
        Metadata_Plate: control.plate,
        Metadata_Well: control.well,
        dose: null,
        projection: control.p,
        rejection: control.r,
        wells: 1,
      }));
      const lines = (projection?.lines ?? []).flatMap((line) =>
        line.points.map(({ dose, p, r, wells }) => ({
          what: `${line.type}:${line.name}`,
          dose,
          projection: p,
          rejection: r,
          wells,
        })),
      );
      return {
        columns: ["what", "Metadata_Plate", "Metadata_Well", "dose", "projection", "rejection", "wells"],
        rows: [...controls, ...lines],
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

/**
 * One row an image, CellProfiler's column names with the channel in a column of its own, plate by plate: a hundred thousand images are
 * sent as they are read, and other requests are answered in between.
 */
async function* qualityCsv(context: ServerContext, experiment: Experiment): AsyncGenerator<string> {
  const { db } = context.reader;
  const { image } = await metricNames(db, experiment.id, experiment.channels);
  const metrics = [...image.keys()];
  const columns = [
    "Metadata_Plate",
    "Metadata_Well",
    "Metadata_Site",
    "Metadata_Channel",
    ...metrics.map((metric) => `ImageQuality_${metric}`),
  ];
  yield writeCsv(withColumns(tableFromRows([]), columns));
  for (const { plate } of await plateOverview(db, experiment)) {
    const rows = (await plateQuality(db, experiment.id, plate)).map((row): Row => {
      const cells: Row = {
        Metadata_Plate: plate,
        Metadata_Well: row.well,
        Metadata_Site: row.site,
        Metadata_Channel: row.channel,
      };
      for (const metric of metrics) cells[`ImageQuality_${metric}`] = row.metrics[metric] ?? null;
      return cells;
    });
    const text = writeCsv(withColumns(tableFromRows(rows), columns));
    yield text.slice(text.indexOf("\n") + 1);
    await setImmediate();
  }
}
