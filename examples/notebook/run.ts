import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sha256 } from "@artesian/data";
import { simulatedFiles, simulateMap } from "@artesian/maps";
import { openStore } from "@artesian/store";

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "artesian-notebook-example-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

// A published map of simulated wells.
for (const [key, content] of simulatedFiles(simulateMap({ seed: 4, genes: 120, doses: [0.1, 0.3, 1, 3, 10] }))) {
  mkdirSync(dirname(join(folder, key)), { recursive: true });
  writeFileSync(join(folder, key), content);
}
writeFileSync(
  join(folder, "map.yml"),
  `map: screen
store: results/maps
build: build
inputs: [{ profiles: profiles/plate_*.parquet }]
columns: { perturbation: Metadata_Gene, type: Metadata_Type, concentration: Metadata_Dose, experiment: Metadata_Batch }
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
`,
);
const command = join(here, "..", "..", "cli", "main.ts");
for (const verb of ["build", "publish"]) {
  const { status } = spawnSync(process.execPath, [command, "map", verb, "--config", "map.yml"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) process.exit(1);
}

// A running server of a data folder, which shows the maps in it.
openStore(join(folder, "results", "store.db")).close();
const server = spawn(process.execPath, [command, "serve", "--data", "results"], {
  cwd: folder,
  stdio: ["ignore", "pipe", "ignore"],
});
process.on("exit", () => server.kill());
const [said] = (await once(server.stdout, "data")) as [Buffer];
const env = { ...process.env, MAP_STORE: join(folder, "results", "maps"), MAP_SERVER: said.toString().trim() };

const failures: string[] = [];
const python = await pythonWithNotebooks();
if (python === undefined) {
  console.log("SKIPPED the Python notebook: no Python 3 with venv is here");
} else {
  const words = ["-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", folder, join(here, "map.ipynb")];
  const { status } = spawnSync(python, words, { env, stdio: ["ignore", "ignore", "inherit"] });
  const told = status === 0 ? lastOutput(join(folder, "map.ipynb")) : undefined;
  if (told === undefined) failures.push("map.ipynb");
  else console.log(`map.ipynb: ${told}`);
}
if (spawnSync("Rscript", ["--version"], { stdio: "ignore" }).status !== 0) {
  console.log("SKIPPED map.R: no Rscript is here");
} else if (spawnSync("Rscript", [join(here, "map.R")], { env, stdio: "inherit" }).status !== 0) failures.push("map.R");
if (failures.length > 0) console.error(`Failed: ${failures.join(", ")}`);
process.exit(failures.length === 0 ? 0 : 1);

/** The environment of requirements.txt, made once outside of the repository. */
async function pythonWithNotebooks(): Promise<string | undefined> {
  const requirements = join(here, "requirements.txt");
  const cache = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache", "artesian", "peers");
  const home = join(cache, `notebook-${sha256(readFileSync(requirements)).slice(0, 12)}`);
  const found = join(home, "bin", "python");
  if (existsSync(join(home, "installed"))) return found;
  const system = process.env.PYTHON ?? "python3";
  if (spawnSync(system, ["-m", "venv", "--clear", home], { stdio: "ignore" }).status !== 0) return undefined;
  console.log(`Installing what notebooks need into ${home} …`);
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "-r", requirements];
  if (spawnSync(found, pip, { stdio: ["ignore", "inherit", "inherit"] }).status !== 0) process.exit(1);
  writeFileSync(join(home, "installed"), "");
  return found;
}

/** What the last cell of an executed notebook printed. */
function lastOutput(file: string): string | undefined {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: { outputs?: { text?: string[] | string }[] }[] };
  const text = cells.at(-1)?.outputs?.[0]?.text;
  return text === undefined ? undefined : [text].flat().join("").trim();
}
