import { execFile, spawn } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, open, rename, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { constants, crc32, createGunzip, deflateRaw } from "node:zlib";
import { largeH5ad, writeH5ad } from "./expression-h5ad.ts";
import { hugeMatrix, largeMatrix, writeTrio } from "./expression-matrix.ts";
import type { Figure } from "./figure.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("./expression-read-run.ts", import.meta.url));
/** Young garbage is collected early: what a machine with little memory would set. */
const FLAGS = ["--max-semi-space-size=2"];

interface Reading {
  ms: number;
  cpuMs: number;
  peakMiB: number;
  entries: number;
}

/**
 * How fast entries come out of files and what memory that takes: Matrix Market of growing size beside `zcat`, an AnnData file beside h5py,
 * blocked gzip beside plain. Files are generated once and kept below the folder for temporary files (8 GB; with `quick` 0.2 GB).
 */
export async function readingFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const cache = join(tmpdir(), "artesian-bench-expression");
  return [...(await growth(cache, quick)), ...(await blocked(cache, quick)), ...(await h5ad(cache, quick))];
}

/** The same statistics of matrices of growing size: time by zcat, memory by the largest of the usual ones. */
async function growth(cache: string, quick: boolean): Promise<Figure[]> {
  const plans = quick
    ? [
        { ...largeMatrix, cellCount: 500 },
        { ...largeMatrix, cellCount: 2_000 },
      ]
    : [{ ...largeMatrix, cellCount: 5_000 }, { ...largeMatrix, cellCount: 16_000 }, largeMatrix, hugeMatrix];
  const figures: Figure[] = [];
  const readings: Reading[] = [];
  for (const plan of plans) {
    const folder = join(cache, `trio-${plan.cellCount}${plan.repeats === undefined ? "" : `x${plan.repeats}`}`);
    const level = plan.repeats === undefined ? constants.Z_DEFAULT_COMPRESSION : constants.Z_BEST_SPEED;
    const file = await writeTrio(folder, plan, level);
    const zcatMs = await zcat(file);
    const reading = await read("ingest", folder);
    readings.push(reading);
    const name = `${(reading.entries / 1e6).toFixed(0)} M entries`;
    figures.push(
      { id: `read and sum ${name}, mtx.gz`, value: reading.ms / zcatMs, unit: "× zcat", better: "lower" },
      { id: `speed, ${name}`, value: reading.entries / reading.ms / 1e3, unit: "M entries/s", better: "higher" },
      { id: `peak memory, ${name}`, value: reading.peakMiB, unit: "MiB", better: "lower", goal: 200 },
    );
  }
  const [before, last] = readings.slice(-2);
  if (before !== undefined && last !== undefined)
    figures.push({
      id: `memory at ${(last.entries / before.entries).toFixed(0)} times the entries`,
      value: last.peakMiB / before.peakMiB,
      unit: "×",
      better: "lower",
      goal: 1.2,
    });
  return figures;
}

/** Decompression of blocked gzip on two threads, beside plain gzip of the same text. */
async function blocked(cache: string, quick: boolean): Promise<Figure[]> {
  const plan = quick ? { ...largeMatrix, cellCount: 2_000 } : { ...largeMatrix, cellCount: 16_000 };
  const plain = join(cache, `trio-${plan.cellCount}`);
  const folder = join(cache, `blocks-${plan.cellCount}`);
  await writeBlocks(await writeTrio(plain, plan), join(folder, "matrix.mtx.gz"));
  for (const list of ["features.tsv.gz", "barcodes.tsv.gz"]) await copyFile(join(plain, list), join(folder, list));
  const one = await read("gunzip", plain);
  const two = await read("gunzip", folder);
  return [
    {
      id: "decompress blocked gzip on two threads",
      value: two.entries / two.ms / 1e3,
      unit: "MB/s",
      better: "higher",
      peer: "plain gzip",
      peerValue: one.entries / one.ms / 1e3,
      ratio: one.ms / two.ms,
    },
  ];
}

