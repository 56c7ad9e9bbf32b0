import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "@artesian/data";
import { z } from "zod";
import { attemptFolder, noteRef, openAttempts, readExit, shellWord } from "./attempt-folder.ts";
import { signedHeaders } from "./aws-signature.ts";
import { SubmitError } from "./errors.ts";
import type { AttemptRef, AttemptState, Executor, TaskSpec } from "./executor.ts";
import { byPriority } from "./local-executor.ts";

/** Which queue and definition jobs are made of. The definition's container mounts the attempts' folder at the path it has here. */
export interface BatchSettings {
  region: string;
  /** Default `https://batch.REGION.amazonaws.com`. */
  endpoint?: string | undefined;
  queue: string;
  /** A queue of spot capacity for preemptible tasks. */
  preemptibleQueue?: string | undefined;
  definition: string;
  /** Most attempts of one array job; AWS takes 2 to 10,000. */
  array: number;
}

const jobSchema = z.object({
  jobId: z.string(),
  status: z.enum(["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"]),
  statusReason: z.string().optional(),
  container: z.object({ reason: z.string().optional() }).optional(),
});
type Job = z.infer<typeof jobSchema>;
/** Jobs that one DescribeJobs tells of. */
const perCall = 100;
/** How long after its job's end an exit.json may still come to sight, ms. */
const patienceMs = 10_000;

/** What SubmitJob is told of attempts that share a job. */
export function submission(
  settings: BatchSettings,
  name: string,
  part: readonly TaskSpec[],
  list: string,
): Record<string, unknown> {
  const [first] = part;
  const { cpu, memoryMb, gpu, timeS } = first?.resources ?? {};
  const requirement = (type: string, value: number | undefined): { type: string; value: string }[] =>
    value === undefined ? [] : [{ type, value: String(value) }];
  const index = part.length > 1 ? "$((AWS_BATCH_JOB_ARRAY_INDEX + 1))" : "1";
  const script = `exec sh "$(sed -n "${index}p" ${shellWord(list)})/run.sh"`;
  return {
    jobName: name,
    jobQueue: first?.preemptible === true ? (settings.preemptibleQueue ?? settings.queue) : settings.queue,
    jobDefinition: settings.definition,
    ...(part.length > 1 ? { arrayProperties: { size: part.length } } : {}),
    retryStrategy: { attempts: 1 },
    ...(timeS === undefined ? {} : { timeout: { attemptDurationSeconds: Math.max(60, Math.ceil(timeS)) } }),
    containerOverrides: {
      command: ["sh", "-c", script],
      resourceRequirements: [
        ...requirement("VCPU", cpu),
        ...requirement("MEMORY", memoryMb === undefined ? undefined : Math.ceil(memoryMb)),
        ...requirement("GPU", gpu),
      ],
    },
  };
}

/** What DescribeJobs says of an attempt that has written no exit.json; undefined once it has ended, whatever it says of it. */
export function stateOfBatchJob(job: Job | undefined): AttemptState | undefined {
  if (job === undefined) return undefined;
  if (job.status === "RUNNING") return { state: "running" };
  if (job.status === "SUCCEEDED") return undefined;
  if (job.status !== "FAILED") return { state: "queued" };
  const reason = [job.statusReason, job.container?.reason].filter((one) => one !== undefined).join("; ");
  if (/^Host EC2/.test(reason)) return { state: "cut", how: "preempted", reason };
  if (/duration exceeded timeout/i.test(reason)) return { state: "cut", how: "time-limit", reason };
  if (/OutOfMemory/.test(reason)) return { state: "cut", how: "memory-limit", reason };
  if (/artesian: called off/.test(reason)) return { state: "cut", how: "cancelled", reason };
  return undefined;
}

