import { randomUUID } from "node:crypto";
import { locate, openPlace, type Place, tableOf, writeCsv } from "@artesian/data";
import {
  askMissing,
  type Catalog,
  compareVersions,
  type MissingTold,
  missingSentence,
  openCatalog,
  openGroup,
  openMapService,
  readGroupRows,
  rowColumns,
  SLICE_FORMATS,
  sliceFile,
} from "@artesian/maps";
import { publishMade } from "@artesian/workflows/map-make.ts";
import { mapConfigAt } from "@artesian/workflows/maps.tasks.ts";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { tellOfPublished } from "./map-announce.ts";
import { progressTo } from "./map-build.ts";
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
  const config = await mapConfigAt(flags.config, storeEnvironment());
  const { created, uploadedBytes, forced, catalog } = await publishMade(
    config,
    { env: storeEnvironment(), publication: randomUUID(), force: flags.force === true },
    { progress: progressTo(output) },
  );
  output.settle();
  await tellOfPublished(config.store, catalog, created, (line) => output.say(line));
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
  const service = await openMapService({ store: openPlace(flags.store, storeEnvironment()) });
  try {
    const { storeProblem } = service.status();
    if (storeProblem !== null) throw new UsageError(`--store ${flags.store}: ${storeProblem.message}`);
    const groups: (MissingTold & { id: string; version: string })[] = [];
    for (const { id, version } of service.groups()) {
      const lease = await service.lease(id);
      groups.push({ id, version: version.version, ...(await askMissing(service, lease, name)) });
      lease.release();
    }
    if (flags.json) output.json({ asked: name, groups });
    else for (const one of groups) output.data(missingSentence(`${one.id}@${one.version}`, one));
    if (groups.length === 0) output.say("The store has no group.");
    exit(groups.some(({ rows }) => rows.length > 0) ? EXIT.done : EXIT.failed);
  } finally {
    await service.close();
  }
}

/** `artesian map export`: rows of a group with their vectors, as a file; of some rows only their bytes are read. */
export async function mapExport(
  name: string,
  flags: StoreFlags & { out: string; rows?: string[] },
  { output, exit }: CommandContext,
): Promise<void> {
  const format = SLICE_FORMATS.find((one) => flags.out.endsWith(`.${one}`));
  if (format === undefined) throw new UsageError(`--out ${flags.out}: end it in .csv, .parquet, .npy or .gct.`);
  const service = await openMapService({ store: openPlace(flags.store, storeEnvironment()) });
  try {
    const { view } = await service.lease(name);
    const wanted = flags.rows?.map((one) => one.toLowerCase());
    const found = new Set<string>();
    const chosen = (await view.rows()).flatMap(({ symbol, perturbation }, row) => {
      const names = [symbol.toLowerCase(), perturbation.toLowerCase()];
      if (wanted !== undefined && !names.some((one) => wanted.includes(one))) return [];
      for (const one of names) found.add(one);
      return [row];
    });
    const missing = (flags.rows ?? []).filter((one) => !found.has(one.toLowerCase()));
    const part = await view.part(chosen);
    const { place, key } = locate(flags.out, storeEnvironment());
    await place.write(key, sliceFile(part, format));
    if (format === "npy") await place.write(key.replace(/npy$/, "rows.csv"), writeCsv(tableOf(rowColumns(part))));
    const told = { group: view.name, out: flags.out, rows: chosen.length, dims: part.dims, missing };
    if (flags.json) output.json(told);
    for (const one of missing) output.say(`${one}: not in ${told.group} (artesian map why ${one} says why).`);
    output.say(`${told.rows} rows × ${told.dims} of ${told.group} written to ${flags.out}.`);
    exit(missing.length === 0 ? EXIT.done : EXIT.incomplete);
  } finally {
    await service.close();
  }
}
