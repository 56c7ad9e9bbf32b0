import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPlace } from "@artesian/data";
import {
  cosine,
  hasDirection,
  openCatalog,
  openGroup,
  type PerturbationGroup,
  project,
  rawVectorOf,
  readGroup,
} from "@artesian/maps";
import { readMapConfig } from "@artesian/workflows/map-config.ts";
import { makeMap, publishMade } from "@artesian/workflows/map-make.ts";
import type { Progress } from "@artesian/workflows/map-prepare.ts";
import { stringify } from "yaml";
import type { NearestGene, PublishedMap } from "./demo-judge.ts";
import { ownMaps } from "./map-serve.ts";
import { version } from "./version.ts";

/**
 * Builds the map of a data folder's experiment and publishes it into the folder's own store, as `artesian map build` and `artesian map publish`
 * do with the map.yml that is left there; then reads it as everybody else would.
 * @param dir absolute
 */
export async function publishDemoMap(
  dir: string,
  { experiment, plates }: { experiment: string; plates: number },
  call: Progress,
): Promise<PublishedMap> {
  const file = join(dir, "map.yml");
  const text = stringify({
    map: experiment.toLowerCase(),
    label: `${experiment} (simulated)`,
    model: "features of segmented cells",
    store: ownMaps(dir),
    build: join(dir, "map-build"),
    inputs: [{ data: dir, experiment }],
    columns: {
      type: "Metadata_Role",
      concentration: "Metadata_Dose",
      objects: "Metadata_Count_Cells",
      flags: "Metadata_Excluded",
    },
    controls: { column: "Metadata_Role", values: ["healthy"] },
    filter: { flags: "any" },
    // Eight controls, as one plate has, span no more than seven directions to align.
    align: plates > 1 ? "tvn" : "centre-scale",
  });
  writeFileSync(file, text);
  const config = readMapConfig(text, file);
  await makeMap(config, { env: {}, codeVersion: version }, call);
  await publishMade(config, { env: {}, publication: randomUUID() }, call);
  const store = openPlace(config.store, {});
  const { catalog } = await openCatalog(store);
  const manifest = await openGroup(store, catalog, catalog.default ?? config.map);
  const group = await readGroup(store, manifest);
  return { group: `${manifest.id}@${manifest.version}`, rows: manifest.rows, ...found(group) };
}

/** Each gene's nearest gene, the disease among them, and how far each compound's doses lie along the disease: 1 is as diseased, 0 as healthy. */
function found(group: PerturbationGroup): Pick<PublishedMap, "nearest" | "alongDisease"> {
  const rows = group.rows.flatMap((row, at) => (hasDirection(group, at) ? [{ ...row, at }] : []));
  const disease = rows.find(({ symbol }) => symbol === "disease");
  const geneLike = rows.filter(({ type, symbol }) => type === "gene" || symbol === "disease");
  const nearest = geneLike.map(({ symbol, at }): NearestGene => {
    const vector = rawVectorOf(group, at);
    const others = geneLike
      .filter((other) => other.at !== at)
      .map((other) => ({ name: other.symbol, alike: cosine(vector, rawVectorOf(group, other.at)) }))
      .sort((a, b) => b.alike - a.alike);
    return { name: symbol, nearest: others[0]?.name ?? null };
  });
  const alongDisease = rows.flatMap(({ type, symbol, concentration, at }) => {
    if (type !== "compound" || concentration === null || disease === undefined) return [];
    const { projection } = project(rawVectorOf(group, at), rawVectorOf(group, disease.at), "magnitude");
    return [{ name: symbol, doseUm: concentration, projection }];
  });
  return { nearest, alongDisease };
}
