import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { dag } from "./builder.ts";
import type { FailedMember, Stream } from "./builder-types.ts";
import { compile } from "./compile.ts";
import { operationSchema } from "./operations.ts";
import { parseSpec } from "./spec.ts";
import { testDriver } from "./test-driver.ts";

interface Image {
  plate: string;
  well: string;
  channel: string;
  sizeBytes: number;
  design?: { readout: string };
  tiles: { sha256: string }[];
}
interface Layout {
  wells: string[];
  role: string;
}

describe("what is built", () => {
  test("is the document that one would write by hand", () => {
    const plates = dag("plates", { version: "2", partitions: 4 });
    const layouts = plates.table<Layout>("layouts", { key: "{plate}" });
    plates
      .stream<Image>("images_channels", { node: "images", key: ["plate", "well"] })
      .groupComplete("wells", {
        by: ["plate", "well"],
        member: ["channel"],
        expect: { table: layouts, key: "{plate}", field: "channels" },
        collect: "images",
      })
      .task<{ cells: number }>("features", "measure", { timeout: 1000, cache: { inputs: ["images.*.tiles"] } })
      .publish("out", "well_features");
    expect(plates.build()).toEqual({
      document: {
        name: "plates",
        version: "2",
        partitions: 4,
        graph: {
          layouts: { type: "topic-table", "topic-name": "layouts", key: "{plate}" },
          images: { type: "topic-stream", "topic-name": "images_channels", key: "{plate}/{well}" },
          wells: {
            type: "stream-operation",
            inputs: ["images", "layouts"],
            function: {
              "group-complete": {
                by: ["plate", "well"],
                member: ["channel"],
                expect: { table: "layouts", key: "{plate}", field: "channels" },
                collect: "images",
              },
            },
          },
          features: {
            type: "external-task",
            stream: "wells",
            "task-name": "measure",
            timeout: 1000,
            cache: { inputs: ["images.*.tiles"] },
          },
          out: { type: "publish", "topic-name": "well_features", stream: "features" },
        },
      },
      functions: {},
    });
  });

  test("joins tables, looks the joined one up, joins it further and publishes it, with the types of its rows", () => {
    const built = dag("t");
    const layouts = built.table<Layout>("layouts");
    const doses = built.table<{ um: number }>("doses");
    const dosed = built.joinTables("dosed", layouts, doses, { as: "dose", kind: "left" });
    expectTypeOf<typeof dosed.row>().toExtend<(Layout & { dose: { um: number } | null }) | undefined>();
    const twice = built.joinTables("twice", dosed, doses, { as: "again" });
    twice.publish("out", "dosed");
    const known = built.stream<Image>("images").join("known", twice, { key: "{well}", as: "is" });
    known.filter("strong", ({ is }) => (is?.again.um ?? 0) > 1);
    const { document } = built.build();
    expect(document.graph).toMatchObject({
      dosed: {
        type: "stream-operation",
        inputs: ["layouts", "doses"],
        function: { "table-join": { left: "layouts", right: "doses", as: "dose", kind: "left" } },
      },
      twice: { inputs: ["dosed", "doses"], function: { "table-join": { left: "dosed", right: "doses", as: "again" } } },
      out: { type: "publish", stream: "twice", "topic-name": "dosed" },
      known: { inputs: ["images", "twice"] },
    });
    expect(compile(document).stores.map(({ kind }) => kind)).toEqual(["table", "table", "table-join", "table-join"]);
  });

  test("registers functions that are written in place under dag/node, and runs them", () => {
    const sizes = dag("sizes");
    sizes
      .stream<Image>("images")
      .filter("large", ({ sizeBytes }) => sizeBytes > 10)
      .flatMap("tiles", ({ plate, tiles }) => tiles.map((tile) => ({ key: tile.sha256, value: { plate, ...tile } })))
      .map("named", ({ plate, sha256 }) => ({ plate, name: `${plate}-${sha256}` }))
      .aggregate("names", {
        by: ["plate"],
        initial: () => ({ plate: "", names: [] as string[] }),
        add: (state, { plate, name }) => ({ plate, names: [...state.names, name] }),
      })
      .publish("out", "names_of_plates");
    const { document, functions } = sizes.build();
    expect(Object.keys(functions)).toEqual(["sizes/large", "sizes/tiles", "sizes/named", "sizes/names"]);
    expect(document.graph.named).toEqual({
      type: "stream-operation",
      inputs: ["tiles"],
      function: { map: "sizes/named" },
    });
    const driver = testDriver(compile(document, { functions }), { functions });
    const image = { plate: "P1", well: "C05", channel: "DNA", tiles: [{ sha256: "a" }, { sha256: "b" }] };
    driver.push("images", { ...image, sizeBytes: 11 });
    driver.push("images", { ...image, sizeBytes: 9 });
    expect(driver.read("names_of_plates").map(({ value }) => value)).toEqual([
      { plate: "P1", names: ["P1-a"] },
      { plate: "P1", names: ["P1-a", "P1-b"] },
    ]);
  });

  test("refuses a second node of one name, and keeps the first one's function", () => {
    const twice = dag("twice");
    const images = twice.stream<Image>("images");
    images.filter("same", ({ sizeBytes }) => sizeBytes > 1);
    const first = twice.build().functions["twice/same"];
    expect(() => images.filter("same", ({ sizeBytes }) => sizeBytes > 2)).toThrow(/there is a node "same" already/);
    expect(twice.build().functions["twice/same"]).toBe(first);
  });
});

