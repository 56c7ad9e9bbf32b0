import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeDurably } from "@artesian/data";
import type { AttemptRef, Exit, TaskSpec } from "./executor.ts";

/** Where folders are until they are complete, and after they were given up. */
const unmade = ".making";
const dayMs = 24 * 3600 * 1000;

/**
 * An attempt's folder, `SCOPE/ATTEMPT`: `spec.json`, `run.sh` (the wrapper), `work/` (where the command runs), `claim/` (made by the wrapper
 * that runs it: a second one ends at once), `handle` (the scheduler's name of the job that claimed it), `pid`, `stdout`, `stderr`, `exit.json` (last, atomically), `ref.json` (the executor's name of
 * it) and `answer.json` (what was told to the engine).
 */
export const attemptFolder = (scope: string, attemptId: string): string => join(scope, attemptId);

/** Text as one word of a POSIX shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The wrapper around a command: POSIX sh, the same for every executor. It runs the command at most once, whoever starts it how often.
 * @param argv program and arguments, started in `work/`
 */
export function wrapperText(argv: readonly string[], env: Readonly<Record<string, string>>): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return `#!/bin/sh
# Runs one attempt: claims it, runs its command in work/, writes exit.json last.
cd "$(dirname "$0")" || exit 70
mkdir claim 2>/dev/null || exit 0
[ -z "$ARTESIAN_HANDLE" ] || echo "$ARTESIAN_HANDLE" > handle
echo "$$" > pid
started=$(date +%s)
${exports.join("\n")}
child=
trap 'kill -TERM "$child" 2>/dev/null; wait "$child"; exit 143' TERM INT
(cd work && exec ${argv.map(shellWord).join(" ")}) > stdout 2> stderr < /dev/null &
child=$!
wait "$child"
code=$?
# Who ends a job signals all of it at once: a command that was ended by a signal may be dead a moment before this shell is told.
[ "$code" -le 128 ] || { sleep 1 & wait "$!"; }
trap '' TERM INT
printf '{"code":%s,"startedAt":%s000,"endedAt":%s000}\\n' "$code" "$started" "$(date +%s)" > exit.json.part
sync exit.json.part 2>/dev/null
mv exit.json.part exit.json
exit "$code"
`;
}

/**
 * Makes an attempt's folder without starting anything; one that is there is kept as it is. It comes to sight complete: of two processes
 * that prepare one attempt, neither sees what the other has half done.
 * @param argv what the wrapper starts: the task's own command, or a container around it
 * @returns whether it was made now
 */
export async function prepareAttempt(
  scope: string,
  spec: TaskSpec,
  argv: readonly string[],
  fill: (work: string) => Promise<void>,
): Promise<boolean> {
  const dir = attemptFolder(scope, spec.attemptId);
  const isThere = (): boolean => existsSync(join(dir, "run.sh"));
  if (isThere()) return false;
  const making = join(scope, unmade, `${spec.attemptId}-${randomUUID()}`);
  try {
    const work = join(making, "work");
    await mkdir(work, { recursive: true });
    await fill(work);
    await writeDurably(join(making, "spec.json"), JSON.stringify(spec));
    await writeDurably(join(making, "run.sh"), wrapperText(argv, spec.env));
    if (existsSync(dir) && !isThere()) await discardAttempt(scope, dir);
    return await rename(making, dir).then(
      () => true,
      (error: unknown) => {
        if (isThere()) return false;
        throw error;
      },
    );
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** Removes an attempt's folder: at once for who looks for it, even while another process writes into it. */
export async function discardAttempt(scope: string, dir: string): Promise<void> {
  const aside = join(scope, unmade, `gone-${randomUUID()}`);
  await mkdir(dirname(aside), { recursive: true });
  try {
    await rename(dir, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes what processes that were killed had begun to prepare or to remove, a day ago and more. */
export async function sweepUnmade(scope: string): Promise<void> {
  const folder = join(scope, unmade);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const made = await stat(path).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > dayMs) await rm(path, { recursive: true, force: true });
  }
}

/** What the wrapper wrote last; undefined while the command has not ended. */
export function readExit(dir: string): Promise<Exit | undefined> {
  return readJson<Exit>(join(dir, "exit.json"));
}

/** A JSON file; undefined when it is not there. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The scheduler's name of the job that runs an attempt, by its own word; undefined while none does, or on this machine. */
export async function claimedBy(dir: string): Promise<string | undefined> {
  return (await readFile(join(dir, "handle"), "utf8").catch(() => "")).trim() || undefined;
}

/** Notes the executor's name of an attempt, so that another process finds it. */
export function noteRef(ref: AttemptRef): Promise<void> {
  return writeDurably(join(ref.dir, "ref.json"), JSON.stringify(ref));
}

/**
 * Keeps what is told to the engine of an attempt, once: of two processes that saw it end, the first one's word is what both say.
 * @returns the word that stands
 */
export async function keepAnswer<T>(dir: string, answer: T): Promise<T> {
  const path = join(dir, "answer.json");
  const part = join(dir, `answer-${randomUUID()}.part`);
  await writeDurably(part, JSON.stringify(answer));
  try {
    await link(part, path);
    return answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await readJson<T>(path)) ?? answer;
  } finally {
    await rm(part, { force: true });
  }
}

/** Of these attempts, those that are complete on disk and not answered: all that may still run, or have ended unseen. */
export function openAttempts(
  scope: string,
  attemptIds: readonly string[],
): Promise<{ attemptId: string; dir: string; ref: AttemptRef | undefined }[]> {
  const open = attemptIds
    .map((attemptId) => ({ attemptId, dir: attemptFolder(scope, attemptId) }))
    .filter(({ dir }) => existsSync(join(dir, "run.sh")) && !existsSync(join(dir, "answer.json")));
  return Promise.all(open.map(async (one) => ({ ...one, ref: await readJson<AttemptRef>(join(one.dir, "ref.json")) })));
}

/** The last lines of what a command said, for people. */
export async function lastLines(path: string, lines: number): Promise<string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text
    .trimEnd()
    .split("\n")
    .slice(-lines)
    .filter((line) => line !== "");
}
