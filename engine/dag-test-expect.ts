import { canonicalJson } from "@artesian/data/hash.ts";
import type { Expectation, ExpectedRecord } from "./dag-test-document.ts";
import { lineDiff, shortDiff } from "./line-diff.ts";
import type { LogRecord } from "./records.ts";
import { sameJson } from "./template.ts";
import type { TestDriver } from "./test-driver.ts";

/** What an expectation did not find: a sentence, and expected against got, line by line. */
export interface Disappointment {
  problem: string;
  diff: string[];
}

/** Holds an expectation against a driver. @returns undefined when it is met */
export function judge(driver: TestDriver, expectation: Expectation): Disappointment | undefined {
  if ("topic" in expectation) return judgeTopic(driver, expectation);
  if ("store" in expectation) {
    const got = Object.fromEntries([...driver.store(expectation.store)].map(([key, entry]) => [key, plain(entry)]));
    for (const [key, entry] of Object.entries(got)) {
      if (key in expectation.entries) got[key] = project(entry, expectation.entries[key]);
    }
    return compared(`Store of "${expectation.store}"`, [expectation.entries], [got]);
  }
  if ("dead-letters" in expectation) {
    const expected = expectation["dead-letters"];
    const got = driver
      .deadLetters()
      .map(({ node, code, key, message }) => ({ node: node.slice(node.indexOf(".") + 1), code, key, message }));
    return asSet("Dead letters", expected, got, (one, letter) =>
      one.message === undefined ? true : letter.message.includes(one.message),
    );
  }
  const got = (["waiting", "running", "retrying"] as const).flatMap((state) =>
    driver
      .tasks({ state, limit: 10_000 })
      .map(({ taskId, key }) => ({ task: driver.task(taskId)?.components.task ?? "", key })),
  );
  return asSet("Open tasks", expectation["open-tasks"], got, () => true);
}

function judgeTopic(
  driver: TestDriver,
  { topic, records, count, order }: Extract<Expectation, { topic: string }>,
): Disappointment | undefined {
  const known = driver.plans.flatMap(({ dag, topics }) => topics.map((one) => ({ dag, name: one.name })));
  const found = known.find((one) => one.name === topic) ?? known.find((one) => one.name === `${one.dag}.${topic}`);
  const name = found?.name;
  if (name === undefined) {
    return { problem: `There is no topic "${topic}". There are ${known.map((one) => one.name).join(", ")}.`, diff: [] };
  }
  const got = driver.read(name);
  if (count !== undefined && got.length !== count)
    return { problem: `Topic "${name}" holds ${got.length} records, expected ${count}.`, diff: [] };
  if (records === undefined) return undefined;
  const title = `Topic "${name}"`;
  const views = got.map(viewOf);
  if (order === "log") return inOrder(title, records, views);
  if (order === "set" || records.some(({ key }) => key === undefined)) return asSet(title, records, views, recordFits);
  return inOrder(title, records.toSorted(byKey), views.sort(byKey));
}

interface RecordView {
  key: string;
  value: unknown;
  failure: string | undefined;
}

function viewOf({ key, value, failure }: LogRecord): RecordView {
  return { key, value, failure: failure?.code };
}

function recordFits(expected: ExpectedRecord, got: RecordView): boolean {
  return canonicalJson(expectedView(expected)) === canonicalJson(shownAs(expected, got));
}

function byKey({ key: a = "" }: ExpectedRecord | RecordView, { key: b = "" }: ExpectedRecord | RecordView): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

/** What is expected of a record, as it is shown. */
function expectedView({ key, value, includes, failure }: ExpectedRecord): Record<string, unknown> {
  return { key, value: value ?? includes, failure };
}

/** A record as far as something is expected of it. */
function shownAs({ key, value, includes }: ExpectedRecord, got: RecordView): Record<string, unknown> {
  const included = includes === undefined ? undefined : project(got.value, includes);
  return {
    key: key === undefined ? undefined : got.key,
    value: value === undefined ? included : got.value,
    failure: got.failure,
  };
}

function inOrder(
  title: string,
  expected: readonly ExpectedRecord[],
  got: readonly RecordView[],
): Disappointment | undefined {
  const shown = got.map((record, index) => {
    const beside = expected[index];
    return beside === undefined ? record : shownAs(beside, record);
  });
  return compared(title, expected.map(expectedView), shown);
}

/** Pairs what fits, in any order; what is left is shown beside each other. */
function asSet<E extends object, G extends object>(
  title: string,
  expected: readonly E[],
  got: readonly G[],
  also: (expected: E, got: G) => boolean,
): Disappointment | undefined {
  const left = [...got];
  const unmet: E[] = [];
  for (const one of expected) {
    const index = left.findIndex((candidate) => isLike(one, candidate) && also(one, candidate));
    if (index < 0) unmet.push(one);
    else left.splice(index, 1);
  }
  if (unmet.length === 0 && left.length === 0) return undefined;
  const problem = `${title}: ${unmet.length} of ${expected.length} expected ${unmet.length === 1 ? "is" : "are"} not there${left.length > 0 ? `, ${left.length} not expected` : ""}.`;
  return { problem, diff: shortDiff(lineDiff(textOf(unmet), textOf(left))) };
}

/** Whether what is said of one is so of the other; records are judged by their values beside. */
function isLike(expected: object, got: object): boolean {
  return Object.entries(expected).every(([name, one]) => {
    if (one === undefined || name === "value" || name === "includes" || name === "message") return true;
    return sameJson((got as Record<string, unknown>)[name], one);
  });
}

function compared(title: string, expected: readonly unknown[], got: readonly unknown[]): Disappointment | undefined {
  if (canonicalJson(expected) === canonicalJson(got)) return undefined;
  return { problem: `${title} is not what was expected.`, diff: shortDiff(lineDiff(textOf(expected), textOf(got))) };
}

/** Values as lines, members in one order. */
function textOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) => JSON.stringify(JSON.parse(canonicalJson(value)), null, 2).split("\n"));
}

/** A value as far as something is expected of it: the members that are named, the elements that are there. */
export function project(value: unknown, expected: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(expected))
    return value.map((one, index) => (index < expected.length ? project(one, expected[index]) : one));
  if (!isObject(value) || !isObject(expected)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (name in expected ? [[name, project(one, expected[name])]] : [])),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** State as JSON: maps as objects, sets as arrays. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]));
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (one === undefined ? [] : [[name, plain(one)]])),
  );
}
