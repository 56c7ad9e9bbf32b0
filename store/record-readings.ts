import type { Store } from "./open-store.ts";
import { upsertExperiment } from "./record-layout.ts";
import { insertIfAbsent, upsert } from "./upsert.ts";
import { formatOf, placeOf } from "./well-place.ts";

/** What a plate reader's file says of one plate. */
export interface ReadingSetInput {
  experimentId: string;
  plate: string;
  /** Wells of the plate format. */
  formatWells: number;
  /** Which function read it. */
  functionId: string;
  /** The file's address, and which version of it. */
  object: string;
  version: string;
  instrument: string | null;
  /** Measures by metric, what the file says of itself, counts. */
  doc: unknown;
  /** The whole tidy table as an object. */
  tableUri: string;
  readings: readonly { metric: string; well: string; value: number | null; note: string | null }[];
  /** How often this file's content was applied: an older one changes nothing. */
  generation: number;
  at: string;
}

/** Run order of a plate that no layout names: after all others, by name. */
const UNKNOWN_ORDER = 1_000_000;

/**
 * Stores what a file says, in place of what an older version of it said. Experiment, plate and wells appear with it when nobody has
 * described them; a measure that two files give of a plate is the later one's.
 * @throws WellNameError (store/well-name); nothing is written then
 */
export function recordReadings(store: Store, inputs: readonly ReadingSetInput[]): void {
  const [first] = inputs;
  if (first === undefined) return;
  const newest = store.all(
    "SELECT max(generation) AS newest FROM reading_set WHERE object = ? AND function_id = ?",
    first.object,
    first.functionId,
  )[0];
  if (Number(newest?.newest ?? 0) > first.generation) return;
  store.transaction(() => {
    for (const table of ["reading", "reading_set"])
      store.run(`DELETE FROM ${table} WHERE object = ? AND function_id = ?`, first.object, first.functionId);
    for (const input of inputs) recordSet(store, input);
  });
}

function recordSet(store: Store, input: ReadingSetInput): void {
  const { experimentId, plate, at, object, functionId } = input;
  const source = { function_id: functionId, object };
  const key = { experiment_id: experimentId, plate };
  const known = store.all("SELECT 1 FROM experiment WHERE id = ?", experimentId).length > 0;
  if (!known) upsertExperiment(store, { id: experimentId, workflow: "functions", channels: [], sitesPerWell: 0, at });
  const places = new Map(
    [...new Set(input.readings.map(({ well }) => well))].map((well) => [well, placeOf(plate, well)]),
  );
  const [rows, columns] = [
    [...places.values()].map(({ row }) => row),
    [...places.values()].map(({ column }) => column),
  ];
  const format = formatOf(input.formatWells, Math.max(0, ...rows), Math.max(0, ...columns));
  insertIfAbsent(store, "plate", { ...key, run_order: UNKNOWN_ORDER, format_wells: format.wells });
  for (const [well, { row, column }] of places)
    insertIfAbsent(store, "well", {
      ...key,
      well,
      row_index: row,
      column_index: column,
      role: "other",
      perturbation_id: null,
      dose_um: null,
      in_layout: 0,
      doc: "{}",
    });
  for (const { metric, well, value, note } of input.readings)
    upsert(store, "reading", ["experiment_id", "metric", "plate", "well"], {
      ...key,
      metric,
      well,
      value,
      note,
      ...source,
    });
  upsert(store, "reading_set", ["experiment_id", "plate", "function_id", "object"], {
    ...key,
    ...source,
    version: input.version,
    instrument: input.instrument,
    doc: JSON.stringify(input.doc),
    table_uri: input.tableUri,
    wells: places.size,
    generation: input.generation,
    at,
  });
}
