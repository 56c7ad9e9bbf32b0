import { openPlace, type Place, type Table, tableOf, writeCsv, writeParquet } from "@artesian/data";
import {
  type Catalog,
  compareVersions,
  type GroupRow,
  openCatalog,
  openGroup,
  type PerturbationGroup,
  readGroup,
  readGroupRows,
  tracePerturbation,
  traceSentences,
} from "@artesian/maps";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { mapConfigOf, progressTo } from "./map-build.ts";
import { publishMade } from "./map-make.ts";
import { locate } from "./profile-verb.ts";
import { storeEnvironment } from "./store-environment.ts";

interface StoreFlags {
  store: string;
  json?: true;
}

async function opened({ store: uri }: StoreFlags): Promise<{ store: Place; catalog: Catalog }> {
  const store = openPlace(uri, storeEnvironment());
  return { store, catalog: (await openCatalog(store)).catalog };
}

/** `artesian map publish`: what `map build` made, into the store, all of it or nothing. */
export async function mapPublish(
  flags: { config: string; force?: true; json?: true },
  { output, exit }: CommandContext,
): Promise<void> {
  const config = await mapConfigOf(flags.config);
  const { created, uploadedBytes, forced, catalog } = await publishMade(
    config,
    { env: storeEnvironment(), force: flags.force === true },
    { progress: progressTo(output) },
  );
  output.settle();
  if (flags.json) output.json({ created, uploadedBytes, forced, revision: catalog.revision, default: catalog.default });
  else for (const name of created) output.data(name);
  for (const reason of forced) output.say(`forced although ${reason}`);
  output.say(
    created.length === 0
      ? `${config.store}: all of it was there already.`
      : `${config.store}: ${created.length === 1 ? "one group version" : `${created.length} group versions`} published, ${(uploadedBytes / 2 ** 20).toFixed(1)} MiB uploaded, revision ${catalog.revision}.`,
  );
  exit(EXIT.done);
}

/** `artesian map list`: the groups of a store and their versions. */
export async function mapList(flags: StoreFlags, { output, exit }: CommandContext): Promise<void> {
  const { catalog } = await opened(flags);
  if (flags.json) output.json(catalog);
  else
    for (const { id, label, current, versions } of catalog.groups)
      for (const one of versions) {
        const marks = [
          ...(one.version === current ? ["current"] : []),
          ...(one.version === current && id === catalog.default ? ["default"] : []),
          ...(one.forced.length > 0 ? [`forced: ${one.forced.join("; ")}`] : []),
        ];
        const recall = one.recall.map((source) => `${source.source} ${source.recall?.toFixed(3) ?? "–"}`).join(", ");
        output.data(
          [
            `${id}@${one.version}`,
            label,
            one.created,
            `${one.rows} × ${one.dims}`,
            `${(one.sizeBytes / 2 ** 20).toFixed(1)} MiB`,
            recall,
            marks.join(", "),
          ].join("\t"),
        );
      }
  output.say(`${catalog.groups.length} groups, revision ${catalog.revision}.`);
  exit(EXIT.done);
}

/** `artesian map diff`: two group versions of a store. */
export async function mapDiff(
  a: string,
  b: string,
  flags: StoreFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  const { store, catalog } = await opened(flags);
  const [before, after] = [await openGroup(store, catalog, a), await openGroup(store, catalog, b)];
  const difference = compareVersions(
    { manifest: before, rows: await readGroupRows(store, before) },
    { manifest: after, rows: await readGroupRows(store, after) },
  );
  const { gained, lost, kept, recall, settings, rows, dims } = difference;
  if (flags.json)
    output.json({ before: `${before.id}@${before.version}`, after: `${after.id}@${after.version}`, ...difference });
  else {
    output.data(`rows ${rows.before} → ${rows.after}, dims ${dims.before} → ${dims.after}, perturbations kept ${kept}`);
    for (const name of gained) output.data(`gained\t${name}`);
    for (const name of lost) output.data(`lost\t${name}`);
    for (const one of recall)
      output.data(`recall\t${one.source}\t${one.before?.toFixed(3) ?? "–"} → ${one.after?.toFixed(3) ?? "–"}`);
    for (const one of settings) output.data(`setting\t${one.name}\t${one.before} → ${one.after}`);
  }
  output.say(`${gained.length} gained, ${lost.length} lost, ${settings.length} settings differ.`);
  exit(EXIT.done);
}