/** Writes a gzip file again as members of 64 KiB that say their length (BGZF). */
async function writeBlocks(from: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  await mkdir(dirname(to), { recursive: true });
  const deflate = promisify<Buffer, Buffer>(deflateRaw);
  const file = await open(`${to}.part`, "w");
  const block = async (content: Buffer): Promise<Buffer> => {
    const body = await deflate(content);
    const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0, 0, 0]);
    head.writeUInt16LE(head.length + body.length + 7, 16);
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(crc32(content), 0);
    tail.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, body, tail]);
  };
  let held = Buffer.alloc(0);
  const size = 65_280;
  for await (const chunk of createReadStream(from).pipe(createGunzip({ chunkSize: 1 << 20 }))) {
    held = Buffer.concat([held, chunk]);
    const whole = Math.floor(held.length / size);
    const blocks = Array.from({ length: whole }, (_, i) => block(held.subarray(i * size, (i + 1) * size)));
    for (const one of await Promise.all(blocks)) await file.writeFile(one);
    held = held.subarray(whole * size);
  }
  for (const last of [held, Buffer.alloc(0)]) await file.writeFile(await block(last));
  await file.close();
  await rename(`${to}.part`, to);
}

/** All entries of an AnnData file, beside h5py reading them in slices of the same length. */
async function h5ad(cache: string, quick: boolean): Promise<Figure[]> {
  const plan = quick ? { ...largeH5ad, cellCount: 1_000, repeats: 10 } : largeH5ad;
  const folder = join(cache, `h5ad-${plan.cellCount}x${plan.repeats}`);
  const file = join(folder, "a.h5ad");
  await writeH5ad(file, plan);
  const size = `${((await stat(file)).size / 1e9).toFixed(1)} GB h5ad`;
  await h5py(file);
  const ours = await read("blocks", folder);
  const theirs = await h5py(file);
  const again = await read("blocks", folder);
  const ms = Math.min(ours.ms, again.ms);
  return [
    {
      id: `read every entry, ${size}`,
      value: ours.entries / ms / 1e3,
      unit: "M entries/s",
      better: "higher",
      ...(theirs && {
        goal: (0.8 * ours.entries) / theirs.ms / 1e3,
        peer: "h5py",
        peerValue: ours.entries / theirs.ms / 1e3,
        ratio: theirs.ms / ms,
      }),
    },
    {
      id: `peak memory, ${size}`,
      value: Math.max(ours.peakMiB, again.peakMiB),
      unit: "MiB",
      better: "lower",
      goal: 256,
    },
  ];
}

async function read(how: string, folder: string): Promise<Reading> {
  const { stdout } = await run(process.execPath, [...FLAGS, program, how, folder]);
  return JSON.parse(stdout);
}

/** Wall time of decompressing alone, the faster of two, so that the file is in the system's cache. */
async function zcat(file: string): Promise<number> {
  const once = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const child = spawn("zcat", [file], { stdio: ["ignore", "ignore", "inherit"] });
      child.on("error", reject);
      child.on("exit", (code) =>
        code === 0 ? resolve(performance.now() - start) : reject(new Error(`zcat: ${code}`)),
      );
    });
  return Math.min(await once(), await once());
}

/** h5py on the same file; undefined (with a word on how to set it up) when it is not installed. */
async function h5py(file: string): Promise<{ ms: number } | undefined> {
  const python = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "bin/python");
  if (!existsSync(python)) {
    console.error(`No peer at ${python}: figures carry no ratio. Make it with bench/peers/setup.`);
    return undefined;
  }
  const script = fileURLToPath(new URL("./peers/expression/read_h5ad.py", import.meta.url));
  const { stdout } = await run(python, [script, file]);
  return { ms: JSON.parse(stdout).seconds * 1000 };
}
