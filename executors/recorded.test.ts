import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signedHeaders } from "./aws-signature.ts";
import { batchExecutor, stateOfBatchJob, submission } from "./batch-executor.ts";
import { attempt } from "./conformance.test-support.ts";
import { jobOf, kubernetesExecutor, stateOfJob } from "./kubernetes-executor.ts";

// There is no cluster and no account here: documents in the form of the two APIs' references stand in for them.
let scope = "";
beforeEach(() => {
  scope = mkdtempSync(join(tmpdir(), "artesian-recorded-"));
});
afterEach(() => rmSync(scope, { recursive: true, force: true }));

interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}
function answering(...answers: [status: number, document: unknown][]): { calls: Call[]; fetch: typeof fetch } {
  const calls: Call[] = [];
  const answer = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    calls.push({
      method: init?.method ?? "GET",
      url: String(url),
      headers: (init?.headers ?? {}) as Record<string, string>,
      body: init?.body === undefined ? undefined : JSON.parse(String(init.body)),
    });
    const [status, document] = answers.shift() ?? [500, { message: "nothing more was recorded" }];
    return new Response(JSON.stringify(document), { status });
  };
  return { calls, fetch: answer as typeof fetch };
}
const exit = (attemptId: string): void => {
  mkdirSync(join(scope, attemptId), { recursive: true });
  writeFileSync(join(scope, attemptId, "exit.json"), '{"code":0,"startedAt":1000,"endedAt":2000}');
};
const folders = (...ids: string[]): void => {
  for (const id of ids) {
    mkdirSync(join(scope, id), { recursive: true });
    writeFileSync(join(scope, id, "run.sh"), "");
  }
};

describe("the kubernetes executor", () => {
  const settings = () => ({
    server: "https://k8s.example/",
    namespace: "lab",
    tokenVariable: "TOKEN",
    image: "registry/tools@sha256:abc",
    volume: { claim: "attempts", mountPath: scope },
    preemptible: { nodeSelector: { spot: "true" } },
  });
  const env = { TOKEN: "t0" };

  it("makes a Job of an attempt: what it asks for, no retries of its own, a disruption told as such", () => {
    const resources = { cpu: 2, memoryMb: 512, gpu: 1, timeS: 90, diskMb: 100 };
    const job = jobOf(settings(), attempt({ attemptId: "a-1", resources, preemptible: true }), join(scope, "a-1"));
    expect(job).toMatchObject({
      metadata: { name: "artesian-a-1" },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: 90,
        podFailurePolicy: { rules: [{ action: "FailJob", onPodConditions: [{ type: "DisruptionTarget" }] }] },
        template: {
          spec: {
            nodeSelector: { spot: "true" },
            containers: [
              {
                image: "registry/tools@sha256:abc",
                command: ["sh", join(scope, "a-1/run.sh")],
                resources: {
                  requests: { cpu: "2", memory: "512Mi", "nvidia.com/gpu": "1", "ephemeral-storage": "100Mi" },
                  limits: { memory: "512Mi", "nvidia.com/gpu": "1" },
                },
              },
            ],
          },
        },
      },
    });
  });

  it("submits with its token, takes 409 for handed over before, and believes exit.json before the cluster", async () => {
    folders("a-1", "a-2", "a-3");
    const items = [
      { metadata: { name: "artesian-a-1" }, status: { active: 1, ready: 1 } },
      { metadata: { name: "artesian-a-3" }, status: { active: 1, ready: 0 } },
    ];
    const recorded = answering(
      [201, {}],
      [409, { reason: "AlreadyExists" }],
      [201, {}],
      [200, { items: [items[0]], metadata: { continue: "c1" } }],
      [200, { items: [items[1]] }],
    );
    const executor = kubernetesExecutor(settings(), { env, fetch: recorded.fetch });
    const refs = await executor.submit(
      ["a-1", "a-2", "a-3"].map((attemptId) => attempt({ attemptId })),
      scope,
    );
    expect(recorded.calls[0]).toMatchObject({
      method: "POST",
      url: "https://k8s.example/apis/batch/v1/namespaces/lab/jobs",
      headers: { authorization: "Bearer t0" },
    });
    exit("a-2");
    expect((await executor.poll(refs)).map(({ state }) => state)).toEqual(["running", "exited", "queued"]);
    expect(recorded.calls.at(-1)?.url).toContain("continue=c1");
  });

  it("tells preemption, a deadline and another failure apart", () => {
    const failed = (reason: string, message: string) => ({
      metadata: { name: "x" },
      status: { conditions: [{ type: "Failed", status: "True", reason, message }] },
    });
    const disrupted = "Pod lab/x-1 has condition DisruptionTarget matching FailJob rule at index 0";
    expect(stateOfJob(failed("PodFailurePolicy", disrupted))).toMatchObject({ how: "preempted" });
    expect(stateOfJob(failed("DeadlineExceeded", "Job was active longer than specified deadline"))).toMatchObject({
      how: "time-limit",
    });
    expect(stateOfJob(failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"))).toMatchObject({
      how: "lost",
    });
    const complete = { metadata: { name: "x" }, status: { conditions: [{ type: "Complete", status: "True" }] } };
    expect(stateOfJob(complete)).toBeUndefined();
  });

  it("refuses attempts that its pods would not see, and says what the API server said", async () => {
    const recorded = answering([403, { message: 'jobs.batch is forbidden: User "x" cannot create' }]);
    const executor = kubernetesExecutor(settings(), { env, fetch: recorded.fetch });
    await expect(executor.submit([attempt({ attemptId: "a-1" })], "/elsewhere")).rejects.toThrow(
      "not below the volume",
    );
    await expect(executor.submit([attempt({ attemptId: "a-1" })], scope)).rejects.toThrow("cannot create");
  });
});

