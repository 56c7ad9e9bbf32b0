/** An application with published maps: simulated wells, built and published as a laboratory does. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { simulatedFiles, simulateMap } from "@artesian/maps";
import { openStore } from "@artesian/store";
import { dataFolder } from "@artesian/workflows";

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const READY_MS = 60_000;

const CONFIG = `map: screen
label: Simulated screen
build: build
store: maps
inputs: [{ profiles: profiles/plate_*.parquet }]
columns:
  perturbation: Metadata_Gene
  type: Metadata_Type
  concentration: Metadata_Dose
  experiment: Metadata_Batch
  objects: Metadata_Count_Cells
  flags: Metadata_QC
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
filter: { objects: [50, 350], flags: any, replicates: 2 }
align: tvn
aggregate: { method: mean, byExperiment: true }
transformations: [plain]
relations: { planted: genes/planted.csv }
clusters: { pathways: genes/pathways.gmt }
`;

/** An application that serves a published map, to be stopped. */
export interface MapApplication {
  url: string;
  stop: () => Promise<void>;
}

/** Builds, publishes and serves a small map. @throws Error with what the command wrote when one fails */
export async function mapApplication(): Promise<MapApplication> {
  const folder = mkdtempSync(join(tmpdir(), "artesian-e2e-map-"));
  const simulated = simulateMap({ seed: 5, genes: 120, compounds: 20, batches: 6, experiments: 3, features: 60 });
  for (const [key, content] of simulatedFiles(simulated)) {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), content);
  }
  writeFileSync(join(folder, "screen.yml"), CONFIG);
  for (const verb of ["build", "publish"]) {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "map", verb, "--config", "screen.yml"], {
      cwd: folder,
    });
    if (status !== 0) throw new Error(`artesian map ${verb} ended with ${status}: ${stderr}`);
  }
  openStore(dataFolder(folder).store).close();
  const server = spawn(process.execPath, [MAIN, "serve", "--data", folder], { cwd: folder });
  const url = await new Promise<string>((resolve, reject) => {
    let written = "";
    const late = setTimeout(() => reject(new Error(`the server is not ready: ${written}`)), READY_MS);
    const onText = (chunk: Buffer): void => {
      written += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(written)?.[0];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    };
    server.stdout.on("data", onText);
    server.stderr.on("data", onText);
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${written}`)));
  });
  return {
    url,
    stop: async () => {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
