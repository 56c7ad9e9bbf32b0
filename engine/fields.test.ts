import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { dag } from "./builder.ts";
import { compile } from "./compile.ts";
import { thrown } from "./fixtures/errors.ts";
import type { SchemaRegistry } from "./json-schema.ts";
import { namedSchema } from "./schema-registry.ts";
import { testDriver } from "./test-driver.ts";

const image = z.object({
  plate: z.string(),
  well: z.string(),
  sizeBytes: z.number(),
  design: z.object({ readout: z.string(), doses: z.array(z.number()) }).nullable(),
  tiles: z.array(z.object({ sha256: z.string(), x: z.int() })),
});
const metadata = z.object({
  channels: z.array(z.string()),
  sites: z.int(),
  plates: z.record(z.string(), z.object({ wells: z.array(z.string()) })),
});
const schemas: SchemaRegistry = { ...namedSchema("image", 1, image), ...namedSchema("metadata", 1, metadata) };
const images = { type: "topic-stream", "topic-name": "images", schema: "image@1" };
const table = { type: "topic-table", "topic-name": "metadata", schema: "metadata@1" };

/** Compiles one operation over images, with the table at hand. */
function compiled(operation: unknown, withTable = false): ReturnType<typeof compile> {
  const inputs = withTable ? ["images", "metadata"] : ["images"];
  const graph = {
    images,
    ...(withTable ? { metadata: table } : {}),
    node: { type: "stream-operation", inputs, function: operation },
  };
  return compile({ name: "d", graph }, { schemas });
}

const { codeOf, errorOf } = thrown;
const group = (rule: Record<string, unknown>): unknown => ({
  "group-complete": { by: ["plate"], member: ["well"], expect: { constant: 2 }, ...rule },
});

