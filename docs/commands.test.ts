import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../cli/program.ts";

const root = join(import.meta.dirname, "..");
const nothing = (): void => {};
const program = createProgram(
  { json: nothing, data: nothing, say: nothing, progress: nothing, settle: nothing },
  nothing,
);
type Command = typeof program;

const documents = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map((name) => name),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** Commands in code blocks, continuation lines joined, comments and redirections cut off. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/^```(?:sh|text)\n([\s\S]*?)^```/gm)].flatMap((block) =>
    (block[1] ?? "")
      .replaceAll(/\\\n\s*/g, " ")
      .split("\n")
      .map((line) => line.trim())
      .flatMap((line) => /^(?:\$ |npx )(artesian .+)$/.exec(line)?.[1] ?? [])
      .map((line) => line.replace(/\s(?:#|>|\s{2,}).*$/, "")),
  );
}

function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** What a command line says that the command tree does not know. */
function unknownIn(line: string): string[] {
  let command: Command = program;
  let needed: Command["registeredArguments"][number][] = [];
  const given = words(line).slice(1);
  const options: string[] = [];
  const problems: string[] = [];
  let values = 0;
  for (let index = 0; index < given.length; index++) {
    const word = given[index] ?? "";
    if (word === "--help") return [];
    if (word.startsWith("--")) {
      const option = command.options.find(({ long }) => long === word);
      if (option === undefined) problems.push(`${command.name()} has no ${word}`);
      else {
        options.push(word);
        if (option.required) index++;
        while (option.variadic && given[index + 1] !== undefined && !given[index + 1]!.startsWith("--")) index++;
      }
      continue;
    }
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) values++;
    else {
      command = below;
      needed = [...below.registeredArguments];
    }
  }
  const least = needed.filter(({ required }) => required).length;
  if ((values < least || values > needed.length) && !/\[options\]/.test(line))
    problems.push(`${command.name()} takes ${needed.length} arguments, ${values} are given`);
  for (const option of command.options)
    if (option.mandatory && !options.includes(option.long ?? "") && !/\[options\]/.test(line))
      problems.push(`${command.name()} needs ${option.long}`);
  return problems;
}

describe("commands that documents show", () => {
  it.each(documents)("of %s are known with all of their options", (document) => {
    const lines = commandsIn(readFileSync(join(root, document), "utf8"));
    expect(lines.flatMap((line) => unknownIn(line).map((problem) => `${line}: ${problem}`))).toEqual([]);
  });

  it("are found, and a wrong one is noticed", () => {
    expect(commandsIn(readFileSync(join(root, "docs/getting-started.md"), "utf8")).length).toBeGreaterThan(4);
    expect(unknownIn("artesian serve --dta x")).toEqual(["serve has no --dta", "serve takes 0 arguments, 1 are given"]);
    expect(unknownIn("artesian run phenomics --images x")).toEqual(["phenomics needs --out"]);
  });

  it("run npm scripts that there are, and files that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = documents.flatMap((document) =>
      [...readFileSync(join(root, document), "utf8").matchAll(/npm run ([a-z][a-z:0-9-]*)/g)].map(
        (match) => match[1] ?? "",
      ),
    );
    expect([...new Set(named)].filter((name) => !(name in scripts) && name !== "build")).toEqual([]);
    const files = Object.values(scripts).flatMap((script) => /^node (\S+\.[jt]s)/.exec(script)?.[1] ?? []);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
