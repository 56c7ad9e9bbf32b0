/** Makes expression/fixtures/scanpy.json.gz anew: `node bench/peers/expression/golden.ts`, after bench/peers/setup. */
import { writeFileSync } from "node:fs";
import { constants, gzipSync } from "node:zlib";
import { generateSmall, smallPlans } from "../../../expression/generated-matrix.test-support.ts";
import { askPeer, peerPython } from "../../../expression/peer.test-support.ts";

const python = peerPython();
if (python === undefined) {
  console.error("scanpy is not installed: run bench/peers/setup first.");
  process.exit(1);
}
const text = JSON.stringify(askPeer(python, smallPlans.map(generateSmall)));
const path = new URL("../../../expression/fixtures/scanpy.json.gz", import.meta.url);
writeFileSync(path, gzipSync(text, { level: constants.Z_BEST_COMPRESSION }));
console.error(`wrote ${path.pathname}`);
