import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { SubmitError } from "./errors.ts";
import type { AttemptState, Executor, TaskSpec } from "./executor.ts";
import { remoteExecutor } from "./remote-executor.ts";

/** Which cluster, and how its pods see the attempts' folders. */
export interface KubernetesSettings {
  /** The API server's address. */
  server: string;
  namespace: string;
  /** The variable, or the file (read at every call: mounted tokens are renewed), that holds the bearer token. */
  tokenVariable?: string | undefined;
  tokenFile?: string | undefined;
  /** For tasks that name none. It needs sh. */
  image?: string | undefined;
  serviceAccount?: string | undefined;
  /** A claim that holds the scope; its `mountPath` is the path at which this machine sees it too. */
  volume: { claim: string; mountPath: string };
  /** Laid over the pod of preemptible tasks: node selector, tolerations, priority class. */
  preemptible?: Readonly<Record<string, unknown>> | undefined;
}

const jobSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      active: z.number().optional(),
      ready: z.number().optional(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});
const jobList = z.object({
  items: z.array(jobSchema),
  metadata: z.object({ continue: z.string().optional() }).optional(),
});
type Job = z.infer<typeof jobSchema>;

const jobName = (attemptId: string): string => `artesian-${attemptId}`;
const label = "artesian.dev/attempt";

/** The Job (batch/v1) of an attempt: one pod, no retries of its own, and a disruption of the pod told as such. */
export function jobOf(settings: KubernetesSettings, spec: TaskSpec, dir: string): Record<string, unknown> {
  const { cpu, memoryMb, gpu, timeS, diskMb } = spec.resources;
  const amounts = {
    ...(cpu === undefined ? {} : { cpu: String(cpu) }),
    ...(memoryMb === undefined ? {} : { memory: `${Math.ceil(memoryMb)}Mi` }),
    ...(gpu === undefined ? {} : { "nvidia.com/gpu": String(gpu) }),
    ...(diskMb === undefined ? {} : { "ephemeral-storage": `${Math.ceil(diskMb)}Mi` }),
  };
  // Cores may be exceeded where there are some idle; what is not shrinkable is a limit too.
  const { cpu: _shared, ...limits } = amounts;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: jobName(spec.attemptId), labels: { [label]: spec.attemptId } },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      ttlSecondsAfterFinished: 86_400,
      ...(timeS === undefined ? {} : { activeDeadlineSeconds: Math.ceil(timeS) }),
      podFailurePolicy: {
        rules: [{ action: "FailJob", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
      },
      template: {
        metadata: { labels: { [label]: spec.attemptId } },
        spec: {
          restartPolicy: "Never",
          ...(settings.serviceAccount === undefined ? {} : { serviceAccountName: settings.serviceAccount }),
          containers: [
            {
              name: "task",
              image: spec.image ?? settings.image,
              command: ["sh", join(dir, "run.sh")],
              resources: { requests: amounts, limits },
              volumeMounts: [{ name: "attempts", mountPath: settings.volume.mountPath }],
            },
          ],
          volumes: [{ name: "attempts", persistentVolumeClaim: { claimName: settings.volume.claim } }],
          ...(spec.preemptible ? settings.preemptible : {}),
        },
      },
    },
  };
}

/** What a Job's status says of an attempt that has written no exit.json; undefined once it is complete. */
export function stateOfJob({ status }: Job): AttemptState | undefined {
  const failed = status?.conditions?.find(
    (one) => (one.type === "Failed" || one.type === "FailureTarget") && one.status === "True",
  );
  const why = failed?.message ?? failed?.reason ?? "";
  if (failed?.reason === "DeadlineExceeded") return { state: "cut", how: "time-limit", reason: why };
  if (failed?.reason === "PodFailurePolicy" && /DisruptionTarget/.test(why))
    return { state: "cut", how: "preempted", reason: why };
  if (failed !== undefined) return { state: "cut", how: "lost", reason: why };
  if (status?.conditions?.some((one) => one.type === "Complete" && one.status === "True")) return undefined;
  return { state: (status?.ready ?? 0) > 0 ? "running" : "queued" };
}

