import { openPlace, type Place } from "@artesian/data";
import {
  type ProjectIndex,
  projectKey,
  readIndex,
  readPortalIndex,
  STATS_PREFIX,
  verifyPortal,
} from "@artesian/workflows";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { addressOf } from "./stats-options.ts";
import { entryLines } from "./stats-run.ts";
import { storeEnvironment } from "./store-environment.ts";

interface ShowFlags {
  out: string;
  json?: true;
}

/** `artesian stats show`: what is published, of all projects or of one. */
export async function statsShow(project: string | undefined, flags: ShowFlags, context: CommandContext): Promise<void> {
  const { output, exit } = context;
  const dest = openPlace(addressOf(flags.out), storeEnvironment());
  if (project === undefined) {
    const projects = await readPortalIndex(dest);
    if (projects.length === 0) throw nothingPublished(flags.out);
    if (flags.json) output.json({ projects });
    else for (const entry of projects) for (const line of entryLines(entry)) output.data(line);
    return exit(EXIT.done);
  }
  const index = await readIndex(dest, project);
  if (index === undefined) {
    const known = (await readPortalIndex(dest)).map((entry) => entry.project);
    if (known.length === 0) throw nothingPublished(flags.out);
    throw new UsageError(
      `${project}: there is no such project in ${flags.out}. There ${known.length === 1 ? "is" : "are"} ${known.slice(0, 10).join(", ")}${known.length > 10 ? " …" : ""}.`,
    );
  }
  if (flags.json) output.json(index);
  else for (const line of projectLines(index, dest)) output.data(line);
  exit(EXIT.done);
}

function nothingPublished(out: string): UsageError {
  return new UsageError(
    `${out}: nothing is published there (no ${STATS_PREFIX}index.json). Publish: artesian stats run SOURCE --out ${out}`,
  );
}

function projectLines(index: ProjectIndex, dest: Place): string[] {
  const lines = [`${index.project}${index.title === null ? "" : ` (${index.title})`}: ${index.status}`];
  if (index.skip !== null)
    lines.push(`  skipped: ${index.skip.reason}${index.skip.owner === null ? "" : ` (${index.skip.owner})`}`);
  if (index.problem !== null) lines.push(`  ${index.problem.message} [${index.problem.code}]`);
  for (const matrix of index.matrices) {
    const facts = [
      matrix.format,
      matrix.cells === null ? null : `${matrix.cells} cells, ${matrix.cellsKept} kept`,
      matrix.genes === null ? null : `${matrix.genes} genes`,
      matrix.entries === null ? null : `${matrix.entries} entries`,
      matrix.digest === null ? null : `content ${matrix.digest.slice(0, 12)}`,
    ].filter((fact) => fact !== null);
    lines.push(`  ${matrix.matrix}: ${matrix.status}${facts.length === 0 ? "" : `, ${facts.join(", ")}`}`);
    if (matrix.problem !== null) lines.push(`    ${matrix.problem.message} [${matrix.problem.code}]`);
    if (matrix.figuresOf !== null)
      lines.push(`    its figures are of the earlier content ${matrix.figuresOf.slice(0, 12)}`);
    for (const { message } of matrix.warnings) lines.push(`    note: ${message}`);
    for (const split of matrix.splits)
      for (const figure of split.figures) {
        const key = projectKey(index.project, `${split.folder}/${figure.id}`);
        lines.push(`    ${figure.title}: ${dest.uri}/${key}.{${figure.files.join(",")}}`);
        if (figure.problem !== null) lines.push(`      ${figure.problem.message} [${figure.problem.code}]`);
      }
  }
  for (const { key, message } of index.leftovers) lines.push(`  left over: ${key}: ${message}`);
  return lines;
}

interface VerifyFlags {
  out: string;
  project?: string[];
  redraw?: true;
  json?: true;
}

/** `artesian stats verify`: every published file against its index. */
export async function statsVerify(flags: VerifyFlags, { output, exit }: CommandContext): Promise<void> {
  const dest = openPlace(addressOf(flags.out), storeEnvironment());
  const check = await verifyPortal(dest, {
    only: flags.project,
    redraw: flags.redraw,
    onProgress: (done, total, project) => output.progress(`projects ${done}/${total} · ${project}`),
  });
  output.settle();
  if (flags.json) output.json(check);
  else for (const { key, fault, message } of check.faults) output.data(`${key}: ${fault}: ${message}`);
  const files = check.files === 1 ? "One file" : `${check.files} files`;
  output.say(
    check.faults.length === 0
      ? `${files} of ${check.projects} projects are as they were published.`
      : `${check.faults.length} of ${check.files} files are not as they were published. Publish again: artesian stats run SOURCE --out ${flags.out} --force`,
  );
  exit(check.faults.length === 0 ? EXIT.done : EXIT.failed);
}