/** How one step is built, and how it is written by hand. */
interface Form {
  build: (from: Stream<Image>, node: string, other: Stream<Image>) => unknown;
  write: (from: string, node: string, other: string) => Record<string, unknown>;
}
const layoutTable = { node: "layouts" };
const operation = (inputs: string[], given: unknown): Record<string, unknown> => ({
  type: "stream-operation",
  inputs,
  function: given,
});
const forms: Record<string, Form> = {
  "map, as data": {
    build: (from, node) => from.map(node, { pick: ["plate", "well"], set: { id: "{plate}/{well}" } }),
    write: (from) => operation([from], { map: { pick: ["plate", "well"], set: { id: "{plate}/{well}" } } }),
  },
  "map, a function": {
    build: (from, node) => from.map(node, (image) => ({ ...image })),
    write: (from, node) => operation([from], { map: `d/${node}` }),
  },
  "map, by name": {
    build: (from, node) => from.map<Image>(node, "lib/renamed", { label: "renamed" }),
    write: (from) => ({ ...operation([from], { map: "lib/renamed" }), label: "renamed" }),
  },
  "filter, as data": {
    build: (from, node) => from.filter(node, { all: [{ field: "channel", equals: "DNA" }, true] }),
    write: (from) => operation([from], { filter: { all: [{ field: "channel", equals: "DNA" }, true] } }),
  },
  "filter, a function": {
    build: (from, node) => from.filter(node, () => true),
    write: (from, node) => operation([from], { filter: `d/${node}` }),
  },
  "filter, by name": {
    build: (from, node) => from.filterBy(node, "lib/keeps"),
    write: (from) => operation([from], { filter: "lib/keeps" }),
  },
  "flat-map, as data": {
    build: (from, node) => from.flatMap(node, { field: "tiles", as: "tile", key: "{plate}" }),
    write: (from) => operation([from], { "flat-map": { field: "tiles", as: "tile", key: "{plate}" } }),
  },
  "flat-map, a function": {
    build: (from, node) => from.flatMap(node, (value) => [{ value }]),
    write: (from, node) => operation([from], { "flat-map": `d/${node}` }),
  },
  "rekey, fields": {
    build: (from, node) => from.rekey(node, ["plate", "design.readout"]),
    write: (from) => operation([from], { rekey: ["plate", "design.readout"] }),
  },
  "rekey, a template": {
    build: (from, node) => from.rekey(node, "{plate}-{tiles[0].sha256}"),
    write: (from) => operation([from], { rekey: "{plate}-{tiles[0].sha256}" }),
  },
  branch: {
    build: (from, node) => from.branch(node, { dna: { field: "channel", equals: "DNA" }, rest: true }).rest,
    write: (from) => operation([from], { branch: { dna: { field: "channel", equals: "DNA" }, rest: true } }),
  },
  merge: {
    build: (from, node, other) => from.merge(node, other),
    write: (from, _node, other) => operation([from, other], { merge: {} }),
  },
  dedupe: {
    build: (from, node) => from.dedupe(node, { by: ["plate"], retentionMs: 5 }),
    write: (from) => operation([from], { dedupe: { by: ["plate"], retentionMs: 5 } }),
  },
  "aggregate, as data": {
    build: (from, node) => from.aggregate(node, { by: ["plate"], count: "n", sum: { bytes: "sizeBytes" } }),
    write: (from) => operation([from], { aggregate: { by: ["plate"], count: "n", sum: { bytes: "sizeBytes" } } }),
  },
  "aggregate, a function": {
    build: (from, node) =>
      from.aggregate(node, { by: ["plate"], initial: () => ({ n: 0 }), add: ({ n }) => ({ n: n + 1 }) }),
    write: (from, node) => operation([from], { aggregate: { by: ["plate"], function: `d/${node}` } }),
  },
  window: {
    build: (from, node) => from.window(node, { by: ["plate"], count: "n", sizeMs: 10, graceMs: 1 }),
    write: (from) => operation([from], { window: { by: ["plate"], count: "n", sizeMs: 10, graceMs: 1 } }),
  },
  join: {
    build: (from, node) => from.join(node, layoutTable, { key: "{plate}", as: "layout", wait: true }),
    write: (from) =>
      operation([from, "layouts"], { join: { table: "layouts", key: "{plate}", as: "layout", wait: true } }),
  },
  "stream-join": {
    build: (from, node, other) =>
      from.joinStream(node, other, { by: ["plate"], as: "near", beforeMs: 5, afterMs: 6, kind: "left" }),
    write: (from, _node, other) =>
      operation([from, other], {
        "stream-join": { left: from, right: other, by: ["plate"], as: "near", beforeMs: 5, afterMs: 6, kind: "left" },
      }),
  },
  "group-complete": {
    build: (from, node) =>
      from.groupComplete(node, {
        by: ["plate"],
        member: ["well", "channel"],
        expect: { expression: "wells * 2", table: layoutTable, key: "{plate}" },
        gap: { wallClockMs: 10 },
      }),
    write: (from) =>
      operation([from, "layouts"], {
        "group-complete": {
          by: ["plate"],
          member: ["well", "channel"],
          expect: { expression: "wells * 2", table: "layouts", key: "{plate}" },
          gap: { wallClockMs: 10 },
        },
      }),
  },
  "external-task": {
    build: (from, node) => from.task<{ ok: boolean }>(node, "measure", { retry: { attempts: 2 } }),
    write: (from) => ({ type: "external-task", stream: from, "task-name": "measure", retry: { attempts: 2 } }),
  },
};

