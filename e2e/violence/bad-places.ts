import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, leftovers, storeRows } from "./leftovers.ts";
import { layDown } from "./plate.ts";
import { artesian, start, until } from "./product.ts";
import { asNobody, expectEnd, insist, insistNone, type Lab, runWords, type Trial } from "./trial.ts";

/** A mistake in the words of a command, with the code and the message it must get. */
interface Mistake {
  name: string;
  words(lab: Lab, dir: string): string[];
  says: RegExp;
  code?: number;
}

const run = (lab: Lab, dir: string, changed: { images?: string; out?: string } = {}, ...more: string[]): string[] =>
  runWords({ images: lab.images, metadata: lab.sheet, out: join(dir, "out"), ...changed }, ...more);

const mistakes: Mistake[] = [
  {
    name: "an image folder that is not there",
    words: (lab, dir) => run(lab, dir, { images: join(dir, "nowhere") }),
    says: /nowhere: there is no such folder/,
  },
  {
    name: "an empty image folder",
    words(lab, dir) {
      mkdirSync(join(dir, "empty"));
      return run(lab, dir, { images: join(dir, "empty") });
    },
    says: /empty: there is no file/,
  },
  {
    name: "names that say nothing",
    words(lab, dir) {
      layDown(join(dir, "odd"), [["holiday in June.tif", new Uint8Array(10)]]);
      return run(lab, dir, { images: join(dir, "odd") });
    },
    says: /none of 1 files.*holiday in June\.tif.*--pattern/,
  },
  {
    name: "a --pattern that is no regular expression",
    words: (lab, dir) => run(lab, dir, {}, "--pattern", "(?<well>[A-P"),
    says: /--pattern|pattern.*\(\?<well>/,
  },
  {
    name: "a --pattern without its groups",
    words: (lab, dir) => run(lab, dir, {}, "--pattern", "(.*)\\.tif"),
    says: /pattern.*well/,
  },
  {
    name: "an option that does not exist",
    words: (lab, dir) => run(lab, dir, {}, "--fast"),
    says: /unknown option '--fast'/,
  },
  { name: "a command that does not exist", words: () => ["rnu"], says: /unknown command|Did you mean run/ },
  {
    name: "zero workers",
    words: (lab, dir) => run(lab, dir, {}, "--workers", "0"),
    says: /--workers 0: expected a whole number/,
  },
  {
    name: "a channel given twice",
    words: (lab, dir) => run(lab, dir, {}, "--channels", "DNA,DNA"),
    says: /DNA is named twice/,
  },
  {
    name: "a --nuclei channel that no image shows",
    words: (lab, dir) => run(lab, dir, {}, "--nuclei", "DAPI"),
    says: /--nuclei DAPI: there is no such channel/,
  },
  {
    name: "an --out that is a file",
    words(lab, dir) {
      writeFileSync(join(dir, "file"), "");
      return run(lab, dir, { out: join(dir, "file") });
    },
    says: /file.*: results cannot be kept there: .* is a file/,
    code: 2,
  },
  {
    name: "an --out below a file",
    words(lab, dir) {
      writeFileSync(join(dir, "file"), "");
      return run(lab, dir, { out: join(dir, "file", "below") });
    },
    says: /file.*: results cannot be kept there: .* is a file/,
    code: 2,
  },
  {
    name: "an --out that cannot be written, such as /proc",
    words: (lab, dir) => run(lab, dir, { out: "/proc/artesian" }),
    says: /\/proc\/artesian: results cannot be kept there/,
    code: 2,
  },
];

/** One message, the right code, no results folder begun. */
async function mistaken(lab: Lab, { words, says, code }: Mistake): Promise<string | undefined> {
  const dir = lab.folder("mistake");
  const ended = await artesian(words(lab, dir), { cwd: dir });
  expectEnd(ended, code ?? 2);
  insist(says.test(ended.stderr), `expected a message like ${says}, found: ${ended.stderr}`);
  insist(ended.stdout === "", `words on stdout: ${ended.stdout}`);
  insist(ended.stderr.trim().split("\n").length <= 3, `more than a message: ${ended.stderr}`);
  insist(!existsSync(join(dir, "out")), "a results folder was made though nothing was started");
  return undefined;
}

export const badPlaces: Trial[] = [
  ...mistakes.map((mistake, index) => ({
    name: `${mistake.name} is told in one message`,
    short: index % 2 === 0,
    run: (lab: Lab) => mistaken(lab, mistake),
  })),
  {
    name: "results inside the image folder do not become images of the next run",
    short: false,
    async run(lab) {
      const images = lab.folder("inside");
      layDown(images, lab.plate.images);
      const out = join(images, "results");
      const words = runWords({ images, metadata: lab.sheet, out });
      const first = await artesian(words);
      expectEnd(first, 0);
      const before = await leftovers(out);
      const again = await artesian(words);
      expectEnd(again, 0);
      insistNone(differences(await leftovers(out), before), "the second run changed something");
      const rows = storeRows(out, ["path"]);
      insistNone(differences(rows, storeRows((await lab.reference()).dir, ["path"])), "rows");
      return undefined;
    },
  },
  {
    name: "a folder where a run is at work is refused to a second one, and the first is not disturbed",
    short: true,
    async run(lab) {
      const out = lab.folder("shared");
      const words = runWords({ images: lab.images, metadata: lab.sheet, out });
      const first = start(words);
      await until("the first run holds the lock", 60_000, () => existsSync(join(out, "engine", "lock")));
      const second = await artesian(words);
      expectEnd(second, 3);
      insist(/engine\/locked/.test(second.stderr), second.stderr);
      expectEnd(await first.ended, 0);
      insistNone(differences(await leftovers(out), (await lab.reference()).left), "the first run");
      return undefined;
    },
  },
  {
    name: "a results folder that may not be written is told in one message",
    short: true,
    async run(lab) {
      const dir = lab.folder("foreign");
      const user = asNobody(lab, dir);
      mkdirSync(join(dir, "taken"), { mode: 0o555 });
      for (const out of [join(dir, "taken"), join(dir, "taken", "below")]) {
        const ended = await artesian(runWords({ images: lab.images, metadata: lab.sheet, out }), user);
        expectEnd(ended, 2);
        insist(/taken.*: results cannot be kept there: it may not be written/.test(ended.stderr), ended.stderr);
      }
      return undefined;
    },
  },
];
