import { basename } from "node:path";
import { columnOf, PlateReaderError, type PlateReadings, readPlateReader, writeCsv } from "@artesian/data";
import { READING } from "@artesian/store";
import { z } from "zod";
import { FunctionParametersError } from "./errors.ts";
import type { HandlerEvent, ShippedContext } from "./function-handler.ts";

/** Where a file's readings belong, found in its key: the folder is the experiment, the file the plate. */
const DEFAULT_PATTERN = "^(?:.*/)?(?<experiment>[^/]+)/(?<plate>[^/]+?)\\.[^./]+$";
const parameters = z.strictObject({
  /** The experiment; default what `pattern` finds. */
  experiment: z.string().min(1).max(200).optional(),
  /** The plate; default the plate that the file names, else what `pattern` finds. */
  plate: z.string().min(1).max(200).optional(),
  /** A regular expression over the key with groups named experiment and plate. */
  pattern: z.string().min(1).max(1000).default(DEFAULT_PATTERN),
});
const MOST_BYTES = 64 << 20;

/** What the sink stores of a file: a plate's wells by metric. */
export const readingsDocument = z.object({
  plates: z.array(
    z.object({
      plate: z.string(),
      readings: z.array(
        z.object({ metric: z.string(), well: z.string(), value: z.number().nullable(), note: z.string().nullable() }),
      ),
    }),
  ),
});

/** What the function returns; `readings` and `table` name objects. */
export const readingsResult = z.object({
  sentence: z.string(),
  experiment: z.string(),
  plates: z.array(z.string()),
  instrument: z.string().nullable(),
  formatWells: z.number(),
  /** Name of each metric as the export has it. */
  measures: z.record(z.string(), z.string()),
  about: z.record(z.string(), z.string()),
  wells: z.number(),
  failed: z.number(),
  readings: z.string(),
  table: z.string(),
});

/**
 * Turns an export of a plate reader into a tidy table and readings of an experiment's plate. The whole table is kept as CSV; of readings over time the
 * last and the largest become readings of the plate.
 * @throws PlateReaderError (data/plate-reader), FunctionParametersError (workflows/function-parameters)
 */
export async function plateReadings(
  event: HandlerEvent,
  context: ShippedContext,
): Promise<z.input<typeof readingsResult>> {
  const { id, objects, now: _now } = context;
  const parsed = parameters.safeParse(context.parameters);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new FunctionParametersError(
      id,
      `with.${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not understood"}. It takes experiment, plate, pattern.`,
    );
  }
  if (event.sizeBytes > MOST_BYTES)
    throw new PlateReaderError(
      event.uri,
      1,
      `has ${event.sizeBytes} bytes, more than any plate reader exports (${MOST_BYTES})`,
    );
  const found = readPlateReader(await context.read(), { source: basename(event.key) });
  const { experiment, plate } = belongsTo(id, event.key, parsed.data, found.plates.length > 0);
  const { measures, plates } = wellsOf(found, plate);
  const table = await objects.put(new TextEncoder().encode(writeCsv(found.table)));
  const document: z.input<typeof readingsDocument> = { plates };
  const readings = await objects.put(new TextEncoder().encode(JSON.stringify(document)));
  const all = plates.flatMap(({ readings: own }) => own);
  const wells = new Set(plates.flatMap((one) => one.readings.map(({ well }) => `${one.plate}/${well}`))).size;
  const failed = all.filter(({ value }) => value === null).length;
  const of = plates.length === 1 ? `plate ${plates[0]?.plate}` : `${plates.length} plates`;
  const missing = failed === 0 ? "" : `; ${failed} ${failed === 1 ? "reading" : "readings"} failed`;
  return {
    sentence: `${Object.values(measures).join(", ")} of ${wells} wells of ${of} of ${experiment}${missing}.`,
    experiment,
    plates: plates.map((one) => one.plate),
    instrument: found.instrument,
    formatWells: found.format.wells,
    measures: Object.fromEntries(Object.entries(measures).slice(0, 200)),
    about: Object.fromEntries(Object.entries(found.about).slice(0, 40)),
    wells,
    failed,
    readings: readings.uri,
    table: table.uri,
  };
}

