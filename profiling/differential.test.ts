import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { consensus } from "./consensus.ts";
import { CORRELATION_METHODS, eachCorrelation } from "./correlation.ts";
import { type Call, type Case, caseOf, type PeerVersion } from "./differential.test-support.ts";
import { featureOperationsOf } from "./feature-operations.ts";
import { featureSelect } from "./feature-select.ts";
import { modzWeights } from "./modz.ts";
import { applyNormalization, fitNormalization } from "./normalize.ts";
import { profileCsvBytes } from "./profile-csv-bytes.ts";
import { type Profiles, takeFeatures, takeWells } from "./profiles.ts";
import { selectWells } from "./sample-query.ts";
import { RankError } from "./statistics-errors.ts";
import { rightSingular } from "./thin-svd.ts";

/** What answer_questions.py answers to a call. */
interface Answer {
  error?: string;
  features?: string[];
  columns?: string[];
  keys?: (string | number | null)[][];
  values?: (number | string | null)[];
}
interface Answers {
  versions: Record<string, string>;
  answers: Answer[][];
}

const peers = process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers");
const slow = process.env.ARTESIAN_SLOW === "1";
const storedCases = 6;
const cases = slow ? 500 : 12;

describe.each<PeerVersion>(["1.6", "newest"])("pycytominer %s", (version) => {
  const stored = new URL(`fixtures/pycytominer-${version}.json.gz`, import.meta.url);
  const python = join(peers, `pycytominer-${version}`, "bin/python");

  it(`gave the stored answers to ${storedCases} cases`, () => {
    const { answers, versions } = JSON.parse(gunzipSync(readFileSync(stored)).toString("utf8")) as Answers;
    expect(versions.pycytominer).toBe(version === "1.6" ? "1.6.1" : "1.7.1");
    expect(answers).toHaveLength(storedCases);
    answers.forEach((given, seed) => {
      judge(caseOf(seed, version), given, seed);
    });
  });

  it.skipIf(!existsSync(python))(
    `gives the same answers to ${cases} cases${existsSync(python) ? "" : " (SKIPPED: run bench/peers/profiling/setup)"}`,
    () => {
      const asked = Array.from({ length: cases }, (_, seed) => caseOf(seed + 1000 * (slow ? 1 : 0), version));
      const { answers, versions } = ask(python, asked);
      let refused = 0;
      const different: string[] = [];
      answers.forEach((given, seed) => {
        try {
          refused += judge(asked[seed]!, given, seed);
        } catch (error) {
          different.push(String(error));
        }
      });
      expect(different).toEqual([]);
      expect(refused).toBeLessThan(0.2 * asked.reduce((sum, { calls }) => sum + calls.length, 0));
      if (process.env.ARTESIAN_STORE_ANSWERS === "1")
        writeFileSync(
          stored,
          gzipSync(JSON.stringify({ versions, answers: answers.slice(0, storedCases) }), { level: 9 }),
        );
    },
    600_000,
  );
});