/** Attempts as Jobs of a Kubernetes cluster, asked over plain HTTP. */
export function kubernetesExecutor(
  settings: KubernetesSettings,
  given: { env: Readonly<Record<string, string | undefined>>; fetch: typeof fetch },
): Executor {
  const jobs = `${settings.server.replace(/\/$/, "")}/apis/batch/v1/namespaces/${encodeURIComponent(settings.namespace)}/jobs`;
  const token = (): string | undefined => {
    if (settings.tokenFile !== undefined) return readFileSync(settings.tokenFile, "utf8").trim();
    return settings.tokenVariable === undefined ? undefined : given.env[settings.tokenVariable];
  };
  const call = async (method: string, url: string, body?: unknown): Promise<{ status: number; document: unknown }> => {
    const bearer = token();
    const headers = {
      accept: "application/json",
      "content-type": "application/json",
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
    };
    try {
      const answer = await given.fetch(url, {
        method,
        headers,
        signal: AbortSignal.timeout(60_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, document: await answer.json() };
    } catch (cause) {
      throw new SubmitError("kubernetes", `${method} ${url}: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    }
  };
  const refused = (method: string, url: string, status: number, document: unknown): SubmitError => {
    const told = z.looseObject({ message: z.string() }).safeParse(document);
    return new SubmitError(
      "kubernetes",
      `${method} ${url} answered ${status}${told.success ? `: ${told.data.message}` : ""}`,
    );
  };
  const all = async (): Promise<Map<string, Job>> => {
    const found = new Map<string, Job>();
    for (let next: string | undefined = ""; next !== undefined; ) {
      const url = `${jobs}?labelSelector=${encodeURIComponent(label)}&limit=500${next === "" ? "" : `&continue=${encodeURIComponent(next)}`}`;
      const { status, document } = await call("GET", url);
      const parsed = jobList.safeParse(document);
      if (status !== 200 || !parsed.success) throw refused("GET", url, status, document);
      for (const job of parsed.data.items) found.set(job.metadata.name, job);
      next = parsed.data.metadata?.continue || undefined;
    }
    return found;
  };
  return remoteExecutor({
    kind: "kubernetes",
    capabilities: {
      images: settings.image === undefined ? "always" : "optional",
      resources: ["cpu", "memoryMb", "gpu", "timeS", "diskMb"],
      outlives: true,
      array: 1,
    },
    commandOf: ({ command, argv }) => [command, ...argv],
    alike: ({ attemptId }) => attemptId,
    async submit({ dir, specs }) {
      const scope = dirname(dirname(dir));
      if (!scope.startsWith(settings.volume.mountPath)) {
        const problem = `attempts are kept in ${scope}, which is not below the volume's ${settings.volume.mountPath}`;
        throw new SubmitError("kubernetes", problem);
      }
      for (const spec of specs) {
        const { status, document } = await call("POST", jobs, jobOf(settings, spec, join(scope, spec.attemptId)));
        // 409: it was handed over before.
        if (status !== 201 && status !== 200 && status !== 409) throw refused("POST", jobs, status, document);
      }
      return specs.map(({ attemptId }) => jobName(attemptId));
    },
    async states() {
      const states = new Map<string, AttemptState>();
      for (const [name, job] of await all()) {
        const state = stateOfJob(job);
        if (state !== undefined) states.set(name, state);
      }
      return states;
    },
    async cancel(handles) {
      for (const handle of handles) {
        const url = `${jobs}/${encodeURIComponent(handle)}?propagationPolicy=Foreground`;
        const { status, document } = await call("DELETE", url);
        if (status >= 300 && status !== 404) throw refused("DELETE", url, status, document);
      }
    },
  });
}
