/**
 * Test-only program: looks at a store without pause until its input ends, and ends with 1 at the first thing that is not whole: a catalogue of an
 * earlier revision, a manifest or file that is not there or has another digest. Words: STORE. Says how often it looked.
 */
import { setTimeout } from "node:timers/promises";
import { openPlace } from "@artesian/data";
import { openCatalog } from "./publish-groups.ts";
import { openGroup, readGroup, readGroupFile } from "./read-group.ts";

const store = openPlace(process.argv[2] ?? "", process.env);
let [looks, revision, ended] = [0, 0, false];
const revisions = new Set<number>();
process.stdin.on("end", () => {
  ended = true;
});
process.stdin.resume();
process.stdout.write("looking\n");
while (!ended) {
  const { catalog } = await openCatalog(store);
  if (catalog.revision < revision) throw new Error(`revision ${catalog.revision} after ${revision}`);
  revision = catalog.revision;
  revisions.add(revision);
  for (const { id } of catalog.groups) {
    const manifest = await openGroup(store, catalog, id);
    await readGroup(store, manifest);
    for (const name of Object.keys(manifest.files)) await readGroupFile(store, manifest, name);
  }
  looks++;
  await setTimeout(2);
}
process.stdout.write(`${JSON.stringify({ looks, revisions: revisions.size })}\n`);
