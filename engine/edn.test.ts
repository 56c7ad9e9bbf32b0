import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { readEdn } from "./edn.ts";
import { DocumentSyntaxError } from "./errors.ts";
import { readJson } from "./json.ts";

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");

function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof DocumentSyntaxError) return `${error.line}:${error.column} ${error.problem}`;
    throw error;
  }
  return "none";
}

describe("the seed document", () => {
  test("gives one digest in JSON and in EDN", () => {
    expect(compile(fixture("seed.edn"))).toEqual(compile(fixture("seed.json")));
  });

  test("as printed lacks a comma: the error says where, and with the comma it is the seed", () => {
    const printed = fixture("seed-as-printed.txt");
    expect(problemOf(() => compile(printed))).toBe(
      '3:83 expected "," or "}" after the value of "images-channel", found "\\""',
    );
    const repaired = printed.replace('"images_channels"}', '"images_channels"},');
    expect(compile(repaired).sha256).toBe(compile(fixture("seed.json")).sha256);
  });
});

describe("EDN", () => {
  test("reads keywords, symbols, maps, vectors, text, numbers, comments and left-out forms", () => {
    expect(
      readEdn('{:a [1 -2.5 1e3 nil true false] ; note\n "b" {:c/d e/f} #_{:gone 1} :x :split:dna, :t "q\\"\n"}'),
    ).toEqual({ a: [1, -2.5, 1000, null, true, false], b: { "c/d": "e/f" }, x: "split:dna", t: 'q"\n' });
  });

  test("an inline function becomes the registry's name dag/node", () => {
    const text = `{:name "d" :graph {:in {:type :topic-stream :topic-name "t"}
      :double {:type :stream-operation :inputs [:in] :function (fn [x] (update x :n #(* 2 %)) ")")}}}`;
    const functions = { "d/double": (value: { n?: unknown }) => ({ n: Number(value.n) * 2 }) };
    expect(compile(text, { functions }).nodes[1]?.spec).toMatchObject({ function: "d/double" });
    expect(() => compile(text, { functions: {} })).toThrow(/no function "d\/double" is registered/);
  });

  test.each([
    ["{:a 1 :a 2}", "1:7 :a is there twice; give one of them another name"],
    ["{:a 1\n :b}", "2:2 :b has no value: a map holds keys and values in turn"],
    ["{:a [1 2}", '1:9 expected a value, found "}"'],
    ["{:a [1 2", '1:5 expected "]" before the end of the text'],
    ["{1 2}", "1:2 a key of a map must be a keyword or a text"],
    ["{:a #{1}}", "1:5 sets, tags and characters have no place in a workflow"],
    ["{:a (fn [x]", '1:5 this "(" is never closed'],
    ['{:a "x', "1:5 this text has no closing quote"],
    ["{:a 1} {}", '1:8 found "{" after the end of the document'],
  ])("%s is refused with its place", (text, problem) => {
    expect(problemOf(() => readEdn(text))).toBe(problem);
  });

  test("what JSON holds reads the same written as EDN", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const edn = (one: unknown): string => {
          if (Array.isArray(one)) return `[${one.map(edn).join(" ")}]`;
          if (one === null) return "nil";
          if (typeof one !== "object") return JSON.stringify(one);
          return `{${Object.entries(one)
            .map(([key, each]) => `${JSON.stringify(key)} ${edn(each)}`)
            .join(", ")}}`;
        };
        expect(readEdn(edn(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("JSON", () => {
  test("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(readJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("refuses whatever JSON.parse refuses, one sign deleted or doubled", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.boolean(), (text, place, twice) => {
        const at = place % text.length;
        const broken = text.slice(0, at) + (twice ? text.charAt(at).repeat(2) : "") + text.slice(at + 1);
        let sound = true;
        try {
          JSON.parse(broken);
        } catch {
          sound = false;
        }
        if (!sound) expect(problemOf(() => readJson(broken))).not.toBe("none");
      }),
    );
  });

  test("a name that is there twice would lose a node: it is refused", () => {
    expect(problemOf(() => readJson('{"a": 1,\n "a": 2}'))).toBe(
      '2:2 "a" is there twice; give one of them another name',
    );
    expect(problemOf(() => readJson('{"a": 1,}'))).toBe('1:8 this "," has nothing after it');
  });
});
