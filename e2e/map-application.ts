/** An application with published maps: simulated wells, built and published as a laboratory does. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderPlace } from "@artesian/data";
import { type MapDesign, simulateMap } from "@artesian/maps";
import { publishAbsences } from "@artesian/maps/absences.test-support.ts";
import { LARGE, SHARED, writeScreen } from "../examples/map/screen.ts";

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const READY_MS = 60_000;
const SMALL = { seed: 5, genes: 200, compounds: 20, batches: 6, experiments: 3, features: 60 };

/** The group that lacks something for each reason. */
export const ABSENT = "lacking";

/** Two versions of one map and a second map: the first build lacks what the second keeps. */
const BUILDS = [
  { file: "first.yml", text: `map: screen\nlabel: Simulated screen\nbuild: build/first\nalign: none\n` },
  {
    file: "screen.yml",
    text: `map: screen
label: Simulated screen
build: build/screen
align: tvn
aggregate: { method: mean, byExperiment: true }
transformations: [plain, centre-scaled]
default: ""
`,
  },
];

/** An application that serves published maps, to be stopped. */
export interface MapApplication {
  url: string;
  stop: () => Promise<void>;
}

/** Builds, publishes and serves maps; ARTESIAN_LARGE_MAP=1 takes those of the example. @throws Error with what the command wrote when one fails */
export async function mapApplication(): Promise<MapApplication> {
  const folder = mkdtempSync(join(tmpdir(), "artesian-e2e-map-"));
  const design: MapDesign = process.env.ARTESIAN_LARGE_MAP ? LARGE : SMALL;
  writeScreen(folder, simulateMap(design));
  for (const { file, text } of BUILDS) {
    writeFileSync(join(folder, file), text + SHARED);
    run(folder, "run", "--config", file, "--force");
  }
  await publishAbsences(folderPlace(join(folder, "maps")), ABSENT);
  return serve(folder);
}

function run(folder: string, verb: string, ...words: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "map", verb, ...words], { cwd: folder });
  if (status !== 0) throw new Error(`artesian map ${verb} ended with ${status}: ${stderr}`);
}

/** Serves a data folder with its maps/, or those of a place that the words name, and removes the folder when it is stopped. */
export async function serve(
  folder: string,
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<MapApplication> {
  const options = { cwd: folder, env };
  const server = spawn(process.execPath, [MAIN, "serve", "--data", folder, "--port", "0", ...words], options);
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
