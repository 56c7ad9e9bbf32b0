import { readFileSync } from "node:fs";
import * as data from "@artesian/data";
import { expect, it } from "vitest";
import * as maps from "./index.ts";

const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example = ""]) => example);

it.each(examples.map((example, i) => [i + 1, example] as const))(
  "does in the README's example %i what its comments say",
  async (_, example) => {
    const checks: [unknown, string][] = [];
    const body = example
      .replace(/^import \{(.*)\} from "@artesian\/[\w-]+";$/gm, "const {$1} = room;")
      .replace(
        /^(?!const| |\})(.+); \/\/ (.+)$/gm,
        (_, expression: string, value: string) => `check(${expression}, ${JSON.stringify(value)});`,
      );
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    await new AsyncFunction("room", "check", body)({ ...data, ...maps }, (found: unknown, said: string) =>
      checks.push([found, said]),
    );
    expect(checks.length).toBeGreaterThan(1);
    for (const [found, said] of checks) expect(JSON.stringify(found)).toBe(said);
  },
);