test("there is a form of every operation and node", () => {
  const named = new Set(Object.keys(forms).map((form) => form.split(",")[0]));
  const operations = operationSchema.options.map((option) => Object.keys(option.shape)[0]);
  // tables are joined with each other, not from a stream
  expect(operations.filter((name) => !named.has(name))).toEqual(["table-join"]);
  expect(named.has("external-task")).toBe(true);
});

test("property: any graph built is the graph written by hand, reads the same as its JSON text and compiles to the same plan", () => {
  const names = Object.keys(forms);
  const steps = fc.array(fc.record({ form: fc.constantFrom(...names), from: fc.nat(20) }), {
    minLength: 1,
    maxLength: 8,
  });
  const functions = { "lib/renamed": () => ({}), "lib/keeps": () => true };
  fc.assert(
    fc.property(steps, (chosen) => {
      const built = dag("d", { partitions: 3 });
      built.table<Layout>("layouts");
      const streams = [built.stream<Image>("images"), built.stream<Image>("others", { node: "more" })];
      const inputs = ["images", "more"];
      const graph: Record<string, unknown> = {
        layouts: { type: "topic-table", "topic-name": "layouts" },
        images: { type: "topic-stream", "topic-name": "images" },
        more: { type: "topic-stream", "topic-name": "others" },
      };
      for (const [index, { form, from }] of chosen.entries()) {
        const { build, write } = forms[form] as Form;
        // only what has images goes on: everything else is an end
        const at = from % 2;
        const [stream, other] = [streams[at], streams[1 - at]] as [Stream<Image>, Stream<Image>];
        const node = `n${index}`;
        build(stream, node, other);
        graph[node] = write(inputs[at] ?? "", node, inputs[1 - at] ?? "");
        if (form.startsWith("filter") || form === "dedupe") {
          streams[at] = build(stream, `${node}-again`, other) as Stream<Image>;
          graph[`${node}-again`] = write(inputs[at] ?? "", `${node}-again`, inputs[1 - at] ?? "");
          inputs[at] = `${node}-again`;
        }
      }
      const { document, functions: own } = built.build();
      expect(document).toEqual({ name: "d", partitions: 3, graph });
      const registry = { ...functions, ...own };
      const text = JSON.stringify(document);
      expect(parseSpec(text)).toEqual(parseSpec(document));
      expect(compile(text, { functions: registry })).toEqual(
        compile({ name: "d", partitions: 3, graph }, { functions: registry }),
      );
    }),
    { numRuns: 150 },
  );
});

