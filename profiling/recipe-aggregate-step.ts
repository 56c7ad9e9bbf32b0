import { collatePlate } from "./collate.ts";
import { collateBackend } from "./collate-backend.ts";
import type { Collated, CollateOptions, IngestReport } from "./ingest-types.ts";
import type { Profiles } from "./profiles.ts";
import { MissingInputError } from "./recipe-errors.ts";
import { inputOf, readProfileFile, writeProfilesOf } from "./recipe-files.ts";
import type { StepResult } from "./recipe-record.ts";
import type { AggregateStep, RecipePlaces, RecipeStepCall } from "./recipe-step.ts";

/** Profiles of a plate from CellProfiler's tables or from a backend. */
export async function aggregateStep(
  step: AggregateStep,
  places: RecipePlaces,
  call: RecipeStepCall,
): Promise<StepResult> {
  const { parameters } = step;
  if (!("operation" in parameters) && parameters.source === "none")
    throw new MissingInputError(
      step.title,
      step.inputs.map(({ place, key }) => `${places[place].uri}/${key}`),
      "Give --workspace when backends are elsewhere.",
    );
  if (!("operation" in parameters)) {
    const input = inputOf(step, "backend");
    const profiles = await readProfileFile(places, input, parameters, call);
    return writeProfilesOf(
      step,
      profiles,
      { notes: plateNotes(profiles, parameters.plate), details: {} },
      places,
      call,
    );
  }
  const { operation, strata, compartments, imageFeatures, fields, plate } = parameters;
  const input = inputOf(step, parameters.source === "analysis" ? "analysis" : "backend");
  const { profiles, report } = await collateFrom(
    places,
    input,
    {
      mode: "compartments",
      operation,
      strata,
      compartments,
      imageFeatures,
      fieldsOfView: fields,
      plate,
    },
    call,
  );
  return writeProfilesOf(
    step,
    profiles,
    {
      notes: [...ingestNotes(report), ...plateNotes(profiles, plate)],
      details: { ingest: { ...report, sets: report.sets.filter(({ status }) => status !== "complete") } },
    },
    places,
    call,
  );
}

function collateFrom(
  places: RecipePlaces,
  input: AggregateStep["inputs"][number],
  options: CollateOptions,
  call: RecipeStepCall,
): Promise<Collated> {
  const collateCall = {
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    threads: call.threads ?? 1,
    ...(call.cacheDir === undefined ? {} : { cacheDir: call.cacheDir }),
    onProgress: ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }): void =>
      call.onProgress?.(totalBytes === 0 ? 0 : doneBytes / totalBytes),
  };
  const place = places[input.place];
  return input.folder === true
    ? collatePlate(place, input.key.replace(/\/$/, ""), options, collateCall)
    : collateBackend(place, input.key, options, collateCall);
}

/** What collating left out, in sentences. */
export function ingestNotes(report: IngestReport): string[] {
  const { counts, sets, dropped, incomplete, nonNumeric, unassignedImages, orphans, textColumns } = report;
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
  const setsThatAre = (status: string): string =>
    some(sets.filter((set) => set.status === status).map(({ name }) => name));
  const well = (profile: Record<string, string | number>, why: string): string =>
    `${Object.values(profile).join(" ")} (${why})`;
  const notes: [number, string][] = [
    [counts.skipped, `${counts.skipped} image sets have no valid Image.csv and are skipped: ${setsThatAre("skipped")}`],
    [
      counts.duplicate,
      `${counts.duplicate} image sets are copies of others and are left out: ${setsThatAre("duplicate")}`,
    ],
    [counts.partial, `${counts.partial} image sets lack a compartment, the others are used: ${setsThatAre("partial")}`],
    ...brokenFiles(report),
    [
      dropped.length,
      `${dropped.length} wells are left out: ${some(dropped.map(({ profile, reason }) => well(profile, reason)))}`,
    ],
    [
      incomplete.length,
      `${incomplete.length} wells lack a compartment and keep the others: ${some(incomplete.map(({ profile, missing }) => well(profile, missing.join(", "))))}`,
    ],
    [unassignedImages, `${unassignedImages} images name no plate or well and are left out`],
    ...Object.entries(orphans).map(([compartment, objects]): [number, string] => [
      objects,
      `${compartment}: ${objects} objects belong to no image of the image tables and are left out`,
    ]),
    [textColumns.length, `${textColumns.length} columns without a number are left out: ${some(textColumns)}`],
    ...nonNumeric.map(({ column, cells, example, file, line }): [number, string] => [
      cells,
      `${column}: ${cells} cells are no numbers and count as missing, the first is "${example}" (${file}, line ${line})`,
    ]),
  ];
  return notes.filter(([count]) => count > 0).map(([, note]) => note);
}

/** What is wrong with files that ought to be whole, by cause; an empty table is what CellProfiler leaves where there is nothing. */
function brokenFiles({ sets }: IngestReport): [number, string][] {
  const problems = sets.flatMap((set) => set.problems).filter(({ code }) => code !== "profiling/empty-table");
  return [...Map.groupBy(problems, ({ code }) => code)].map(([code, [first, ...others]]): [number, string] => [
    1 + others.length,
    `${others.length === 0 ? "a file" : `${1 + others.length} files, the first`}: ${first?.message} [${code}]`,
  ]);
}

/** Says when profiles name another plate than the one they are filed under. */
function plateNotes(profiles: Profiles, plate: string): string[] {
  const cells = profiles.metadata.Metadata_Plate ?? profiles.metadata.Image_Metadata_Plate ?? [];
  const others = [...new Set(cells.map(String))].filter((name) => name !== plate);
  if (others.length === 0) return [];
  return [`the profiles of plate ${plate} name plate ${others.slice(0, 3).join(", ")} in Metadata_Plate`];
}
