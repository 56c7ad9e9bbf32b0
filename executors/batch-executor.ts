import { z } from "zod";
import { signedHeaders } from "./aws-signature.ts";
import { SubmitError } from "./errors.ts";
import type { AttemptState, Executor, TaskSpec } from "./executor.ts";
import { elementScript, remoteExecutor } from "./remote-executor.ts";

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
  const script = elementScript(list, index, '"$AWS_BATCH_JOB_ID"');
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
export function stateOfBatchJob(job: Job): AttemptState | undefined {
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
  return remoteExecutor(
    {
      kind: "aws-batch",
      capabilities: {
        images: "never",
        resources: ["cpu", "memoryMb", "gpu", "timeS"],
        outlives: true,
        array: settings.array,
      },
      commandOf: ({ command, argv }) => [command, ...argv],
      alike: ({ resources, preemptible }) => JSON.stringify([resources, preemptible]),
      async submit({ name, list, specs }) {
        const { jobId } = await call(
          "submitjob",
          submission(settings, name, specs, list),
          z.object({ jobId: z.string() }),
        );
        return specs.map((_, index) => (specs.length > 1 ? `${jobId}:${index}` : jobId));
      },
      async states(refs) {
        const states = new Map<string, AttemptState>();
        for (let from = 0; from < refs.length; from += perCall) {
          const asked = refs.slice(from, from + perCall).map(({ handle }) => handle);
          const { jobs } = await call("describejobs", { jobs: asked }, z.object({ jobs: z.array(jobSchema) }));
          for (const job of jobs) {
            const state = stateOfBatchJob(job);
            if (state !== undefined) states.set(job.jobId, state);
          }
        }
        return states;
      },
      async cancel(handles) {
        for (const jobId of handles) await call("terminatejob", { jobId, reason: "artesian: called off" }, z.unknown());
      },
    },
    clock,
  );
}