/** `artesian map why`: where a perturbation is, and why it is not elsewhere. Exit code 1 when the store has nothing of it. */
export async function mapWhy(name: string, flags: StoreFlags, { output, exit }: CommandContext): Promise<void> {
  const { store, catalog } = await opened(flags);
  const trace = await tracePerturbation(store, catalog, name);
  if (flags.json) output.json(trace);
  else for (const line of traceSentences(trace)) output.data(line);
  exit(trace.groups.some(({ rows }) => rows.length > 0) ? EXIT.done : EXIT.failed);
}

/** `artesian map export`: rows of a group with their vectors, as a file. */
export async function mapExport(
  name: string,
  flags: StoreFlags & { out: string; rows?: string[] },
  { output, exit }: CommandContext,
): Promise<void> {
  const format = /\.(csv|parquet|npy)$/.exec(flags.out)?.[1];
  if (format === undefined) throw new UsageError(`--out ${flags.out}: end it in .csv, .parquet or .npy.`);
  const { store, catalog } = await opened(flags);
  const manifest = await openGroup(store, catalog, name);
  const whole = await readGroup(store, manifest);
  const wanted = flags.rows?.map((one) => one.toLowerCase());
  const chosen = whole.rows.flatMap(({ symbol, perturbation }, row) =>
    wanted === undefined || wanted.includes(symbol.toLowerCase()) || wanted.includes(perturbation.toLowerCase())
      ? [row]
      : [],
  );
  const missing = (flags.rows ?? []).filter(
    (one) =>
      !chosen.some((row) =>
        [whole.rows[row]!.symbol, whole.rows[row]!.perturbation].some(
          (known) => known.toLowerCase() === one.toLowerCase(),
        ),
      ),
  );
  const { place, key } = locate(flags.out, storeEnvironment());
  if (format === "npy") {
    await place.write(key, npyOf(whole, chosen));
    await place.write(key.replace(/npy$/, "rows.csv"), writeCsv(tableOf(rowColumns(whole, chosen))));
  } else {
    const table = tableOf([...rowColumns(whole, chosen), ...vectorColumns(whole, chosen)]);
    await place.write(key, format === "csv" ? writeCsv(table) : writeParquet(table));
  }
  const told = {
    group: `${manifest.id}@${manifest.version}`,
    out: flags.out,
    rows: chosen.length,
    dims: whole.dims,
    missing,
  };
  if (flags.json) output.json(told);
  for (const one of missing) output.say(`${one}: not in ${told.group} (artesian map why ${one} says why).`);
  output.say(`${told.rows} rows × ${told.dims} of ${told.group} written to ${flags.out}.`);
  exit(missing.length === 0 ? EXIT.done : EXIT.incomplete);
}

function rowColumns({ rows, norms }: PerturbationGroup, chosen: readonly number[]): Table["columns"] {
  const textOf = (name: "perturbation" | "type" | "symbol" | "experiment" | "arm"): Table["columns"][number] => ({
    name,
    kind: "text",
    values: chosen.map((row) => rows[row]![name]),
  });
  const numberOf = (name: string, value: (row: GroupRow, at: number) => number | null): Table["columns"][number] => ({
    name,
    kind: "number",
    values: Float64Array.from(chosen, (row) => value(rows[row]!, row) ?? Number.NaN),
  });
  return [
    ...(["perturbation", "type", "symbol", "experiment", "arm"] as const).map(textOf),
    numberOf("concentration", ({ concentration }) => concentration),
    numberOf("units", ({ units }) => units),
    numberOf("consistencyP", ({ consistencyP }) => consistencyP),
    numberOf("norm", (_, row) => norms[row]!),
  ];
}

function vectorColumns({ dims, vectors }: PerturbationGroup, chosen: readonly number[]): Table["columns"] {
  return Array.from({ length: dims }, (_, j) => ({
    name: `v${j}`,
    kind: "number",
    values: Float64Array.from(chosen, (row) => vectors[row * dims + j]!),
  }));
}

/** NumPy's format 1.0: little-endian float32 of shape (rows, dims). */
function npyOf({ dims, vectors }: PerturbationGroup, chosen: readonly number[]): Uint8Array {
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${chosen.length}, ${dims}), }`;
  const header = `${words.padEnd(64 * Math.ceil((words.length + 11) / 64) - 11)}\n`;
  const bytes = new Uint8Array(10 + header.length + chosen.length * dims * 4);
  bytes.set([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(Buffer.from(header), 10);
  chosen.forEach((row, i) => {
    const vector = vectors.slice(row * dims, (row + 1) * dims);
    bytes.set(new Uint8Array(vector.buffer), 10 + header.length + i * dims * 4);
  });
  return bytes;
}