/** Attempts as jobs and array jobs of AWS Batch, asked over plain HTTP with signature version 4. */
export function batchExecutor(
  settings: BatchSettings,
  given: { env: Readonly<Record<string, string | undefined>>; fetch: typeof fetch; clock?: () => number },
): Executor {
  const { env, clock = Date.now } = given;
  const endpoint = settings.endpoint ?? `https://batch.${settings.region}.amazonaws.com`;
  const missing = new Map<string, number>();
  const call = async <T>(action: string, document: unknown, schema: z.ZodType<T>): Promise<T> => {
    const {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    } = env;
    if (!accessKeyId || !secretAccessKey)
      throw new SubmitError("aws-batch", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    const url = new URL(`/v1/${action}`, endpoint);
    const body = JSON.stringify(document);
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    const headers = await signedHeaders(
      { url, body },
      { service: "batch", region: settings.region, credentials, now: clock() },
    );
    let told: unknown;
    try {
      const answer = await given.fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(60_000) });
      told = await answer.json();
      if (answer.ok) return schema.parse(told);
    } catch (cause) {
      throw new SubmitError("aws-batch", `${action}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
    throw new SubmitError(
      "aws-batch",
      `${action}: ${z.looseObject({ message: z.string() }).safeParse(told).data?.message ?? JSON.stringify(told)}`,
    );
  };
  const parts = (specs: readonly TaskSpec[]): TaskSpec[][] => {
    const alike = Map.groupBy(byPriority(specs), (spec) =>
      JSON.stringify([spec.priority, spec.resources, spec.preemptible]),
    );
    return [...alike.values()].flatMap((all) =>
      Array.from({ length: Math.ceil(all.length / settings.array) }, (_, index) =>
        all.slice(index * settings.array, (index + 1) * settings.array),
      ),
    );
  };
  const describe = async (handles: readonly string[]): Promise<Map<string, Job>> => {
    const found = new Map<string, Job>();
    for (let from = 0; from < handles.length; from += perCall) {
      const { jobs } = await call(
        "describejobs",
        { jobs: handles.slice(from, from + perCall) },
        z.object({ jobs: z.array(jobSchema) }),
      );
      for (const job of jobs) found.set(job.jobId, job);
    }
    return found;
  };
  const gone = ({ attemptId, handle }: AttemptRef): AttemptState => {
    const since = missing.get(attemptId) ?? clock();
    missing.set(attemptId, since);
    if (clock() - since < patienceMs) return { state: "running" };
    missing.delete(attemptId);
    return { state: "cut", how: "lost", reason: `job ${handle} has ended without an exit.json that is seen here` };
  };
  return {
    kind: "aws-batch",
    capabilities: {
      images: "never",
      resources: ["cpu", "memoryMb", "gpu", "timeS"],
      outlives: true,
      array: settings.array,
    },
    commandOf: ({ command, argv }) => [command, ...argv],
    async submit(specs, scope) {
      const refs: AttemptRef[] = [];
      for (const part of parts(specs)) {
        const name = `artesian-${randomBytes(6).toString("hex")}`;
        const list = join(scope, ".arrays", name, "attempts");
        await mkdir(join(scope, ".arrays", name), { recursive: true });
        await writeDurably(list, `${part.map(({ attemptId }) => attemptFolder(scope, attemptId)).join("\n")}\n`);
        const { jobId } = await call(
          "submitjob",
          submission(settings, name, part, list),
          z.object({ jobId: z.string() }),
        );
        for (const [index, { attemptId }] of part.entries()) {
          const handle = part.length > 1 ? `${jobId}:${index}` : jobId;
          const ref = { attemptId, dir: attemptFolder(scope, attemptId), handle };
          await noteRef(ref);
          refs.push(ref);
        }
      }
      return refs;
    },
    async poll(refs) {
      const exits = await Promise.all(refs.map(({ dir }) => readExit(dir)));
      const jobs = await describe(refs.filter((_, index) => exits[index] === undefined).map(({ handle }) => handle));
      return Promise.all(
        refs.map(async (ref, index): Promise<AttemptState> => {
          const exit = exits[index] ?? (await readExit(ref.dir));
          return exit !== undefined ? { state: "exited", exit } : (stateOfBatchJob(jobs.get(ref.handle)) ?? gone(ref));
        }),
      );
    },
    async cancel(refs) {
      for (const { handle } of refs)
        await call("terminatejob", { jobId: handle, reason: "artesian: called off" }, z.unknown());
    },
    async adopt(scope) {
      // Without a note the process ended while it submitted. The attempt is handed over again; its claim lets one of the two jobs run it.
      return (await openAttempts(scope)).flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
    },
  };
}