describe("a field that its producer does not write", () => {
  test.each<[string, unknown, string]>([
    ["rekey", { rekey: "{plate}/{design.readouts}" }, "design.readout"],
    ["rekey, by an index", { rekey: "{tiles[0].sha265}" }, "tiles.0.sha256"],
    ["map's set", { map: { set: { s: "{tiles.0.sha265}" } } }, "tiles.0.sha256"],
    ["map's set of a field", { map: { set: { s: { field: "design.reedout" } } } }, "design.readout"],
    ["map's pick", { map: { pick: ["plat"] } }, "plate"],
    ["map's rename", { map: { rename: { weel: "w" } } }, "well"],
    ["filter", { filter: { all: [{ not: { field: "design.readot", exists: true } }] } }, "design.readout"],
    ["branch", { branch: { a: { any: [{ field: "Plate", equals: "P" }] } } }, "plate"],
    ["dedupe", { dedupe: { by: ["plates"] } }, "plate"],
    ["flat-map", { "flat-map": { field: "tile", as: "t" } }, "tiles"],
    ["aggregate's by", { aggregate: { by: ["wells"], count: "n" } }, "well"],
    ["aggregate's sum", { aggregate: { by: ["well"], sum: { b: "sizeByte" } } }, "sizeBytes"],
    ["window's last", { window: { by: ["well"], last: ["plates"], sizeMs: 5 } }, "plate"],
    ["a group's by", group({ by: ["plate", "design.readuot"] }), "design.readout"],
    ["a group's member", group({ member: ["weII"] }), "well"],
    ["a group's carry", group({ carry: ["desing"] }), "design"],
    ["a group's expectation", group({ expect: { field: "sizeBites" } }), "sizeBytes"],
  ])("is an error that names both nodes, the path and the nearest one: %s", (_, operation, nearest) => {
    const error = errorOf(() => compiled(operation));
    expect(error).toMatchObject({ code: "engine/schema-mismatch", producer: "images", consumer: "node", nearest });
    expect(error.message).toMatch(
      /^Workflow "d", graph\.node\.function\..+ "node" reads field ".+", which "images" does not write\./,
    );
    expect(error.message).toContain(`Did you mean "${nearest}"?`);
  });

  test("is found in a table's row, in templated paths, expressions and the fields that a group knows of itself", () => {
    const expectation = (expect: unknown): unknown => group({ expect });
    const at = (expect: unknown) => errorOf(() => compiled(expectation(expect), true));
    expect(at({ table: "metadata", key: "{plate}", field: "chanels" })).toMatchObject({
      producer: "metadata",
      nearest: "channels",
    });
    expect(at({ table: "metadata", key: "{plate}", field: "plates.{plate}.well" })).toMatchObject({
      producer: "metadata",
      nearest: "plates.*.wells",
    });
    expect(at({ table: "metadata", key: "{well}", field: "channels" }).message).toContain(
      'which is not among the fields of its "by"',
    );
    expect(at({ expression: "site * channels.length", table: "metadata", key: "{plate}" })).toMatchObject({
      nearest: "sites",
    });
    expect(
      codeOf(() => compiled(expectation({ table: "metadata", key: "{plate}", field: "plates.{plate}.wells" }), true)),
    ).toBe("none");
    expect(
      codeOf(() => compiled(expectation({ expression: "sites * channels", table: "metadata", key: "{plate}" }), true)),
    ).toBe("none");
    const join = { join: { table: "metadata", key: "{plate}", as: "m", fields: ["site"] } };
    expect(errorOf(() => compiled(join, true))).toMatchObject({ producer: "metadata", nearest: "sites" });
  });

  test("is found after what operations make of records, without any schema", () => {
    const d = dag("d");
    const stream = d.stream<Record<string, unknown>>("in");
    stream
      .groupComplete("g", {
        by: ["plate", "design.readout"],
        member: ["well"],
        expect: { constant: 2 },
        collect: "images",
      })
      .rekey("good", "{design.readout}/{images[0].anything}/{generation}")
      .rekey("bad", "{wel}" as string);
    expect(errorOf(() => compile(d.build().document))).toMatchObject({
      producer: "good",
      consumer: "bad",
      fields: ["complete", "design", "expected", "failed", "generation", "images", "missing", "plate"],
    });
    const picked = { pick: ["a"], set: { b: { field: "x.y" }, c: "{a}", e: [{ f: 1 }] } };
    const graph = (read: string): unknown => ({
      name: "d",
      graph: {
        in: { type: "topic-stream", "topic-name": "in" },
        m: { type: "stream-operation", inputs: ["in"], function: { map: picked } },
        t: { type: "external-task", stream: "m", "task-name": "t", cache: { inputs: [read] } },
      },
    });
    for (const path of ["a", "a.deep", "b.deep", "e.*.f", "e[0].f"])
      expect(codeOf(() => compile(graph(path)))).toBe("none");
    for (const path of ["x", "e.*.g", "c.deep"])
      expect(codeOf(() => compile(graph(path)))).toBe("engine/schema-mismatch");
  });

  test("of several inputs all must have what a record cannot do without, and one what it can", () => {
    const part = (name: string, pick: string[]): Record<string, object> => ({
      [name]: { type: "topic-stream", "topic-name": name },
      [`${name}-part`]: { type: "stream-operation", inputs: [name], function: { map: { pick } } },
    });
    const graph = (rule: object): unknown => ({
      name: "d",
      graph: {
        ...part("a", ["plate", "part", "fresh"]),
        ...part("b", ["plate", "part"]),
        g: { type: "stream-operation", inputs: ["a-part", "b-part"], function: group({ member: ["part"], ...rule }) },
      },
    });
    expect(codeOf(() => compile(graph({ carry: ["fresh"] })))).toBe("none");
    expect(errorOf(() => compile(graph({ member: ["fresh"] })))).toMatchObject({ producer: "b-part", consumer: "g" });
    expect(errorOf(() => compile(graph({ carry: ["stale"] })))).toMatchObject({ producer: "a-part", consumer: "g" });
  });

  test("is nobody's affair after a function or a task, which may write anything", () => {
    const graph = {
      images,
      f: { type: "stream-operation", inputs: ["images"], function: "lib/f" },
      g: { type: "stream-operation", inputs: ["f"], function: { rekey: ["whatever.deep"] } },
      t: { type: "external-task", stream: "images", "task-name": "t" },
      u: { type: "stream-operation", inputs: ["t"], function: { rekey: ["whatever", "plate"] } },
    };
    expect(codeOf(() => compile({ name: "d", graph }, { schemas }))).toBe("none");
  });
});