describe("the aws-batch executor", () => {
  const settings = {
    region: "eu-central-1",
    queue: "lab",
    preemptibleQueue: "spot",
    definition: "tools:3",
    array: 100,
  };
  const env = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };

  it("makes one array job of attempts alike, and a plain one of one alone", () => {
    const spec = attempt({ attemptId: "a-1", resources: { cpu: 2, memoryMb: 2048, timeS: 30 }, preemptible: true });
    expect(submission(settings, "n", [spec, spec], "/mnt/list")).toMatchObject({
      jobQueue: "spot",
      arrayProperties: { size: 2 },
      retryStrategy: { attempts: 1 },
      timeout: { attemptDurationSeconds: 60 },
      containerOverrides: {
        command: [
          "sh",
          "-c",
          `export ARTESIAN_HANDLE="$AWS_BATCH_JOB_ID"; exec sh "$(sed -n "$((AWS_BATCH_JOB_ARRAY_INDEX + 1))p" '/mnt/list')/run.sh"`,
        ],
        resourceRequirements: [
          { type: "VCPU", value: "2" },
          { type: "MEMORY", value: "2048" },
        ],
      },
    });
    expect(submission(settings, "n", [spec], "/mnt/list")).not.toHaveProperty("arrayProperties");
  });

  it("submits, asks for children of an array together, and believes exit.json before AWS", async () => {
    folders("a-1", "a-2");
    const recorded = answering(
      [200, { jobId: "j1", jobName: "n" }],
      [200, { jobs: [{ jobId: "j1:0", status: "RUNNABLE" }] }],
    );
    const executor = batchExecutor(settings, { env, fetch: recorded.fetch });
    const refs = await executor.submit(
      ["a-1", "a-2"].map((attemptId) => attempt({ attemptId })),
      scope,
    );
    expect(refs.map(({ handle }) => handle)).toEqual(["j1:0", "j1:1"]);
    exit("a-2");
    expect((await executor.poll(refs)).map(({ state }) => state)).toEqual(["queued", "exited"]);
    expect(recorded.calls.map(({ url }) => new URL(url).pathname)).toEqual(["/v1/submitjob", "/v1/describejobs"]);
    expect(recorded.calls[1]?.body).toEqual({ jobs: ["j1:0"] });
  });

  it("tells a spot host taken back, a timeout, memory and a call off apart", () => {
    const failed = (statusReason: string, reason?: string) =>
      stateOfBatchJob({
        jobId: "j",
        status: "FAILED",
        statusReason,
        ...(reason === undefined ? {} : { container: { reason } }),
      });
    expect(failed("Host EC2 (instance i-0123) terminated.")).toMatchObject({ how: "preempted" });
    expect(failed("Job attempt duration exceeded timeout")).toMatchObject({ how: "time-limit" });
    expect(
      failed("Essential container in task exited", "OutOfMemoryError: Container killed due to memory usage"),
    ).toMatchObject({ how: "memory-limit" });
    expect(failed("artesian: called off")).toMatchObject({ how: "cancelled" });
    expect(failed("Essential container in task exited")).toBeUndefined();
  });

  it("signs with the key of day, region and service", async () => {
    const request = { url: new URL("https://batch.eu-central-1.amazonaws.com/v1/describejobs"), body: "{}" };
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
    const given = { service: "batch", region: "eu-central-1", credentials, now: Date.UTC(2026, 0, 2, 3, 4, 5) };
    const headers = await signedHeaders(request, given);
    expect(headers["x-amz-date"]).toBe("20260102T030405Z");
    expect(headers.authorization).toBe(await signedByHand(request.body, headers));
  });
});

/** Signature version 4 as AWS's reference writes it down, step by step. */
async function signedByHand(body: string, headers: Record<string, string>): Promise<string> {
  const { createHash, createHmac } = await import("node:crypto");
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const all: Record<string, string> = { ...headers, host: "batch.eu-central-1.amazonaws.com" };
  delete all.authorization;
  const names = Object.keys(all).sort();
  const canonical = [
    "POST",
    "/v1/describejobs",
    "",
    ...names.map((name) => `${name}:${all[name]}`),
    "",
    names.join(";"),
    hash(body),
  ].join("\n");
  const place = "20260102/eu-central-1/batch/aws4_request";
  const text = ["AWS4-HMAC-SHA256", "20260102T030405Z", place, hash(canonical)].join("\n");
  const key = ["20260102", "eu-central-1", "batch", "aws4_request"].reduce<string | Buffer>(
    (last, part) => mac(last, part),
    "AWS4secret",
  );
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${place}, SignedHeaders=${names.join(";")}, Signature=${mac(key, text).toString("hex")}`;
}