function ask(python: string, asked: readonly Case[]): Answers {
  const folder = mkdtempSync(join(tmpdir(), "artesian-differential-"));
  try {
    const questions = asked.map(({ profiles, calls }, seed) => {
      const table = join(folder, `${seed}.csv`);
      writeFileSync(table, Buffer.concat(Array.from(profileCsvBytes(profiles), (piece) => piece.slice())));
      return { table, calls: calls.map((call) => ({ ...call, ours: undefined })) };
    });
    const paths = ["questions.json", "answers.json"].map((name) => join(folder, name));
    writeFileSync(paths[0]!, JSON.stringify(questions));
    const program = new URL("../bench/peers/profiling/answer_questions.py", import.meta.url).pathname;
    execFileSync(python, [program, ...paths], { stdio: ["ignore", "inherit", "inherit"] });
    return JSON.parse(readFileSync(paths[1]!, "utf8")) as Answers;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compares all answers of a case; returns how many calls pycytominer refused. */
function judge(one: Case, given: readonly Answer[], seed: number): number {
  let refused = 0;
  one.calls.forEach((call, place) => {
    const answer = given[place]!;
    const said = `case ${seed}, call ${place}: ${call.verb} ${JSON.stringify(call.arguments)}`;
    if (answer.error !== undefined) {
      refused++;
      refusal(one, call, answer.error, said);
    } else if (call.verb === "feature_select") selection(one, call, answer.features ?? [], said);
    else numbers(one, call, answer, said);
  });
  return refused;
}

/**
 * Where pycytominer refuses, we refuse too, or know why it does: scikit-learn takes no infinity, not even in wells that nothing is learnt
 * from, and no selection that leaves nothing; spherize takes
 * the rounding of means far from 0 for one more rank. We never fail without a code.
 */
function refusal(one: Case, call: Call, error: string, said: string): void {
  let code = "";
  try {
    run(one, call);
  } catch (thrown) {
    code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : `${thrown}`;
    expect(code, said).toMatch(/^profiling\//);
  }
  if (code !== "") return;
  const known =
    call.verb === "feature_select"
      ? /No feature in X|infinity|Found array with 0 feature|0 feature|at least one|zero-size|Columns must be same length|Length mismatch|min\(\)|empty/i
      : /infinity|X is not full rank/;
  expect(error, said).toMatch(known);
}

function run(one: Case, call: Call): Profiles {
  switch (call.verb) {
    case "normalize": {
      const { profiles } = one;
      const wanted = call.features?.map((name) => profiles.features.indexOf(name));
      const input = wanted === undefined ? profiles : takeFeatures(profiles, wanted);
      return applyNormalization(input, fitNormalization(input, call.ours));
    }
    case "feature_select": {
      const semantics = "min_variance" in call.keywords ? "pycytominer-1.7" : "pycytominer-1.6";
      const operations = featureOperationsOf(call.operations, call.keywords, semantics);
      return featureSelect(one.profiles, operations, { samples: call.samples }).profiles;
    }
    case "consensus":
      return consensus(one.profiles, call.ours).profiles;
  }
}

function selection(
  one: Case,
  call: Call & { verb: "feature_select" },
  expected: readonly string[],
  said: string,
): void {
  const { features } = run(one, call);
  const ties = tiesOf(one, call);
  if (ties === undefined) return;
  const classesOf = (names: readonly string[]): string[] => names.map((name) => ties.get(name) ?? name).sort();
  if (ties.size > 0) expect(classesOf(features), said).toEqual(classesOf(expected));
  else expect(features, said).toEqual(expected);
}

/**
 * Of features with equal sums of correlations there the last digit decides, or an unstable sort. Copies (r = 1) stand for each other here:
 * each is named with its first; undefined when later operations see another copy, when others tie, or a correlation is the threshold, as happens to ranks of few wells.
 */
function tiesOf(one: Case, call: Call & { verb: "feature_select" }): Map<string, string> | undefined {
  const firsts = new Map<string, string>();
  const at = call.operations.indexOf("correlation_threshold");
  if (at < 0) return firsts;
  const before = run(one, { ...call, operations: call.operations.slice(0, at) });
  const rows = selectWells(before, call.samples);
  const width = before.features.length;
  const columns = before.features.map((_, j) => Float64Array.from(rows, (row) => before.values[row * width + j]!));
  const sums = new Float64Array(width);
  const pairs: [number, number, number][] = [];
  const method = CORRELATION_METHODS.find((known) => known === call.keywords.corr_method) ?? "pearson";
  eachCorrelation(columns, method, (a, correlations) => {
    for (let b = 0; b < a; b++) {
      if (Number.isNaN(correlations[b]!)) continue;
      sums[a]! += Math.abs(correlations[b]!);
      sums[b]! += Math.abs(correlations[b]!);
      pairs.push([a, b, correlations[b]!]);
    }
  });
  for (const [a, b, r] of pairs) {
    if (Math.abs(r - (call.keywords.corr_threshold ?? 0.9)) < 1e-9) return undefined;
    if (r <= (call.keywords.corr_threshold ?? 0.9) || Math.abs(sums[a]! - sums[b]!) > 1e-9) continue;
    if (r < 1 - 1e-9 || at + 1 < call.operations.length) return undefined;
    const [later, earlier] = [before.features[a]!, before.features[b]!];
    firsts.set(later, firsts.get(earlier) ?? earlier);
  }
  return firsts;
}

/** Values below are compared absolutely: differences of large numbers have no digits of their own. */
const FLOORS = { spherize: 1, normalize: 1e-3, consensus: 1e-6, feature_select: 1 };

/**
 * Rounding grows with the condition of the samples; undefined when the rounding of means far from 0 can look like one more rank to
 * pycytominer, which then scales it up.
 */
function whiteningTolerance(one: Case, call: Call): number | undefined {
  if (call.verb !== "normalize") return undefined;
  const input = takeFeatures(
    one.profiles,
    (call.features ?? []).map((name) => one.profiles.features.indexOf(name)),
  );
  const samples = takeWells(input, selectWells(input, call.ours.samples ?? "all"));
  const byCorrelation = call.ours.method === "spherize" && call.ours.variant?.endsWith("-cor");
  const fit = fitNormalization(samples, { method: "standardize" });
  if (!byCorrelation) fit.scale.fill(1);
  const { values } = applyNormalization(samples, fit);
  const [rows, columns] = [samples.rowCount, samples.features.length];
  const { singular } = rightSingular({ data: values, rows, columns });
  const rank = Math.min(columns, rows - 1);
  const farthest = Math.max(...Array.from(fit.centre, (centre, j) => Math.abs(centre / fit.scale[j]!)));
  const noise = farthest * Math.sqrt(rows * columns);
  if (rank < columns && noise > 0.01 * singular[0]! * Math.max(rows, columns)) return undefined;
  return Math.max(1e-6, (1e-13 * singular[0]!) / singular[rank - 1]!);
}

/** A mean far from 0 is right to its last digit at best, which shows in scores: |mean|·ε/scale of each feature. */
function roundingOfMeans(one: Case, call: Call, length: number): Float64Array {
  if (call.verb !== "normalize" || call.ours.method === "spherize" || call.ours.method === "inverse_normal")
    return new Float64Array(length);
  const { method, ...rest } = call.ours;
  const fit = fitNormalization(one.profiles, { ...rest, method });
  return fit.centre.map((centre, j) => {
    const slack = (4 * Number.EPSILON * Math.abs(centre)) / fit.scale[j]!;
    return Number.isFinite(slack) ? slack : 0;
  });
}

function numbers(one: Case, call: Call, answer: Answer, said: string): void {
  const found = runOrRefuseRank(one, call);
  if (found === undefined) return;
  const golden = Float64Array.from(answer.values ?? [], (value) => (value === null ? Number.NaN : Number(value)));
  expect(found.features, said).toEqual(answer.columns);
  expect(found.values.length, said).toBe(golden.length);
  const width = found.features.length;
  const principal =
    call.verb === "normalize" && call.ours.method === "spherize" && call.ours.variant?.startsWith("PCA");
  const whitened = call.verb === "normalize" && call.ours.method === "spherize";
  const tolerance = whitened ? whiteningTolerance(one, call) : 1e-9;
  if (tolerance === undefined) return;
  const slack = roundingOfMeans(one, call, golden.length);
  if (call.verb === "consensus")
    expect(
      Array.from({ length: found.rowCount }, (_, i) => call.ours.by.map((name) => found.metadata[name]![i])),
      said,
    ).toEqual(answer.keys);
  for (let j = 0; j < width; j++) {
    const columns = [found.values, golden].map((values) =>
      Array.from({ length: found.rowCount }, (_, i) => values[i * width + j]!),
    );
    const [ours, theirs] = [columns[0]!, columns[1]!];
    if (principal && axisIsFree(one, call, j)) continue;
    const sign = principal && ours.reduce((sum, value, i) => sum + value * theirs[i]!, 0) < 0 ? -1 : 1;
    ours.forEach((value, i) => {
      const expected = theirs[i]!;
      if (weightsAreTied(one, call, found, i)) return;
      const where = `${said} ${found.features[j]} row ${i}`;
      const size = Math.max(Math.abs(expected), FLOORS[whitened ? "spherize" : call.verb]);
      if (expected === 0 && isEmptyConsensus(one, call, found, i, j)) expect(value, where).toBeNaN();
      else if (!Number.isFinite(expected)) expect(value, where).toBe(expected);
      else expect((Math.abs(sign * value - expected) - slack[j]!) / size, where).toBeLessThan(tolerance);
    });
  }
}

/** Principal axes beyond the rank of the samples are any basis of what is left. */
function axisIsFree(one: Case, call: Call, axis: number): boolean {
  if (call.verb !== "normalize") return false;
  const samples =
    call.ours.samples === "all"
      ? one.profiles.rowCount
      : one.profiles.metadata.Metadata_control_type!.filter((cell) => cell === "negcon").length;
  return axis >= samples - 1;
}

/**
 * pycytominer means to refuse samples without full rank, but its condition never holds (`not self.center & …`): it scales rounding up to
 * unit variance. We refuse.
 */
function runOrRefuseRank(one: Case, call: Call): Profiles | undefined {
  try {
    return run(one, call);
  } catch (error) {
    if (error instanceof RankError && call.verb === "normalize" && call.ours.method === "spherize") return undefined;
    throw error;
  }
}

/** Weights that stand exactly between two of four decimals are rounded by what is left in the sixteenth there. */
function weightsAreTied(one: Case, call: Call, found: Profiles, row: number): boolean {
  if (call.verb !== "consensus" || call.ours.operation !== "modz") return false;
  const width = one.profiles.features.length;
  const replicates = membersOf(one, call.ours.by, found, row).map((i) =>
    one.profiles.values.subarray(i * width, (i + 1) * width),
  );
  return modzWeights(replicates, { precision: 14 }).some((weight) => Math.abs(((weight * 1e4) % 1) - 0.5) < 1e-6);
}

function membersOf(one: Case, by: readonly string[], found: Profiles, row: number): number[] {
  return Array.from({ length: one.profiles.rowCount }, (_, i) => i).filter((i) =>
    by.every((name) => one.profiles.metadata[name]![i] === found.metadata[name]![row]),
  );
}

/** pycytominer's modz makes 0 of a feature that no replicate has; ours stays missing. */
function isEmptyConsensus(one: Case, call: Call, found: Profiles, row: number, feature: number): boolean {
  if (call.verb !== "consensus" || call.ours.operation !== "modz") return false;
  const width = one.profiles.features.length;
  const members = membersOf(one, call.ours.by, found, row);
  return members.every((i) => Number.isNaN(one.profiles.values[i * width + feature]!));
}