describe("a field in another form than is wanted", () => {
  test.each<[string, unknown, RegExp]>([
    [
      "an object as a key",
      { rekey: ["design"] },
      /reads "design" as text, a number or a boolean, "images" writes an object or null/,
    ],
    ["text as a number", { filter: { field: "plate", above: 3 } }, /as a number, "images" writes text/],
    ["text as an array", { "flat-map": { field: "plate" } }, /as an array/],
    ["text to count by", group({ expect: { field: "plate" } }), /as a number or an array/],
  ])("is an error: %s", (_, operation, message) => {
    const error = errorOf(() => compiled(operation));
    expect(error.code).toBe("engine/field-type");
    expect(error.message).toMatch(message);
  });

  test("goes for the key that key-schema names", () => {
    const keyed = (rekey: string[]): unknown => ({
      name: "d",
      graph: { images, k: { type: "stream-operation", inputs: ["images"], function: { rekey }, "key-schema": "long" } },
    });
    expect(codeOf(() => compile(keyed(["sizeBytes"]), { schemas }))).toBe("none");
    expect(codeOf(() => compile(keyed(["plate"]), { schemas }))).toBe("engine/field-type");
    expect(codeOf(() => compile(keyed(["plate", "well"]), { schemas }))).toBe("engine/field-type");
  });
});

test("a node that names what it writes must write all that its schema requires", () => {
  const well = namedSchema(
    "well",
    1,
    z.object({ plate: z.string(), images: z.array(z.object({ channel: z.string() })) }),
  );
  const graph = (kind: "schema" | "value-schema"): unknown => ({
    name: "d",
    graph: {
      images,
      w: { type: "stream-operation", inputs: ["images"], function: group({ collect: "images" }), [kind]: "well" },
    },
  });
  for (const kind of ["schema", "value-schema"] as const) {
    const error = errorOf(() => compile(graph(kind), { schemas: { ...schemas, ...well } }));
    expect(error).toMatchObject({ code: "engine/schema-mismatch", field: "images.*.channel", at: kind });
  }
});

test("property: a path that a record has is accepted by the shape of its schema, and read alike with brackets and with dots", () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.string({ minLength: 1, maxLength: 4 }),
      fc.integer(),
      fc.array(tie("node"), { minLength: 1, maxLength: 2 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("node"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    ),
  })).node;
  const record = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), value, {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  });
  const schemaOf = (one: unknown): Record<string, unknown> => {
    if (Array.isArray(one)) return { type: "array", items: { anyOf: one.map(schemaOf) } };
    if (one === null || typeof one !== "object") return { type: typeof one === "number" ? "integer" : "string" };
    const properties = Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, schemaOf(inner)]));
    return { type: "object", properties, additionalProperties: false };
  };
  const leaves = (one: unknown, at: string): { path: string; leaf: string }[] => {
    if (Array.isArray(one)) return one.flatMap((inner, index) => leaves(inner, `${at}[${index}]`));
    if (one === null || typeof one !== "object") return [{ path: at, leaf: String(one) }];
    return Object.entries(one).flatMap(([name, inner]) => leaves(inner, at === "" ? name : `${at}.${name}`));
  };
  fc.assert(
    fc.property(record, (one) => {
      for (const { path, leaf } of leaves(one, "")) {
        if (/[{}]/.test(leaf)) continue;
        for (const written of [path, path.replaceAll(/\[(\d+)\]/g, ".$1")]) {
          const graph = {
            in: { type: "topic-stream", "topic-name": "in", schema: "record" },
            k: { type: "stream-operation", inputs: ["in"], function: { rekey: `{${written}}` } },
            out: { type: "publish", "topic-name": "out", stream: "k" },
          };
          const driver = testDriver(compile({ name: "d", graph, schemas: { record: schemaOf(one) as never } }));
          driver.push("in", one as Record<string, unknown>);
          expect(driver.read("out").map(({ key }) => key)).toEqual([leaf]);
        }
      }
    }),
    { numRuns: 40 },
  );
});
