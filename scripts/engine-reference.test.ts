import { expect, test } from "vitest";
import { declarationsIn, engineReference, exportsOf } from "./engine-reference.ts";

test("takes declarations out of a .d.ts with their docstrings, whatever brackets and signs are in them", () => {
  const text = `import { x } from "./x.js";
/** A shape: \`{\` is one sign of it. */
export interface Shape {
    /** Its size; "}" is not its end. */
    size: number;
    at: {
        x: number;
    };
}
/**
 * Measures.
 * @param shape what
 * @throws NoShapeError (a/b)
 */
export declare function measure(shape: Shape, more?: { unit: string }): Promise<number>;
export declare function measure(shape: Shape): number;
export declare class Box {
    #private;
    private constructor();
    open(): void;
}
export type Kind = "a" | "b";
declare const hidden: number;
`;
  const found = declarationsIn(text);
  expect([...found.keys()]).toEqual(["Shape", "measure", "Box", "Kind"]);
  expect(found.get("Shape")).toEqual({
    name: "Shape",
    doc: "A shape: `{` is one sign of it.",
    code: 'interface Shape {\n  /** Its size; "}" is not its end. */\n  size: number;\n  at: {\n    x: number;\n  };\n}',
  });
  expect(found.get("measure")).toEqual({
    name: "measure",
    doc: "Measures.\n@param shape what\n@throws NoShapeError (a/b)",
    code: "function measure(shape: Shape, more?: { unit: string }): Promise<number>;\nfunction measure(shape: Shape): number;",
  });
  expect(found.get("Box")?.code).toBe("class Box {\n  open(): void;\n}");
});

test("writes out the fields and the constructor of an error that its base gives it", () => {
  const text = `declare const LockedError_base: import("../data/define-error.ts").ErrorClass<"engine/locked", [dir: string, sides: {
    name: string;
}[]], {
    dir: string;
    sides: {
        name: string;
    }[];
}>;
/** In use. */
export declare class LockedError extends LockedError_base {
}
declare const StoppedError_base: import("../data/define-error.ts").ErrorClass<"engine/stopped", [], {}>;
/** Over. */
export declare class StoppedError extends StoppedError_base {
}
`;
  expect([...declarationsIn(text).values()].map(({ code }) => code)).toEqual([
    'class LockedError extends Error {\n  readonly code = "engine/locked";\n  readonly dir: string;\n  readonly sides: {\n    name: string;\n  }[];\n  constructor(dir: string, sides: {\n    name: string;\n  }[]);\n}',
    'class StoppedError extends Error {\n  readonly code = "engine/stopped";\n  constructor();\n}',
  ]);
});

test("follows an index: names, types, whole modules, in its order", () => {
  const index =
    'export { type A, b } from "./one.js";\nexport * from "./two.js";\nexport type { C } from "./kafka/three.js";';
  expect(exportsOf(index)).toEqual([
    { module: "one", names: ["A", "b"] },
    { module: "two", names: "all" },
    { module: "kafka/three", names: ["C"] },
  ]);
});

test("tells of every name that the engine gives, once", async () => {
  const text = engineReference();
  const told = [...text.matchAll(/^### (\w+)$/gm)].map((match) => match[1] ?? "");
  const given = Object.keys(await import("@artesian/engine"));
  expect(given.filter((name) => !told.includes(name))).toEqual([]);
  expect(told.filter((name, index) => told.indexOf(name) !== index)).toEqual([]);
});
