import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artesian } from "./product.ts";
import { expectEnd, insist, type Lab, runWords, type Trial } from "./trial.ts";

interface Sheet {
  name: string;
  /** Made from the good sheet. */
  make(good: string): string | Uint8Array;
  /** What the one message must say. */
  says: RegExp;
  more?: string[];
}

const refused: Sheet[] = [
  {
    name: "describes one well twice, differently",
    make: (good) => `${good.trimEnd()}\n${(good.split("\n")[1] ?? "").replace("compound", "disease")}\n`,
    says: /well B03 .*described again.*line 2/,
  },
  {
    name: "names a well that no plate has",
    make: (good) => good.replace("P1,B03", "P1,ZZ99"),
    says: /ZZ99/,
  },
  {
    name: "names something that is no well",
    make: (good) => good.replace("P1,B03", "P1,upper left"),
    says: /line 2.*"upper left" is not a well/,
  },
  { name: "has no rows", make: (good) => `${good.split("\n")[0]}\n`, says: /no rows/ },
  { name: "is empty", make: () => "", says: /empty|no column/ },
  {
    name: "has no column of wells",
    make: () => "plate,treatment\nP1,C1\n",
    says: /no column names the well.*plate, treatment/,
  },
  { name: "has a row with a cell too many", make: (good) => `${good.trimEnd()},extra,extra\n`, says: /line 9/ },
  {
    name: "has a dose that is no number",
    make: (good) => good.replace(/,10\n/, ",a lot\n"),
    says: /line \d+.*dose_uM.*"a lot"/,
  },
  {
    name: "lacks the column of --positive",
    make: (good) => good,
    says: /--positive|genotype.*(role|columns)/,
    more: ["--positive", "genotype=disease"],
  },
  { name: "lacks the column of --dose", make: (good) => good, says: /--dose nanomolar/, more: ["--dose", "nanomolar"] },
  {
    name: "is no text",
    make: () => Uint8Array.from({ length: 2000 }, (_, index) => (index * 37) & 255),
    says: /UTF-8/,
  },
];

/** Nothing is started: exit code 2 and one line that names the sheet. */
async function refuse(lab: Lab, { make, says, more }: Sheet): Promise<string | undefined> {
  const dir = lab.folder("sheet");
  const metadata = join(dir, "sheet.csv");
  writeFileSync(metadata, make(lab.plate.sheet));
  const out = join(dir, "out");
  const ended = await artesian(runWords({ images: lab.images, metadata, out }, ...(more ?? [])));
  expectEnd(ended, 2);
  insist(says.test(ended.stderr), `expected a message like ${says}, found: ${ended.stderr}`);
  insist(!existsSync(out), "a results folder was made though nothing was started");
  const lines = ended.stderr.trim().split("\n");
  insist(lines.length === 1, `expected one line, found ${lines.length}: ${ended.stderr}`);
  return undefined;
}

/** Sheets that say the same in another form, as other programs write them. */
const accepted: { name: string; make(good: string): string | Uint8Array }[] = [
  { name: "with a byte order mark and Windows line ends", make: (good) => `\uFEFF${good.replaceAll("\n", "\r\n")}` },
  { name: "with semicolons", make: (good) => good.replaceAll(",", ";") },
  { name: "with tabs", make: (good) => good.replaceAll(",", "\t") },
  {
    name: "with an empty line at its end and spaces around names",
    make: (good) => `${good.replace("plate,well", " plate , well ")}\n\n`,
  },
];

async function accept(lab: Lab, make: (good: string) => string | Uint8Array): Promise<string | undefined> {
  const dir = lab.folder("sheet");
  const metadata = join(dir, "sheet.csv");
  writeFileSync(metadata, make(lab.plate.sheet));
  const { ended } = await lab.reference();
  const found = await artesian(runWords({ images: lab.images, metadata, out: join(dir, "out") }));
  expectEnd(found, 0);
  const answers = (text: string): string => {
    const { run: _, out: __, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(rest);
  };
  insist(
    answers(found.stdout) === answers(ended.stdout),
    `other answers: ${found.stdout}\n    instead of ${ended.stdout}`,
  );
  return undefined;
}

export const badMetadata: Trial[] = [
  {
    name: "a metadata sheet that is not there is refused before anything starts",
    short: true,
    async run(lab) {
      const dir = lab.folder("sheet");
      const ended = await artesian(
        runWords({ images: lab.images, metadata: join(dir, "none.csv"), out: join(dir, "out") }),
      );
      expectEnd(ended, 2);
      insist(/none\.csv: there is no such file/.test(ended.stderr), ended.stderr);
      return undefined;
    },
  },
  ...refused.map((sheet, index) => ({
    name: `a metadata sheet that ${sheet.name} is refused in one line`,
    short: index < 3,
    run: (lab: Lab) => refuse(lab, sheet),
  })),
  ...accepted.map(({ name, make }, index) => ({
    name: `a metadata sheet ${name} is understood`,
    short: index < 1,
    run: (lab: Lab) => accept(lab, make),
  })),
  {
    name: "a metadata sheet in Latin-1 is refused with a remedy, never mangled without a word",
    short: true,
    async run(lab) {
      const dir = lab.folder("latin");
      const metadata = join(dir, "sheet.csv");
      writeFileSync(metadata, Buffer.from(lab.plate.sheet.replaceAll("C6", "Müller"), "latin1"));
      const ended = await artesian(runWords({ images: lab.images, metadata, out: join(dir, "out") }));
      expectEnd(ended, 2);
      insist(/UTF-8.*iconv/.test(ended.stderr), ended.stderr);
      return undefined;
    },
  },
];
