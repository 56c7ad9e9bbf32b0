import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import * as engine from "@artesian/engine";
import { compile, diffPlans, type Plan, parseDagTest, registryBreaks, runDagTest, testDriver } from "@artesian/engine";
import { operationSchema } from "@artesian/engine/operations.ts";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeDiff } from "../cli/dag-diff.ts";

const page = readFileSync(new URL("dags.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1] ?? "");
const documents = blocks("json").map((text) => JSON.parse(text) as Record<string, unknown>);
const sites = documents.find((one) => "graph" in one) as Record<string, unknown>;

/** Runs a block of TypeScript: imports are what is handed in, `expression; // value` and a comment line after a `try` say what is to be. */
function run(text: string): { checks: [found: unknown, said: string][]; exports: Record<string, unknown> } {
  const checks: [unknown, string][] = [];
  const exports: Record<string, unknown> = {};
  const source = stripTypeScriptTypes(text)
    .replaceAll(/^import \{(.*)\} from "@artesian\/engine";$/gm, "const {$1} = engine;")
    .replaceAll(/^import \{ z \} from "zod";$/gm, "")
    .replaceAll(/^export const \{ document \} = (.+);$/gm, "exports.document = $1.document;")
    .replaceAll(
      /^try \{ (.+) \} catch \(error\) \{ (.+); \}\n\/\/ (.+)$/gm,
      (_, tried: string, found: string, said: string) =>
        `try { ${tried} check("nothing was thrown", ""); } catch (error) { check(${found}, ${JSON.stringify(JSON.stringify(said))}); }`,
    )
    .replaceAll(
      /^(?!const|let|try)(.+); \/\/ (.+)$/gm,
      (_, expression: string, said: string) => `check(${expression}, ${JSON.stringify(said)});`,
    );
  const body = new Function("engine", "z", "exports", "check", source) as (
    ...given: [typeof engine, typeof z, Record<string, unknown>, (found: unknown, said: string) => void]
  ) => void;
  body(engine, z, exports, (found, said) => void checks.push([found, said]));
  return { checks, exports };
}

describe("one DAG", () => {
  it("is the same in JSON, in EDN and built in TypeScript", () => {
    const plan = compile(sites);
    expect(blocks("clojure").map((text) => compile(text).sha256)).toEqual([plan.sha256]);
    const [built] = blocks("ts").map((text) => run(text).exports.document);
    expect(compile(built).sha256).toBe(plan.sha256);
  });
});

/** Where examples put records: two streams, and tables `rows` and `more`. */
const kinds: Record<string, string> = { in: "topic-stream", other: "topic-stream" };

interface Example {
  operation: Record<string, unknown>;
  in: Record<string, unknown>[];
  out: Record<string, unknown>[] | Record<string, Record<string, unknown>[]>;
}
const examples = documents.filter((one): one is Example & Record<string, unknown> => "operation" in one);

describe("operations", () => {
  it("there is an example of each", () => {
    const shown = examples.map(({ operation }) => Object.keys(operation)[0]);
    const known = operationSchema.options.map((option) => Object.keys(option.shape)[0]);
    expect(shown.sort()).toEqual(known.sort());
  });

  it.each(examples.map((example) => [Object.keys(example.operation)[0], example] as const))(
    "%s makes of its records what stands beside them",
    (_, { operation, in: given, out }) => {
      const records = given.map((one) => ("value" in one ? one : { value: one })) as {
        value: Record<string, unknown>;
        key?: string;
        time?: number;
        to?: string;
      }[];
      const inputs = [...new Set(records.map(({ to = "in" }) => to))];
      const branches = Array.isArray(out) ? { node: out } : out;
      const outputs = Object.keys(branches).map((name) => [
        `out-${name}`,
        { type: "publish", stream: name === "node" ? name : `node:${name}`, "topic-name": `out-${name}` },
      ]);
      const graph = {
        ...Object.fromEntries(inputs.map((name) => [name, { type: kinds[name] ?? "topic-table", "topic-name": name }])),
        node: { type: "stream-operation", inputs, function: operation },
        ...Object.fromEntries(outputs),
      };
      const driver = testDriver(compile({ name: "example", partitions: 1, graph }));
      for (const { to = "in", value, key = "k", time } of records)
        driver.push(to, value, { key, ...(time === undefined ? {} : { timestamp: time }) });
      for (const [name, expected] of Object.entries(branches)) {
        const found = driver.read(`out-${name}`).map(({ key, value }) => ({ key, value }));
        expect(found).toEqual(expected.map((one) => ("value" in one ? one : { key: "k", value: one })));
      }
      expect(driver.deadLetters()).toEqual([]);
    },
  );
});

it("what is said beside TypeScript is so", () => {
  const checks = blocks("ts").flatMap((text) => run(text).checks);
  expect(checks.length).toBe(3);
  for (const [found, said] of checks) expect(JSON.stringify(found)).toBe(said);
});

describe("what commands print", () => {
  const printed = (command: string): string[] => {
    const block = blocks("text").find((text) => text.startsWith(`$ ${command}`)) ?? "";
    return block.trimEnd().split("\n").slice(1);
  };

  it("dag diff", () => {
    const graph = sites.graph as Record<string, Record<string, unknown>>;
    const { function: given, ...others } = graph.wells ?? {};
    const rule = (given as Record<string, Record<string, unknown>>)["group-complete"];
    const wells = { ...others, function: { "group-complete": { ...rule, by: ["plate"] } } };
    const after: Plan = compile({ ...sites, graph: { ...graph, wells } });
    const [title, ...lines] = describeDiff(diffPlans(compile(sites), after));
    expect(title).toMatch(/^sites: plan [0-9a-f]{12} → [0-9a-f]{12}$/);
    expect(lines).toEqual(printed("artesian dag diff").slice(1));
  });

  it("dag schemas check", () => {
    const tiles = (required: string[]): Record<string, unknown> => ({
      type: "object",
      properties: {
        tiles: { type: "array", items: { type: "object", properties: { x: { type: "integer" } }, required } },
      },
    });
    const breaks = registryBreaks(undefined, { "image@1": tiles([]), "image@2": tiles(["x"]) });
    expect(breaks.map(({ schema, path, what }) => `${schema}, ${path}: ${what}`)).toEqual(
      printed("artesian dag schemas check"),
    );
  });
});

it("the test script holds for the workflow at the top, and would not for another", async () => {
  const script = documents.find((one) => "cases" in one);
  const test = parseDagTest("sites.test.json", script);
  const [result] = await runDagTest(test, { plan: compile(sites) });
  expect(result).toMatchObject({ ok: true });
  expect(result?.lives).toBeGreaterThan(10);
  const graph = sites.graph as Record<string, Record<string, unknown>>;
  const impatient = { ...graph, features: { ...graph.features, retry: { attempts: 1 } } };
  const [other] = await runDagTest(test, { plan: compile({ ...sites, graph: impatient }) });
  expect(other).toMatchObject({ ok: false, step: 7 });
});
