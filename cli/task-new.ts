import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { sha256 } from "@artesian/data";
import { shellWord } from "@artesian/executors";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";

interface NewFlags {
  name?: string;
  to?: string;
  output?: string[];
  with?: string[];
  image?: string;
  json?: true;
}

/** What runs a script, by the ending of its name; others say it in their first line. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  ".py": "python3",
  ".r": "Rscript",
  ".sh": "sh",
  ".jl": "julia",
  ".pl": "perl",
  ".js": "node",
  ".mjs": "node",
  ".ts": "node",
};

const more = (value: string, all: string[] = []): string[] => [...all, value];

/** `artesian task new`: a script becomes a task of a workflow that carries it out for each file. */
export function registerTask(program: Command, { output, exit }: CommandContext): void {
  const task = program.command("task").description("Make tasks of your own.");
  task
    .command("new")
    .description(
      "Make a workflow of a script: it runs once for each file, with retries, a cache and a record of what it made.",
    )
    .argument(
      "<script>",
      "Python, R, shell, Julia, Perl or JavaScript; or any other whose first line says what runs it",
    )
    .argument("[files...]", "files to run it for; it gets the file's name as its argument")
    .option("--output <pattern>", "files that it leaves in its folder, such as '*.csv'; repeatable", more)
    .option("--with <file>", "a file that it reads each time; repeatable", more)
    .option("--image <image>", "run it in a container of this image")
    .option("--name <name>", "name of workflow and task (default: the script's)")
    .option("--to <dir>", "folder to write (default: the name)")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
The last line that the script prints may be a JSON object: its fields stand in the result beside its files.

Examples:
  $ artesian task new means.py plates/*.csv --output 'means.csv'
  $ artesian dag run means/workflow.json --data results --executors means/executors.json --input means_files=means/files.jsonl --read means_results`,
    )
    .action((script: string, files: string[], flags: NewFlags) => {
      const plan = taskPlan(script, files, flags);
      writePlan(plan);
      if (flags.json) output.json({ dir: plan.dir, workflow: join(plan.dir, "workflow.json"), run: plan.run });
      else {
        output.say(`Made ${plan.dir}/: ${[...plan.written.keys(), ...plan.copied.keys()].join(", ")}. Run it with:`);
        output.data(plan.run);
      }
      exit(EXIT.done);
    });
}

/** What `task new` writes, before anything is written. */
export interface TaskPlan {
  dir: string;
  /** Text of files by name. */
  written: Map<string, string>;
  /** Files to copy: name in the folder to where it is. */
  copied: Map<string, string>;
  /** The command that runs it. */
  run: string;
}

/** @throws UsageError for files that are not there, a name that cannot be one, or a folder that has something in it */
export function taskPlan(script: string, files: readonly string[], flags: Omit<NewFlags, "json">): TaskPlan {
  const { output = [], with: beside = [] } = flags;
  for (const file of [script, ...files, ...beside])
    if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`${file}: there is no such file.`);
  const name = flags.name ?? plainName(script);
  if (!/^[a-z][a-z0-9-]{0,60}$/.test(name))
    throw new UsageError(`--name ${name}: expected small letters, digits and hyphens, beginning with a letter.`);
  const dir = flags.to ?? name;
  if (existsSync(dir) && (!statSync(dir).isDirectory() || readdirSync(dir).length > 0))
    throw new UsageError(`${dir} is there already. Give another folder with --to.`);
  const own = [script, ...beside].map((file) => basename(file));
  const twice = own.find((one, i) => own.indexOf(one) !== i || files.some((file) => basename(file) === one));
  if (twice !== undefined)
    throw new UsageError(
      `Two files are called ${twice}; in the script's folder they would be one. Rename one of them.`,
    );
  const [input, result] = [`${name}_files`, `${name}_results`];
  const workflow = {
    name,
    graph: {
      files: { type: "topic-stream", "topic-name": input, key: "{file}" },
      ran: {
        type: "external-task",
        stream: "files",
        "task-name": name,
        executor: "local",
        // The same content is not worked through twice, wherever it lies.
        cache: { inputs: ["name", "sha256"] },
        parameters: {
          ...(flags.image !== undefined && { image: flags.image }),
          command: interpreterOf(script),
          argv: [basename(script), "{name}"],
          inputs: [
            { uri: "{file}", sha256: "{sha256}", as: "{name}" },
            ...own.map((one) => ({ uri: braced(one), as: braced(one) })),
          ],
          outputs: output.map((pattern) => ({ glob: braced(pattern) })),
          code: own.map(braced),
        },
      },
      results: { type: "publish", "topic-name": result, stream: "ran" },
    },
  };
  const records = files.map((file) => ({
    name: basename(file),
    file: resolve(file),
    sha256: sha256(readFileSync(file)),
  }));
  const here = relative(process.cwd(), resolve(dir)) || ".";
  const run = [
    ...["artesian", "dag", "run", `${here}/workflow.json`, "--data", `${here}-data`],
    ...["--executors", `${here}/executors.json`, "--input", `${input}=${here}/files.jsonl`, "--read", result],
  ]
    .map((word) => (/^[\w./=-]+$/.test(word) ? word : shellWord(word)))
    .join(" ");
  return {
    dir,
    written: new Map([
      ["workflow.json", `${JSON.stringify(workflow, null, 2)}\n`],
      [
        "executors.json",
        `${JSON.stringify({ local: { kind: flags.image === undefined ? "process" : "container" } })}\n`,
      ],
      ["files.jsonl", records.map((record) => `${JSON.stringify(record)}\n`).join("")],
      ["README.md", readme(name, run)],
    ]),
    copied: new Map([script, ...beside].map((file) => [basename(file), file])),
    run,
  };
}

function writePlan({ dir, written, copied }: TaskPlan): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of written) writeFileSync(join(dir, name), text);
  for (const [name, from] of copied) copyFileSync(from, join(dir, name));
}

/** @throws UsageError when neither the name nor the first line says it */
function interpreterOf(script: string): string {
  const known = INTERPRETERS[extname(script).toLowerCase()];
  if (known !== undefined) return known;
  const first = readFileSync(script, "utf8").split("\n", 1)[0] ?? "";
  const said = /^#!\s*(?:\S*\/env\s+)?(?:\S*\/)?([^\s/]+)\s*$/.exec(first)?.[1];
  if (said !== undefined) return said;
  throw new UsageError(
    `${script}: what runs it? Its name ends in none of ${Object.keys(INTERPRETERS).join(", ")}, and its first line is no #!/usr/bin/env PROGRAM.`,
  );
}

function plainName(script: string): string {
  return basename(script, extname(script))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

/** Text in which braces mean themselves. */
function braced(text: string): string {
  return text.replaceAll(/[{}]/g, "$&$&");
}

function readme(name: string, run: string): string {
  return `# ${name}

\`\`\`sh
${run}
\`\`\`

- \`files.jsonl\` has a line for each file: \`{"name": …, "file": …, "sha256": …}\`. Add lines and run it again: what was done is not done again.
- \`workflow.json\` is the graph; docs/dags.md says what it may hold, docs/executors.md what \`parameters\` mean (resources, environment, where outputs go).
- \`executors.json\` says where it runs: this machine, containers, SLURM, Kubernetes, AWS Batch.
`;
}
