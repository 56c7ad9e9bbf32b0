import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AlignmentScheme } from "./alignment.ts";
import { type Codes, decodeSequence } from "./sequence.ts";

/** The Python that bench/peers/editing/setup made, when parasail is in it. */
export function peerPython(): string | undefined {
  const python = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "bin/python");
  if (!existsSync(python)) return undefined;
  try {
    execFileSync(python, ["-c", "import importlib.util as u, sys; sys.exit(u.find_spec('parasail') is None)"]);
    return python;
  } catch {
    return undefined;
  }
}

export function hasNeedle(): boolean {
  try {
    execFileSync("needle", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What parasail scores; its gaps cost the same everywhere. */
export function parasailScores(python: string, scheme: AlignmentScheme, pairs: readonly [Codes, Codes][]): number[] {
  const program = fileURLToPath(new URL("../bench/peers/editing/score.py", import.meta.url));
  const input = JSON.stringify({ ...scheme, pairs: pairs.map((pair) => pair.map((codes) => decodeSequence(codes))) });
  const said = execFileSync(python, [program], { input, maxBuffer: 2 ** 28 }).toString();
  return (JSON.parse(said) as { scores: number[] }).scores;
}

/** What needle scores with EDNAFULL, gaps 20 and 2, gaps at the ends 2 and 2. */
export function needleScores(reads: readonly Codes[], reference: Codes): number[] {
  const folder = mkdtempSync(join(tmpdir(), "artesian-needle-"));
  try {
    const [one, many, out] = ["reference.fa", "reads.fa", "scores.txt"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(one, `>reference\n${decodeSequence(reference)}\n`);
    writeFileSync(many, reads.map((read, i) => `>read${i}\n${decodeSequence(read)}\n`).join(""));
    const gaps = ["-gapopen", "20", "-gapextend", "2", "-endweight", "-endopen", "2", "-endextend", "2"];
    execFileSync(
      "needle",
      [
        "-asequence",
        one,
        "-bsequence",
        many,
        ...gaps,
        "-datafile",
        "EDNAFULL",
        "-aformat",
        "score",
        "-outfile",
        out,
        "-auto",
      ],
      { stdio: "pipe" },
    );
    const said = readFileSync(out, "utf8");
    return [...said.matchAll(/^\S+ \S+ \d+ \((-?[\d.]+)\)/gm)].map((match) => Number(match[1]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
