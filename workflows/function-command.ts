import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { withLocalFile } from "@artesian/data";
import { FunctionRunError } from "./errors.ts";
import type { FunctionBody, ObjectFunction } from "./function-declaration.ts";
import type { HandlerContext, HandlerEvent, HandlerResult } from "./function-handler.ts";

/** A program with its arguments, its variables and how to end what it leaves behind. */
export interface CommandPlan {
  argv: string[];
  env: Record<string, string>;
  /** Run when the attempt is called off: a container outlives the program that started it. */
  atEnd: string[] | undefined;
}

/** The exit code by which a program says that the object itself is wrong, so that trying again is of no use (EX_DATAERR of sysexits.h). */
const DATA_ERROR = 65;
const MOST_OUTPUT = 1 << 20;
/** Between being asked to end and being ended. */
const PATIENCE_MS = 200;
const PASSED_ON = ["PATH", "HOME", "LANG", "TMPDIR"];

/**
 * What is started for an event. Places `{path} {uri} {bucket} {key} {version} {idempotencyKey}` in arguments are filled in; there is no shell. A
 * container sees the object at `/in/NAME`, read-only, no network unless the declaration allows it, and nothing else.
 * @param path the object as a file of this machine
 * @param name names a container; letters, digits and hyphens
 */
export function planCommand(
  fn: Pick<ObjectFunction, "env"> & { body: Extract<FunctionBody, { kind: "command" | "container" }> },
  event: HandlerEvent,
  given: {
    path: string;
    idempotencyKey: string;
    name: string;
    runtime: string;
    env: Readonly<Record<string, string | undefined>>;
  },
): CommandPlan {
  const { body } = fn;
  const seen = body.kind === "container" ? `/in/${basename(given.path)}` : given.path;
  const values: Record<string, string> = {
    path: seen,
    uri: event.uri,
    bucket: event.bucket,
    key: event.key,
    version: event.versionId ?? event.etag,
    idempotencyKey: given.idempotencyKey,
  };
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
  const own = { ARTESIAN_URI: event.uri, ARTESIAN_PATH: seen, ARTESIAN_IDEMPOTENCY_KEY: given.idempotencyKey };
  const named = Object.fromEntries(
    fn.env.flatMap((name) => (given.env[name] === undefined ? [] : [[name, String(given.env[name])]])),
  );
  const base = Object.fromEntries(
    PASSED_ON.flatMap((name) => (given.env[name] === undefined ? [] : [[name, String(given.env[name])]])),
  );
  if (body.kind === "command")
    return { argv: body.argv.map(fill), env: { ...base, ...named, ...own }, atEnd: undefined };
  // Values stay out of the arguments, which every user of the machine can see.
  const variables = Object.keys({ ...named, ...own }).flatMap((name) => ["--env", name]);
  const network = body.network ? [] : ["--network", "none"];
  const volume = ["--volume", `${given.path}:${seen}:ro`];
  return {
    argv: [
      given.runtime,
      "run",
      "--rm",
      "--interactive",
      "--name",
      given.name,
      ...network,
      ...volume,
      ...variables,
      body.image,
      ...body.command.map(fill),
    ],
    env: { ...base, ...named, ...own },
    atEnd: [given.runtime, "kill", given.name],
  };
}

/**
 * The program that runs containers: what ARTESIAN_CONTAINERS names, else docker or podman, whichever is there.
 * @throws FunctionRunError (workflows/function-run) when there is none
 */
export function containerRuntime(id: string, env: Readonly<Record<string, string | undefined>>): string {
  const given = env.ARTESIAN_CONTAINERS;
  if (given) return given;
  for (const name of ["docker", "podman"])
    for (const folder of (env.PATH ?? "").split(delimiter).filter((part) => part !== ""))
      try {
        const path = join(folder, name);
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not in this folder
      }
  throw new FunctionRunError(id, "there is neither docker nor podman on this machine to run its container with.", {
    retryable: false,
  });
}

/**
 * Runs a function that is a command or a container. It gets the event as JSON on standard input; the last line of standard output, when it is a JSON object, is its result; standard error is
 * its log. Exit code 65 says that the object is wrong and is not tried again.
 * @throws FunctionRunError (workflows/function-run) with the end of what it said
 */
export async function runCommand(
  fn: Pick<ObjectFunction, "id" | "env" | "folder"> & {
    body: Extract<FunctionBody, { kind: "command" | "container" }>;
  },
  event: HandlerEvent,
  context: HandlerContext,
  given: { cacheDir: string; name: string; env: Readonly<Record<string, string | undefined>> },
): Promise<HandlerResult> {
  const runtime = fn.body.kind === "container" ? containerRuntime(fn.id, given.env) : "";
  const needsFile = fn.body.kind === "container" || fn.body.argv.some((text) => text.includes("{path}"));
  const start = async (path: string): Promise<HandlerResult> => {
    const { name, env } = given;
    const plan = planCommand(fn, event, { path, idempotencyKey: context.idempotencyKey, name, runtime, env });
    const { code, signal, said, words } = await carryOut(fn, plan, event, context);
    if (code === 0) return resultOf(said);
    const end = words.trim().split("\n").slice(-5).join("\n");
    const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
    throw new FunctionRunError(fn.id, `${plan.argv[0]} ${how}.${end === "" ? "" : ` It said: ${end}`}`, {
      retryable: code !== DATA_ERROR,
    });
  };
  if (!needsFile) return start("");
  return withLocalFile(context.place, event.key, { cacheDir: given.cacheDir, signal: context.signal }, start);
}

async function carryOut(
  fn: Pick<ObjectFunction, "id" | "folder">,
  plan: CommandPlan,
  event: HandlerEvent,
  context: HandlerContext,
): Promise<{ code: number | null; signal: string | null; said: string; words: string }> {
  const [program = "", ...words] = plan.argv;
  context.signal.throwIfAborted();
  const child = spawn(program, words, {
    cwd: fn.folder,
    env: plan.env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const endAll = (how: NodeJS.Signals): void => {
    try {
      // With a group of its own, so that what it started ends with it.
      if (child.pid !== undefined) process.kill(-child.pid, how);
    } catch {
      // it has ended
    }
  };
  const end = (): void => {
    const [ender, ...rest] = plan.atEnd ?? [];
    if (ender !== undefined) spawn(ender, rest, { stdio: "ignore", env: plan.env }).on("error", () => {});
    endAll("SIGTERM");
    setTimeout(() => endAll("SIGKILL"), PATIENCE_MS).unref();
  };
  context.signal.addEventListener("abort", end, { once: true });
  let said = "";
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-MOST_OUTPUT);
    context.heartbeat();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = `${log}${text}`.slice(-MOST_OUTPUT);
    context.log(text.trimEnd());
    context.heartbeat();
  });
  // Who does not read its input closes it.
  child.stdin.on("error", () => {});
  child.stdin.end(
    `${JSON.stringify({ event, parameters: context.parameters, idempotencyKey: context.idempotencyKey })}\n`,
  );
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", (cause) =>
        reject(
          new FunctionRunError(fn.id, `${program} cannot be started: ${cause.message}`, { cause, retryable: false }),
        ),
      );
      child.on("close", (code, signal) => resolve({ code, signal, said, words: log }));
    });
  } finally {
    context.signal.removeEventListener("abort", end);
  }
}

function resultOf(said: string): HandlerResult {
  const last = said.trimEnd().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) return last === "" ? undefined : { output: said.trimEnd().slice(-2000) };
  try {
    return JSON.parse(last) as Record<string, unknown>;
  } catch {
    return { output: said.trimEnd().slice(-2000) };
  }
}
