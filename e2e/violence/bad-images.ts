import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planeOf, writeTiff } from "@artesian/imaging";
import sharp, { type Sharp } from "sharp";
import { differences, type Leftovers, storeRows, topicRecords } from "./leftovers.ts";
import { imageName, layDown } from "./plate.ts";
import { artesian, type Ended } from "./product.ts";
import { asNobody, expectEnd, insist, insistNone, type Lab, runWords, type Trial } from "./trial.ts";

interface Failure {
  where: string;
  code: string;
  message: string;
}

/** The compound well that gets the bad files: without it the controls still stand. */
const BAD = "B04";

/** The plate's images with changes: other bytes, or none; new names may be given. */
function damaged(lab: Lab, name: string, changes: Record<string, Uint8Array | undefined>): string {
  const folder = join(lab.folder(name), "images");
  layDown(
    folder,
    Object.entries({ ...Object.fromEntries(lab.plate.images), ...changes }).flatMap(([file, bytes]) =>
      bytes === undefined ? [] : [[file, bytes] as const],
    ),
  );
  return folder;
}

async function runOver(
  lab: Lab,
  images: string,
  code: number,
): Promise<{ out: string; ended: Ended; failures: Failure[] }> {
  const out = join(images, "..", "out");
  const ended = await artesian(runWords({ images, metadata: lab.sheet, out }));
  expectEnd(ended, code);
  const { failures } = JSON.parse(ended.stdout) as { failures: Failure[] };
  return { out, ended, failures };
}

/** Rows of everything that the bad well has no part in: images, sites and wells of the others. */
function others(left: Leftovers): Leftovers {
  const tables = ["store image_quality", "store site_result", "store well_profile", "store image"];
  return new Map(
    tables.map((table) => [table, (left.get(table) ?? []).filter((line) => !line.includes(`"well":"${BAD}"`))]),
  );
}

/** What is concluded from all wells: hits, plate metrics, map, phenoprint. */
function conclusions(left: Leftovers): Leftovers {
  const tables = ["store hit", "store plate_result", "store experiment_result", "store flag"];
  return new Map(tables.map((table) => [table, left.get(table) ?? []]));
}

/** The well's images are not there at all: what any damage of them is measured against. */
let absent: Promise<{ out: string; failures: Failure[] }> | undefined;
function runWithoutBad(lab: Lab): Promise<{ out: string; failures: Failure[] }> {
  absent ??= runOver(
    lab,
    damaged(
      lab,
      "absent",
      Object.fromEntries(lab.plate.channels.map((channel) => [imageName(BAD, channel), undefined])),
    ),
    3,
  );
  return absent;
}

/** All other wells are measured as in the sound run, and everything concluded is as if the well had not been imaged. */
async function restIsSound(lab: Lab, out: string): Promise<void> {
  const { dir } = await lab.reference();
  insistNone(
    differences(others(storeRows(out, ["path"])), others(storeRows(dir, ["path"]))),
    "other wells differ from the sound run",
  );
  const without = await runWithoutBad(lab);
  insistNone(
    differences(conclusions(storeRows(out, ["missing"])), conclusions(storeRows(without.out, ["missing"]))),
    "conclusions differ from a run without the well",
  );
}

/** A PNG whose header declares a gigantic picture and that holds next to nothing. */
async function bomb(): Promise<Uint8Array> {
  const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: "black" } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
  png.writeUInt32BE(2_000_000, 16);
  png.writeUInt32BE(2_000_000, 20);
  png.writeUInt32BE(crc(png.subarray(12, 29)), 29);
  return png;
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}

function picture(channels: 3 | 4): Sharp {
  return sharp({ create: { width: 160, height: 160, channels, background: { r: 200, g: 100, b: 50, alpha: 1 } } });
}