function belongsTo(
  id: string,
  key: string,
  given: z.output<typeof parameters>,
  namesPlates: boolean,
): { experiment: string; plate: string } {
  let groups: Record<string, string | undefined> = {};
  try {
    groups = new RegExp(given.pattern, "u").exec(key)?.groups ?? {};
  } catch (error) {
    throw new FunctionParametersError(
      id,
      `with.pattern is no regular expression: ${error instanceof Error ? error.message : error}`,
    );
  }
  const experiment = given.experiment ?? groups.experiment;
  const plate = given.plate ?? groups.plate ?? (namesPlates ? "" : undefined);
  for (const [name, value] of Object.entries({ experiment, plate }))
    if (value === undefined)
      throw new FunctionParametersError(
        id,
        `${key} does not say its ${name}: pattern ${given.pattern} finds none. Put the file into a folder named after its experiment, or give with.${name} or with.pattern.`,
      );
  return { experiment: experiment ?? "", plate: plate ?? "" };
}

/** Metrics by name of their measure, and each plate's wells with them. */
function wellsOf(
  { table, plates, measures }: PlateReadings,
  otherwise: string,
): { measures: Record<string, string>; plates: z.input<typeof readingsDocument>["plates"] } {
  const metrics = metricNames(measures);
  const text = (name: string): readonly (string | null)[] => {
    const column = columnOf(table, name);
    return column?.kind === "text" ? column.values : [];
  };
  const [plateOf, well, measure, note] = ["plate", "well", "measure", "note"].map(text);
  const values = columnOf(table, "value")?.values as Float64Array;
  const series = new Map<
    string,
    { plate: string; metric: string; well: string; values: number[]; notes: (string | null)[] }
  >();
  for (let row = 0; row < table.rowCount; row++) {
    const plate = plateOf?.[row] ?? otherwise;
    const [name, metric] = [well?.[row] ?? "", metrics.get(measure?.[row] ?? "") ?? ""];
    const place = `${plate}\u0000${metric}\u0000${name}`;
    const one = series.get(place) ?? { plate, metric, well: name, values: [], notes: [] };
    one.values.push(values[row] ?? Number.NaN);
    one.notes.push(note?.[row] ?? null);
    series.set(place, one);
  }
  const kinetic = new Set([...series.values()].flatMap((one) => (one.values.length > 1 ? [one.metric] : [])));
  const named: Record<string, string> = {};
  for (const [name, metric] of metrics)
    for (const kind of kinetic.has(metric) ? ["last", "max"] : [""])
      named[`${metric} ${kind}`.trim()] = `${name} ${kind}`.trim();
  const byPlate = Map.groupBy(series.values(), ({ plate }) => plate);
  return {
    measures: named,
    plates: (plates.length > 0 ? plates : [otherwise]).map((plate) => ({
      plate,
      readings: (byPlate.get(plate) ?? []).flatMap((one) =>
        kinetic.has(one.metric)
          ? [reading(one, "last", one.values.length - 1), reading(one, "max", indexOfLargest(one.values))]
          : [reading(one, "", 0)],
      ),
    })),
  };
}

function reading(
  one: { metric: string; well: string; values: number[]; notes: (string | null)[] },
  kind: string,
  at: number,
) {
  const value = one.values[at] ?? Number.NaN;
  return {
    metric: `${one.metric} ${kind}`.trim(),
    well: one.well,
    value: Number.isFinite(value) ? value : null,
    note: one.notes[at] ?? null,
  };
}

function indexOfLargest(values: readonly number[]): number {
  let best = 0;
  for (const [index, value] of values.entries())
    if (!(value <= (values[best] ?? Number.NaN)) && !Number.isNaN(value)) best = index;
  return best;
}

/** Names that plates can be coloured by: letters, digits and a few signs, each its own. */
function metricNames(measures: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    measures.map((measure) => {
      const plain =
        measure
          .replaceAll(/[^\p{L}\p{N}_.\- ]+/gu, " ")
          .replaceAll(/\s+/g, " ")
          .trim()
          .slice(0, 90) || "value";
      let name = plain;
      for (let number = 2; taken.has(name); number++) name = `${plain} ${number}`;
      taken.add(name);
      return [measure, `${READING}${name}`];
    }),
  );
}
