/**
 * Test-only program: publishes to a store, one version after the other, each under every name at the same time.
 * Words: STORE NAMES FIRST TIMES, names separated by commas. Says "begin N" and, for each name, "done" with what `publishGroups` gave.
 */
import { randomUUID } from "node:crypto";
import { openPlace } from "@artesian/data";
import { preparedMap } from "./prepared-map.test-support.ts";
import { publishGroups } from "./publish-groups.ts";

const [uri = "", names = "", first = "0", times = "1"] = process.argv.slice(2);
const store = openPlace(uri, process.env);
// Versions differ by their label alone: what is built is built once.
preparedMap();
for (let n = Number(first); n < Number(first) + Number(times); n++) {
  const prepared = names.split(",").map((id) => preparedMap({ id, label: `Version ${n}` }).groups);
  process.stdout.write(`begin ${n}\n`);
  await Promise.all(
    prepared.map(async (groups) => {
      const options = { force: true, publication: randomUUID(), tries: 10_000 };
      const { created, catalog } = await publishGroups(store, groups, options);
      process.stdout.write(`done ${JSON.stringify({ created, revision: catalog.revision })}\n`);
    }),
  );
}