export const badImages: Trial[] = [
  {
    name: "six kinds of bad files in one site are named one by one, and all other wells come out as if it had not been imaged",
    short: true,
    async run(lab) {
      const dna = lab.plate.images.get(imageName(BAD, "ER")) ?? new Uint8Array();
      const png = (channel: string): string => imageName(BAD, channel).replace(".tif", ".png");
      const images = damaged(lab, "rubbish", {
        [imageName(BAD, "DNA")]: new Uint8Array(),
        [imageName(BAD, "ER")]: dna.subarray(0, dna.length >> 1),
        [imageName(BAD, "RNA")]: new TextEncoder().encode("These are my notes of Tuesday.\n".repeat(50)),
        [imageName(BAD, "AGP")]: await picture(3).tiff().toBuffer(),
        [imageName(BAD, "Mito")]: undefined,
        [png("Mito")]: await bomb(),
        [imageName(BAD, "Golgi")]: undefined,
        [png("Golgi")]: await picture(3).jpeg().toBuffer(),
      });
      const began = performance.now();
      const { out, failures, ended } = await runOver(lab, images, 3);
      insist(performance.now() - began < 120_000, "took too long");
      const of = (channel: string): Failure[] => failures.filter(({ where }) => where.endsWith(` · ${channel}`));
      const codes = Object.fromEntries(
        lab.plate.channels.map((channel) => [channel, of(channel).map(({ code }) => code)]),
      );
      const expected: Record<string, RegExp> = {
        DNA: /^imaging\/empty-file$/,
        ER: /^imaging\/(?:truncated|damaged)-file$/,
        RNA: /^imaging\/not-an-image$/,
        AGP: /^imaging\/unsupported-image$/,
        Mito: /^imaging\/image-too-large$/,
        Golgi: /^imaging\/(?:unsupported-image|not-an-image)$/,
      };
      for (const [channel, pattern] of Object.entries(expected)) {
        const found = codes[channel] ?? [];
        insist(
          found.length === 1 && pattern.test(found[0] ?? ""),
          `${channel}: expected one ${pattern}, found ${JSON.stringify(of(channel))}`,
        );
      }
      for (const { where, message } of failures)
        insist(message.length > 20 && !/undefined|\[object/.test(message), `${where}: ${message}`);
      insist(ended.stderr.split("\n").length < 40, `a flood of lines:\n${ended.stderr}`);
      await restIsSound(lab, out);
      return Object.entries(codes)
        .map(([channel, found]) => `${channel} ${found.join()}`)
        .join(", ");
    },
  },
  {
    name: "a site whose channels have different sizes fails alone, with both sizes in its message",
    short: false,
    async run(lab) {
      const small = planeOf(new Uint16Array(100 * 120).fill(700), 120, 100);
      const { out, failures } = await runOver(
        lab,
        damaged(lab, "sizes", { [imageName(BAD, "Mito")]: writeTiff(small) }),
        3,
      );
      insist(
        failures.some(({ where, message }) => where.includes(BAD) && /160/.test(message) && /1[02]0/.test(message)),
        `no failure names the sizes: ${JSON.stringify(failures)}`,
      );
      insist(
        failures.every(({ where }) => where.includes(BAD)),
        `others failed too: ${JSON.stringify(failures)}`,
      );
      const { dir } = await lab.reference();
      insistNone(differences(others(storeRows(out, ["path"])), others(storeRows(dir, ["path"]))), "other wells");
      return failures.map(({ code }) => code).join(", ");
    },
  },
  {
    name: "an 8-bit channel among 16-bit ones is measured, not refused",
    short: false,
    async run(lab) {
      const plane = lab.plate.planes(BAD)[lab.plate.channels.indexOf("Mito")];
      insist(plane !== undefined, "no plane");
      const eight = planeOf(
        Uint8Array.from(plane.data, (value) => value >> 8),
        plane.width,
        plane.height,
      );
      const { failures } = await runOver(lab, damaged(lab, "depth", { [imageName(BAD, "Mito")]: writeTiff(eight) }), 0);
      insist(failures.length === 0, JSON.stringify(failures));
      return undefined;
    },
  },
  {
    name: "a site without one of its channels is named with that channel, once, and the rest is as without it",
    short: true,
    async run(lab) {
      const { out, failures } = await runOver(lab, damaged(lab, "gap", { [imageName(BAD, "ER")]: undefined }), 3);
      const named = failures.filter(({ where, message }) => where.includes(BAD) && message.includes("ER"));
      insist(named.length === 1, `expected one failure that names ER: ${JSON.stringify(failures)}`);
      await restIsSound(lab, out);
      const dead = topicRecords(out).get("dead letters") ?? [];
      insist(dead.length === 1, `expected one dead letter, found ${dead.join("\n")}`);
      return undefined;
    },
  },
  {
    name: "a described well without any image is named, and the run is incomplete",
    short: true,
    async run(lab) {
      const { out, failures } = await runWithoutBad(lab);
      const told = JSON.stringify([...failures, ...(storeRows(out).get("store plate_result") ?? [])]);
      insist(told.includes(BAD), `the well is not named: ${told}`);
      return `${failures.length} failures`;
    },
  },
  {
    name: "a second file for the same place is said and left out",
    short: false,
    async run(lab) {
      const images = damaged(lab, "twice", {});
      const other = join(images, "copy");
      layDown(other, [[imageName(BAD, "DNA"), writeTiff(planeOf(new Uint16Array(160 * 160), 160, 160))]]);
      const { out, ended } = await runOver(lab, images, 0);
      insist(/note: .*copy.*same (?:image )?place|same image place as/.test(ended.stderr), ended.stderr);
      insistNone(differences(storeRows(out, ["path"]), storeRows((await lab.reference()).dir, ["path"])), "rows");
      return undefined;
    },
  },
  {
    name: "a broken file that was mended is taken up by the same command, and everything ends as in the sound run",
    short: true,
    async run(lab) {
      const name = imageName(BAD, "ER");
      const whole = lab.plate.images.get(name) ?? new Uint8Array();
      const images = damaged(lab, "mended", { [name]: whole.subarray(0, 3000) });
      const { out } = await runOver(lab, images, 3);
      writeFileSync(join(images, name), whole);
      const { failures } = await runOver(lab, images, 0);
      insist(failures.length === 0, JSON.stringify(failures));
      const drop = ["path", "generation"];
      insistNone(differences(storeRows(out, drop), storeRows((await lab.reference()).dir, drop)), "rows");
      return undefined;
    },
  },
  {
    name: "a link that leads nowhere and files of other kinds are left alone",
    short: false,
    async run(lab) {
      const images = damaged(lab, "others", {
        "notes.txt": new TextEncoder().encode("hello"),
        ".hidden.tif": new Uint8Array(3),
      });
      symlinkSync(join(images, "gone.tif"), join(images, "P1_C09_s2_DNA.tif"));
      await runOver(lab, images, 0);
      return undefined;
    },
  },
  {
    name: "an image that may not be read is named, and the rest goes on",
    short: false,
    async run(lab) {
      const images = damaged(lab, "locked", {});
      const dir = join(images, "..");
      chmodSync(join(images, imageName(BAD, "DNA")), 0);
      const words = runWords({ images, metadata: lab.sheet, out: join(dir, "out") });
      const ended = await artesian(words, asNobody(lab, dir));
      expectEnd(ended, 3);
      const told = ended.stderr.split("\n").filter((line) => /B04.*DNA.*cannot be read.*permission/.test(line));
      insist(told.length === 1, `expected one line about the file: ${ended.stderr}`);
      await restIsSound(lab, join(dir, "out"));
      return undefined;
    },
  },
];