describe("types", () => {
  const build = () => dag("types").stream<Image>("images");
  const layouts = { node: "layouts" } as import("./builder-types.ts").Table<Layout>;
  type Of<S> = S extends Stream<infer T> ? T : never;

  test("follow a map as data: what is picked, renamed and set", () => {
    const mapped = build().map("m", {
      pick: ["plate", "sizeBytes"],
      rename: { sizeBytes: "size" },
      set: { id: "{plate}!", n: 3 },
    });
    expectTypeOf<Of<typeof mapped>>().toEqualTypeOf<{ plate: string; size: number; id: string | null; n: 3 }>();
  });

  test("know a group's members, a join's row, a task's result, an aggregate's sums", () => {
    const group = build().groupComplete("g", {
      by: ["plate"],
      member: ["well"],
      expect: { constant: 2 },
      collect: "images",
    });
    expectTypeOf<Of<typeof group>>().toEqualTypeOf<{
      plate: string;
      images: Image[];
      complete: boolean;
      expected: number | null;
      missing: string[];
      failed: FailedMember[];
      generation: number;
    }>();
    const joined = build()
      .map("k", { pick: ["plate"] })
      .join("j", layouts, { key: "{plate}", as: "layout", fields: ["role"] });
    expectTypeOf<Of<typeof joined>>().toEqualTypeOf<{ plate: string; layout: { role: string } | null }>();
    const task = build()
      .map("p", { pick: ["plate"] })
      .task<{ cells: number }>("t", "measure");
    expectTypeOf<Of<typeof task>>().toEqualTypeOf<{ plate: string; cells: number }>();
    const sums = build().aggregate("a", { by: ["plate"], count: "n", sum: { bytes: "sizeBytes" } });
    expectTypeOf<Of<typeof sums>>().toEqualTypeOf<{ plate: string; n: number; bytes: number }>();
    const near = build().joinStream("s", joined, { by: ["plate"], as: "near", beforeMs: 1, afterMs: 1, kind: "left" });
    expectTypeOf<Of<typeof near>["near"]>().toEqualTypeOf<{ plate: string; layout: { role: string } | null } | null>();
    const tiles = build().flatMap("f", { field: "tiles", as: "tile" });
    expectTypeOf<Of<typeof tiles>["tile"]>().toEqualTypeOf<{ sha256: string }>();
  });

  test("refuse fields that records do not have, at any depth and in templates", () => {
    const images = build();
    // @ts-expect-error there is no such field
    images.dedupe("a", { by: ["plat"] });
    // @ts-expect-error nor below another
    images.rekey("b", ["design.readouts"]);
    // @ts-expect-error nor in a template
    images.rekey("c", "{plate}/{wel}");
    // @ts-expect-error a group reads its members' fields
    images.groupComplete("d", { by: ["plate"], member: ["chanel"], expect: { constant: 1 } });
    // @ts-expect-error only arrays are flattened
    images.flatMap("e", { field: "plate" });
    // @ts-expect-error a row has no such field
    images.join("f", layouts, { key: "{plate}", as: "layout", fields: ["wels"] });
    // @ts-expect-error functions see the record's type
    images.map("g", ({ plat }) => ({ plat }));
    expectTypeOf(images.rekey("h", "{tiles[0].sha256}")).toEqualTypeOf<Stream<Image>>();
  });
});
