import { digestOf, type Place, type PlaceEntry } from "@artesian/data";
import { RUN_MARKERS, readRunSheet, runFolderState } from "@artesian/editing";
import { objectUri } from "@artesian/engine";
import { z } from "zod";
import type { EditingRunRecord } from "./editing.schemas.ts";
import { FunctionParametersError, UnsettledRunError } from "./errors.ts";
import type { HandlerEvent, ShippedContext } from "./function-handler.ts";

const parameters = z.strictObject({
  /** The sample sheet's name. */
  sheet: z
    .string()
    .regex(/^[^/]+$/, "expected a file's name")
    .default("SampleSheet.csv"),
  /** Names of files that are put last. */
  markers: z.array(z.string().min(1)).default([...RUN_MARKERS]),
  /** Files must have stood still for so long when no marker says that the run is whole, s. */
  quietS: z.number().min(0).max(86_400).default(30),
});
const MOST_FILES = 200_000;
const SHEET_BYTES = 8 << 20;

/**
 * Looks whether the run folder of a file is whole, and if so names it: asked again by every file of the run, so that the one that comes last finds all.
 * @returns `editingRun` once the run is whole, else `missing`
 * @throws UnsettledRunError (workflows/unsettled-run) while a file still changes: tried again by and by; RunSheetError (editing/run-sheet)
 */
export async function editingRuns(event: HandlerEvent, context: ShippedContext): Promise<Record<string, unknown>> {
  const parsed = parameters.safeParse(context.parameters);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new FunctionParametersError(
      context.id,
      `with.${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not understood"}. It takes sheet, markers, quietS.`,
    );
  }
  const { sheet: sheetName, markers, quietS } = parsed.data;
  const { place, signal } = context;
  const folder = await runFolderOf(place, event.key, sheetName, signal);
  if (folder === undefined) return { sentence: `Waits for ${sheetName}: no folder above ${event.key} has one.` };
  const sheetKey = `${folder}${sheetName}`;
  const marked = await markersOf(place, folder, markers, signal);
  // A whole run may hold a million files: they are listed only while no marker is there.
  const entries = marked.length > 0 ? marked : await filesOf(place, folder, context);
  const text = new TextDecoder().decode(await place.read(sheetKey, { end: SHEET_BYTES, signal }));
  const sheet = readRunSheet(text, sheetKey);
  const below = entries.map(({ key }) => key.slice(folder.length));
  const { complete, because, missing } = runFolderState(below, sheet, markers);
  const run = folder.split("/").at(-2) ?? "";
  if (!complete) {
    const named = missing.slice(0, 5).join(", ");
    const more = missing.length > 5 ? ` and ${missing.length - 5} more` : "";
    return {
      sentence: `Run ${run || "of the whole bucket"} waits for ${named}${more}.`,
      missing: missing.slice(0, 100),
    };
  }
  const reads = entries.filter(({ key }) => /\.f(?:ast)?q(?:\.gz)?$/i.test(key));
  if (because === "every file of the sample sheet")
    checkQuiet(objectUri({ ...event, key: folder }), reads, context.now, quietS);
  const sheetEntry = await place.stat(sheetKey, { signal });
  const editingRun: EditingRunRecord = {
    run:
      run ||
      event.bucket
        .split("/")
        .filter((part) => part !== "")
        .at(-1) ||
      "run",
    runFolder: objectUri({ bucket: event.bucket, key: folder }).replace(/\/+$/, ""),
    sampleSheet: objectUri({ bucket: event.bucket, key: sheetKey }),
    samples: sheet.samples.slice(0, 2000),
    fingerprint: digestOf([
      sheetEntry?.etag,
      ...(marked.length > 0 ? marked : reads).map(({ key, etag }) => [key, etag]),
    ]),
    because,
  };
  return {
    sentence: `Run ${editingRun.run} is whole (${because}): ${sheet.samples.length} samples go to editing.`,
    editingRun,
  };
}

/** The nearest folder above a file that holds the sheet, with "/" at its end; "" for the place itself. */
async function runFolderOf(place: Place, key: string, sheet: string, signal: AbortSignal): Promise<string | undefined> {
  const parts = key.split("/").slice(0, -1);
  for (let depth = parts.length; depth >= 0; depth--) {
    const folder = depth === 0 ? "" : `${parts.slice(0, depth).join("/")}/`;
    if ((await place.stat(`${folder}${sheet}`, { signal })) !== undefined) return folder;
  }
  return undefined;
}

async function markersOf(
  place: Place,
  folder: string,
  markers: readonly string[],
  signal: AbortSignal,
): Promise<PlaceEntry[]> {
  const found = await Promise.all(markers.map((name) => place.stat(`${folder}${name}`, { signal })));
  return found.filter((entry) => entry !== undefined);
}

async function filesOf(place: Place, folder: string, { id, signal, heartbeat }: ShippedContext): Promise<PlaceEntry[]> {
  const entries: PlaceEntry[] = [];
  for await (const entry of place.list(folder, { signal })) {
    entries.push(entry);
    heartbeat();
    if (entries.length > MOST_FILES)
      throw new FunctionParametersError(
        id,
        `${folder || "the place"} holds more than ${MOST_FILES} files: it is no run folder. Is ${folder}SampleSheet.csv where it belongs?`,
      );
  }
  return entries;
}

function checkQuiet(folder: string, files: readonly PlaceEntry[], now: number, quietS: number): void {
  const late = files.find(({ modifiedMs }) => now - modifiedMs < quietS * 1000);
  if (late !== undefined) throw new UnsettledRunError(folder, late.key, quietS);
}
