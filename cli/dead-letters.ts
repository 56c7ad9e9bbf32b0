import { dirname, resolve } from "node:path";
import { type DeadLetterRow, redriveStopped } from "@artesian/engine";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { isDeployment } from "./deployment-folder.ts";
import { withEngines } from "./engines-of.ts";
import { EXIT, UsageError } from "./exit.ts";

interface LetterFlags {
  data: string;
  node?: string;
  json?: true;
}

/** A dead letter with the engine that holds it. Ids count within an engine: `ENGINE:3` names one of several. */
interface Letter extends DeadLetterRow {
  dir: string;
  name: string;
}

const page = 500;

/** `artesian dead-letters`: what was set aside with its reason, and how it is sent again. */
export function registerDeadLetters(program: Command, { output, exit }: CommandContext): void {
  const letters = program
    .command("dead-letters")
    .description("Records, tasks and groups that were set aside, with why.");
  const withOptions = (command: Command): Command =>
    command.requiredOption("--data <dir>", "data folder").option("--json", "one JSON document on stdout");

  withOptions(letters.command("list").description("List dead letters, oldest first."))
    .option("--node <dag.node>", "of one node only")
    .action((flags: LetterFlags) => {
      const found = allLetters(flags);
      if (flags.json) output.json(found.map(documentOf));
      else
        for (const one of found)
          output.data(
            [one.name, new Date(one.at).toISOString(), one.node, one.key, one.state, one.code, one.message].join("\t"),
          );
      if (!flags.json) output.say(found.length === 0 ? "No dead letters." : `${found.length} dead letters.`);
      exit(EXIT.done);
    });

  withOptions(letters.command("show").description("Show one dead letter with its record and the attempts of its task."))
    .argument("<id>", "id as listed")
    .action((id: string, flags: LetterFlags) => {
      const [one] = chosen([id], flags);
      if (one === undefined) throw new UsageError(`There is no dead letter ${id}.`);
      const task = withEngines(flags.data, (engines) =>
        one.taskId === undefined
          ? undefined
          : engines.find(({ dir }) => dir === one.dir)?.reader.inspector.task(one.taskId),
      );
      if (flags.json) output.json({ ...documentOf(one), attempts: task?.attemptRows ?? [] });
      else {
        output.data(
          `${one.name} · ${one.kind} · ${one.node} · key ${one.key} · ${new Date(one.at).toISOString()} · ${one.state}`,
        );
        output.data(`${one.message} [${one.code}]`);
        output.data(JSON.stringify(one.value, null, 2));
        for (const { attempt, outcome, error, log } of task?.attemptRows ?? []) {
          output.data(
            `attempt ${attempt}: ${outcome}${error === undefined ? "" : ` · ${error.message} [${error.code}]`}`,
          );
          for (const line of log.slice(-20)) output.data(`  ${line}`);
        }
      }
      exit(EXIT.done);
    });

  withOptions(letters.command("redrive").description("Send dead letters through their nodes again, with new attempts."))
    .argument("[id...]", "ids as listed; or --all")
    .option("--all", "every open one")
    .option(
      "--url <address>",
      "of the process that runs the engine, when one does: artesian dag run --port, serve, watch",
    )
    .action((ids: string[], flags: LetterFlags & { all?: true; url?: string }) =>
      redrive(ids, flags, { output, exit }),
    );
}

async function redrive(
  ids: readonly string[],
  flags: LetterFlags & { all?: true; url?: string },
  { output, exit }: CommandContext,
): Promise<void> {
  if ((ids.length === 0) !== (flags.all === true)) throw new UsageError("Give ids, or --all.");
  const open = (flags.all ? allLetters(flags) : chosen(ids, flags)).filter(({ state }) => state === "open");
  let redriven = 0;
  for (const [dir, letters] of Map.groupBy(open, ({ dir }) => dir)) {
    const numbers = letters.map(({ id }) => id);
    redriven +=
      flags.url === undefined
        ? redriveHere(dir, numbers)
        : await redriveThere(flags.url, letters[0]?.node ?? "", numbers);
  }
  if (flags.json) output.json({ redriven });
  else
    output.say(
      `${redriven} sent again${flags.url === undefined && redriven > 0 ? "; they are worked on when the workflow is run next" : ""}.`,
    );
  exit(EXIT.done);
}

function redriveHere(dir: string, ids: readonly number[]): number {
  if (isDeployment(dir))
    throw new UsageError(
      `${dir}: these dead letters lie on Kafka. Give --url with the address of a process that serves the deployment's pages: artesian serve --engine kafka.`,
    );
  try {
    return redriveStopped(dir, ids, Date.now());
  } catch (error) {
    if ((error as { code?: string }).code !== "engine/locked") throw error;
    throw new UsageError(`${(error as Error).message} Give --url with the address where it serves its pages.`);
  }
}

/** Asks the server whose newest run is of this node's workflow. */
async function redriveThere(url: string, node: string, ids: readonly number[]): Promise<number> {
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    let answer: Response;
    try {
      answer = await fetch(new URL(path, url), init);
    } catch (error) {
      throw new UsageError(`--url ${url}: does not answer (${error instanceof Error ? error.message : error}).`);
    }
    const document: unknown = await answer.json();
    if (!answer.ok)
      throw new UsageError(`--url ${url}: ${(document as { message?: string }).message ?? answer.status}`);
    return document;
  };
  const workflow = node.slice(0, node.indexOf("."));
  const { runs } = (await ask("/api/v1/runs?limit=200")) as { runs: { id: string; workflow: string; state: string }[] };
  const run = runs.find((one) => one.workflow === workflow && one.state === "running");
  if (run === undefined) throw new UsageError(`--url ${url}: no run of ${workflow} is live there.`);
  const body = JSON.stringify({ ids: ids.map(String) });
  const headers = { "content-type": "application/json" };
  const told = await ask(`/api/v1/runs/${run.id}/dead-letters/redrive`, { method: "POST", headers, body });
  return (told as { accepted: number }).accepted;
}

function allLetters({ data, node }: LetterFlags): Letter[] {
  return withEngines(data, (engines) =>
    engines.flatMap(({ dir, reader }) => {
      const found: Letter[] = [];
      const prefix = engines.length === 1 ? "" : `${dir.slice(dirname(dir).length + 1)}:`;
      for (let after = 0; ; after = found.at(-1)?.id ?? 0) {
        const rows = reader.inspector.deadLetters({ limit: page, after });
        found.push(...rows.map((row) => ({ ...row, dir: resolve(dir), name: `${prefix}${row.id}` })));
        if (rows.length < page) return found.filter((one) => node === undefined || one.node === node);
      }
    }),
  );
}

function chosen(ids: readonly string[], flags: LetterFlags): Letter[] {
  const letters = allLetters(flags);
  return ids.map((id) => {
    const found = letters.find(({ name }) => name === id);
    if (found === undefined)
      throw new UsageError(`There is no dead letter ${id}: artesian dead-letters list --data ${flags.data}`);
    return found;
  });
}

function documentOf({ dir: _dir, id: _id, name, ...letter }: Letter): object {
  return { id: name, ...letter, at: new Date(letter.at).toISOString() };
}
