import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planeOf, writeTiff } from "@artesian/imaging";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as api from "./api.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";

let dir = "";
let server: FixtureServer;
let time = Date.parse("2026-11-20T08:30:00.000Z");

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-server-"));
  const web = join(dir, "web");
  mkdirSync(join(web, "assets"), { recursive: true });
  writeFileSync(join(web, "index.html"), "<!doctype html><div id=root></div>");
  writeFileSync(join(web, "assets", "app-1a2b.js"), "0");
  writeFileSync(join(web, "assets", "app-1a2b.js.br"), "brotli");
  server = await fixtureServer({ dir, pictures: false, webRoot: web, clock: () => time });
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});
const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ url, headers });
const json = async <T>(url: string): Promise<T> => (await get(`/api/v1/${url}`)).json<T>();

describe("answers", () => {
  const pages = [
    "home",
    "experiments",
    "experiments?q=RESCUE-1&limit=1",
    "experiments/RESCUE-1",
    "experiments/RESCUE-2",
    "experiments/RESCUE-1/metrics",
    "experiments/RESCUE-1/plates",
    "experiments/RESCUE-2/plates?metric=nuclei&aggregation=cv&normalised=true",
    "experiments/RESCUE-1/plates?metric=score",
    "experiments/RESCUE-1/plates/P3/wells/D06",
    "experiments/RESCUE-2/plates/P2/wells/B04",
    "experiments/RESCUE-2/plates/P3/wells/G11",
    "experiments/RESCUE-1/hits",
    "experiments/RESCUE-2/hits",
    "experiments/RESCUE-1/map",
    "experiments/RESCUE-1/profiles",
    "experiments/RESCUE-1/profiles/all",
    "experiments/RESCUE-2/map",
    "experiments/RESCUE-1/verdicts",
    "maps",
    "perturbations",
    "perturbations?type=gene&q=g",
    "perturbations/compound:C4",
    "perturbations/gene:G2",
    "perturbations/control:healthy",
    "runs",
    "runs?state=running",
    "runs/01JD9X2M",
    "runs/01JD8ZQ4",
    "runs/01JD9X2M/tasks?node=site-features&limit=5",
    "runs/01JD9X2M/tasks/f0",
    "runs/01JD9X2M/dead-letters",
    "runs/01JD9X2M/log",
    "search?q=c4",
    "openapi.json",
  ];
  test.each(pages)("%s has its own shape", async (page) => {
    const answer = await get(`/api/v1/${page}`);
    expect(answer.json()).not.toHaveProperty("message");
    expect(answer.statusCode).toBe(200);
  });

  test("home tells findings of both experiments, attention first, and what runs", async () => {
    const home = await json<api.Home>("home");
    const severities = home.findings.map((finding) => finding.severity);
    expect(severities).toEqual(
      [...severities].sort(
        (a, b) => ["attention", "finding", "progress"].indexOf(a) - ["attention", "finding", "progress"].indexOf(b),
      ),
    );
    const text = home.findings.map((finding) => finding.sentence.map((part) => part.text).join(""));
    expect(text).toContain("Plate P3 is out of focus in nine wells: re-image");
    expect(text).toContain("Plate P2: 41 of 60 wells imaged");
    expect(home.running.map((run) => run.id)).toEqual(["01JD9X2M"]);
    expect(home.live).toMatchObject({
      running: 1,
      attention: severities.filter((word) => word === "attention").length,
    });
  });

  test("plates share one scale, 1st to 99th percentile, and say how many wells are clipped", async () => {
    const grids = await json<api.PlateGrids>(
      "experiments/RESCUE-1/plates?metric=PowerLogLogSlope&channel=DNA&aggregation=median",
    );
    expect(grids.plates.map((plate) => plate.id)).toEqual(["P1", "P2", "P3"]);
    const values = grids.plates.flatMap((plate) => plate.grid.flatMap((well) => well.value ?? []));
    const { low, high, clipped } = grids.scale!;
    expect(clipped).toBe(values.filter((value) => value < low || value > high).length);
    expect(clipped).toBeGreaterThan(0);
    const blurred = grids.plates[2]?.grid.filter((well) => well.flags.includes("defocus")).map((well) => well.well);
    expect(blurred).toEqual(["C05", "C06", "C07", "D05", "D06", "D07", "E05", "E06", "E07"]);
    expect(grids.plates[2]?.assessment).toMatchObject({ level: "warn" });
    expect(grids.plates[0]?.rowMedians[0]).toBe(null);
  });

  test("waiting wells of a plate that is not imaged yet are listed without a value", async () => {
    const grids = await json<api.PlateGrids>("experiments/RESCUE-2/plates");
    expect(grids.plates[2]).toMatchObject({ status: "waiting", assessment: null });
    expect(grids.plates[2]?.grid.every((well) => well.value === null && well.status === "waiting")).toBe(true);
  });

  test("a well names what failed, its rank, its neighbours and its flags with thresholds", async () => {
    const broken = await json<api.WellDetail>("experiments/RESCUE-2/plates/P2/wells/B04");
    expect(broken.failed).toEqual([
      {
        what: "site 1 · Mito",
        code: "imaging/truncated-file",
        message: "P2_B04_s1_Mito.tif: TIFF ends at strip 41 of 68",
      },
    ]);
    expect(broken.sites[0]?.images.find((image) => image.channel === "Mito")).toMatchObject({
      status: "failed",
      url: null,
    });
    const blurred = await json<api.WellDetail>("experiments/RESCUE-1/plates/P3/wells/D06");
    expect(blurred.neighbours).toEqual({
      previous: "D05",
      next: "D07",
      up: "C06",
      down: "E06",
      left: "D05",
      right: "D07",
    });
    expect(blurred.flags[0]).toMatchObject({ label: "defocus", threshold: 3.5 });
    expect(blurred.cellCountRank?.of).toBe(60);
    const slope = blurred.numbers.find((row) => row.metric === "PowerLogLogSlope" && row.channel === "DNA");
    expect(slope?.flags).toEqual(["defocus", "defocus"]);
  });

  test("a dose curve has points, fit, line and pictures in dose order; flagged wells are excluded with a reason", async () => {
    const hits = await json<api.Hits>("experiments/RESCUE-1/hits");
    const [first] = hits.compounds;
    expect(first).toMatchObject({
      perturbation: { name: "C4" },
      verdict: "restores",
      ec50: { value: 0.8, relation: "=", unit: "µM" },
    });
    expect(first?.points.length).toBe(18);
    expect(first?.line.length).toBe(60);
    expect(first?.examples.map((example) => example.doseUm)).toEqual([0.04, 0.12, 0.37, 1.1, 3.3, 10]);
    expect(
      hits.compounds.flatMap((compound) => compound.points).some((point) => point.excluded === "flagged: defocus"),
    ).toBe(true);
    expect(hits.projection?.lines.length).toBe(10);
  });

  test("a perturbation answers its questions in turn and says what is missing", async () => {
    const gene = await json<api.PerturbationDetail>("perturbations/gene:G2");
    expect(gene.answers.map((answer) => `${answer.id} ${answer.state}`)).toEqual([
      "edited missing",
      "expressed missing",
      "wells waiting",
      "agreement answered",
      "phenoprint answered",
      "relations answered",
    ]);
    const [nearest] = gene.evidence.find((item) => item.experimentId === "RESCUE-1")?.similar ?? [];
    expect(nearest?.label).toBe("DG");
  });

  test("a run counts along the layout, puts failures first and offers no estimate without history", async () => {
    const run = await json<api.RunDetail>("runs/01JD9X2M");
    expect(run.cards).toMatchObject({
      plates: { done: 1, total: 3 },
      wells: { done: 101, total: 180 },
      images: { done: 1212, total: 2160 },
      failed: 3,
    });
    expect(run.graph.nodes.find((node) => node.id === "site-features")).toMatchObject({
      total: 360,
      failed: 1,
      state: "failed",
    });
    expect(run.failures.map((failure) => [failure.what, failure.alike])).toEqual([
      ["P1 · C11 · site 2 · Mito", 2],
      ["P2 · B04 · site 1 · Mito", 2],
      ["P1 · F03 · site 1", 1],
    ]);
    const alike = await Promise.all(
      run.failures.map(async ({ taskId }) => (await json<api.TaskDetail>(`runs/01JD9X2M/tasks/${taskId}`)).alike),
    );
    expect(alike).toEqual([2, 2, 1]);
    const finished = await json<api.RunDetail>("runs/01JD8ZQ4");
    expect(finished).toMatchObject({
      live: false,
      state: "done",
      graph: { nodes: expect.arrayContaining([expect.objectContaining({ id: "hits", done: 1, state: "done" })]) },
    });
  });

  test("tables come as CSV with a header, also when they are empty", async () => {
    const hits = await get("/api/v1/experiments/RESCUE-1/hits.csv");
    expect(hits.headers["content-disposition"]).toBe('attachment; filename="RESCUE-1-hits.csv"');
    expect(hits.body.split("\n").length).toBe(6 * 18 + 2);
    expect((await get("/api/v1/experiments/RESCUE-2/hits.csv")).body.split("\n")[0]).toMatch(
      /^compound,dose,unit,Metadata_Plate/,
    );
    expect((await get("/api/v1/experiments/RESCUE-1/map.csv")).body.split("\n").length).toBe(41 + 2);
    expect(
      (await get("/api/v1/experiments/RESCUE-1/plates.csv?metric=nuclei&aggregation=mean")).body.split("\n")[0],
    ).toMatch(/,nuclei$/);
    expect((await get("/api/v1/experiments/RESCUE-2/quality.csv")).body.split("\n").length).toBe(1211 + 2);
    expect((await get("/api/v1/experiments/RESCUE-1/flags.csv")).body).toContain("P3,B03,2,Mito,saturation");
  });
});

describe("refusals", () => {
  test.each([
    ["/api/v1/experiments/NONE", 404, "server/not-found"],
    ["/api/v1/nothing", 404, "server/unknown-route"],
    ["/api/v1/experiments/RESCUE-1/plates?metric=Beauty", 404, "server/unknown-metric"],
    ["/api/v1/experiments/RESCUE-1/plates?metric=FocusScore&channel=X", 404, "server/unknown-channel"],
    ["/api/v1/experiments/RESCUE-1/plates?aggregation=mode", 400, "server/invalid-request"],
    ["/api/v1/experiments?after=x", 400, "server/invalid-request"],
    ["/api/v1/objects/..%2f..%2fetc%2fpasswd", 400, "server/invalid-request"],
    [`/api/v1/objects/sha256:${"0".repeat(64)}`, 404, "data/missing-object"],
    ["/api/v1/images/RESCUE-1/P1/B02/1/DNA.png?lo=5", 400, "server/invalid-request"],
    ["/api/v1/images/RESCUE-1/P1/B02/9/DNA.png", 404, "server/not-found"],
    ["/api/v1/images/RESCUE-1/P1/B02/1/DNA.png", 410, "server/image-gone"],
    ["/api/v1/runs/01JD9X2M/tasks/none", 404, "server/not-found"],
    ["/assets/gone.js", 404, "server/unknown-route"],
  ])("%s answers %i %s with words", async (url, status, code) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json<api.ErrorBody>().code]).toEqual([status, code]);
    expect(api.ErrorBody.parse(answer.json()).message).not.toBe("");
  });

  test("listening where others can reach it is refused with the remedy", async () => {
    await expect(fixtureServer({ dir: join(dir, "other"), pictures: false, host: "0.0.0.0" })).rejects.toMatchObject({
      code: "server/refused-address",
      message: expect.stringContaining("ssh -L"),
    });
  });

  test("a name that somebody points at this machine is not answered", async () => {
    const answer = await get("/api/v1/home", { host: "evil.example:8080" });
    expect([answer.statusCode, answer.json<api.ErrorBody>().code]).toEqual([421, "server/unknown-host"]);
  });

  test("a write from another site, or that is not JSON, changes nothing", async () => {
    const url = "/api/v1/experiments/RESCUE-1/verdicts";
    const payload = JSON.stringify({ plate: "P1", well: "B02", site: null, verdict: "fail" });
    const headers = { "content-type": "application/json", host: "localhost:8080" };
    const post = (more: Record<string, string>) =>
      server.app.inject({ method: "POST", url, payload, headers: { ...headers, ...more } });
    expect((await post({ origin: "http://evil.example" })).statusCode).toBe(403);
    expect((await post({ "sec-fetch-site": "cross-site" })).statusCode).toBe(403);
    expect((await post({ "content-type": "text/plain" })).statusCode).toBe(415);
    expect((await server.app.inject({ method: "POST", url, payload: "x".repeat(70_000), headers })).statusCode).toBe(
      413,
    );
    expect(await json<api.VerdictHistory>("experiments/RESCUE-1/verdicts")).toEqual({ verdicts: [] });
  });

  test("more requests than allowed are slowed down", async () => {
    const limited = await fixtureServer({
      dir: join(dir, "limited"),
      pictures: false,
      clock: () => time,
      limits: { burst: 20, perSecond: 10 },
    });
    const ask = () => limited.app.inject({ url: "/healthz" });
    const answers = await Promise.all(Array.from({ length: 25 }, ask));
    const refused = answers.filter((answer) => answer.statusCode === 429);
    expect([refused.length, refused[0]?.headers["retry-after"]]).toEqual([5, "1"]);
    time += 1000;
    expect((await ask()).statusCode).toBe(200);
    await limited.close();
  });
});

describe("verdicts", () => {
  const headers = { origin: "http://localhost:8080", host: "localhost:8080" };
  test("stand until undone; the one before stands again", async () => {
    const url = "/api/v1/experiments/RESCUE-1/verdicts";
    const post = (verdict: string) =>
      server.app.inject({
        method: "POST",
        url,
        headers,
        payload: { plate: "P3", well: "D06", site: 2, verdict, note: "blurred" },
      });
    time += 1000;
    const first = (await post("re-image")).json<api.VerdictAnswer>();
    expect(first.standing).toMatchObject({ verdict: "re-image", site: 2, by: "local" });
    time += 1000;
    const second = (await post("fail")).json<api.VerdictAnswer>();
    expect(second.standing?.verdict).toBe("fail");
    const grid = await json<api.PlateGrids>("experiments/RESCUE-1/plates");
    expect(grid.plates[2]?.grid.find((well) => well.well === "D06")?.verdict).toBe("fail");
    const undone = await server.app.inject({ method: "POST", url: `${url}/${second.verdict.id}/undo`, headers });
    expect(undone.json<api.VerdictAnswer>().standing?.verdict).toBe("re-image");
    const again = await server.app.inject({ method: "POST", url: `${url}/${second.verdict.id}/undo`, headers });
    expect([again.statusCode, again.json<api.ErrorBody>().code]).toEqual([404, "store/verdict-not-found"]);
    expect(server.store.all("SELECT action FROM audit").map((row) => row.action)).toEqual([
      "verdict.post",
      "verdict.post",
      "verdict.undo",
    ]);
  });

  test("on a plate that is not there is refused", async () => {
    const answer = await server.app.inject({
      method: "POST",
      url: "/api/v1/experiments/RESCUE-1/verdicts",
      headers,
      payload: { plate: "P9", well: null, site: null, verdict: "pass" },
    });
    expect(answer.statusCode).toBe(404);
  });
});

describe("actions", () => {
  test("a failed task is retried, all failed are, and each is audited; a run without an engine refuses with the remedy", async () => {
    const post = (url: string, payload?: object) =>
      server.app.inject({ method: "POST", url: `/api/v1/runs/${url}`, ...(payload ? { payload } : {}) });
    expect((await post("01JD9X2M/tasks/f2/retry")).json()).toEqual({
      accepted: 1,
      sentence: "P1 · F03 · site 1 is tried again.",
    });
    expect((await post("01JD9X2M/dead-letters/redrive", { ids: ["f1"] })).json()).toMatchObject({ accepted: 1 });
    expect((await post("01JD9X2M/retry-failed")).json()).toEqual({
      accepted: 1,
      sentence: "1 failed task is tried again.",
    });
    expect((await post("01JD9X2M/retry-failed")).json()).toEqual({ accepted: 0, sentence: "Nothing has failed." });
    const empty = {
      method: "POST" as const,
      url: "/api/v1/runs/01JD9X2M/retry-failed",
      headers: { "content-type": "application/json" },
      payload: "",
    };
    expect((await server.app.inject(empty)).statusCode).toBe(200);
    const refused = await post("01JD8ZQ4/retry-failed");
    expect([refused.statusCode, refused.json<api.ErrorBody>().code]).toEqual([409, "server/run-not-live"]);
    expect(
      server.store.all("SELECT count(*) AS n FROM audit WHERE action LIKE 'run.%' OR action LIKE 'task.%'"),
    ).toEqual([{ n: 5 }]);
  });
});

test("a full disk is told as such, and no verdict is half stored", async () => {
  const pages = Number(server.store.all("PRAGMA page_count")[0]?.page_count);
  server.store.all(`PRAGMA max_page_count = ${pages}`);
  try {
    const url = "/api/v1/experiments/RESCUE-1/verdicts";
    const payload = { plate: "P1", well: "B02", site: null, verdict: "fail", note: "x".repeat(2000) };
    const answers = [];
    for (let index = 0; index < 20; index++) answers.push(await server.app.inject({ method: "POST", url, payload }));
    const refused = answers.filter((answer) => answer.statusCode === 507);
    expect(refused[0]?.json<api.ErrorBody>().code).toBe("server/disk-full");
    const { verdicts } = await json<api.VerdictHistory>("experiments/RESCUE-1/verdicts");
    expect(verdicts.filter((verdict) => verdict.well === "B02").length).toBe(20 - refused.length);
  } finally {
    server.store.all("PRAGMA max_page_count = 4294967294");
  }
});

describe("pictures", () => {
  beforeAll(() => {
    const images = join(dir, "images");
    mkdirSync(images, { recursive: true });
    const grey = Uint16Array.from({ length: 64 * 48 }, (_, index) => 100 + index);
    for (const channel of ["DNA", "ER"]) {
      writeFileSync(join(images, `ok_${channel}.tif`), writeTiff(planeOf(grey, 64, 48)));
      server.store.run(
        "UPDATE image SET path = ? WHERE plate = 'P1' AND well = 'C02' AND channel = ?",
        join(images, `ok_${channel}.tif`),
        channel,
      );
    }
    writeFileSync(join(images, "short.tif"), writeTiff(planeOf(grey, 64, 48)).subarray(0, 3000));
    server.store.run(
      "UPDATE image SET path = ? WHERE plate = 'P1' AND well = 'C03' AND channel = 'DNA'",
      join(images, "short.tif"),
    );
    writeFileSync(join(dir, "outside.tif"), writeTiff(planeOf(grey, 64, 48)));
    server.store.run(
      "UPDATE image SET path = ? WHERE plate = 'P1' AND well = 'C04' AND channel = 'DNA'",
      join(dir, "images", "..", "outside.tif"),
    );
  });

  test("a channel is windowed to 8 bits between lo and hi, scaled on request, and answered 304 when unchanged", async () => {
    const url = "/api/v1/images/RESCUE-1/P1/C02/1/DNA.png?lo=100&hi=3171";
    const answer = await get(url);
    const { data, info } = await sharp(answer.rawPayload).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, data[0], data[data.length - 1]]).toEqual([64, 48, 0, 255]);
    expect((await get(url, { "if-none-match": String(answer.headers.etag) })).statusCode).toBe(304);
    const small = await sharp((await get(`${url}&size=32`)).rawPayload).metadata();
    expect([small.width, small.height]).toEqual([32, 24]);
  });

  test("a composite is made of the channels that are there", async () => {
    const answer = await get("/api/v1/images/RESCUE-1/P1/C02/1/composite.png?channels=DNA,ER&size=32");
    expect(answer.headers["content-type"]).toBe("image/png");
    expect((await sharp(answer.rawPayload).metadata()).channels).toBe(3);
    expect((await get("/api/v1/images/RESCUE-1/P1/C02/1/composite.png?channels=Blue")).statusCode).toBe(404);
  });

  test("a truncated file says so in imaging's words; a file outside the image folders is not read", async () => {
    const short = await get("/api/v1/images/RESCUE-1/P1/C03/1/DNA.png");
    expect([short.statusCode, short.json<api.ErrorBody>().code]).toEqual([422, "imaging/truncated-file"]);
    const outside = await get("/api/v1/images/RESCUE-1/P1/C04/1/DNA.png");
    expect([outside.statusCode, outside.json<api.ErrorBody>().code]).toEqual([403, "server/image-outside-roots"]);
    expect(outside.body).not.toContain(dir);
  });

  test("the report is a page without scripts, an object is immutable", async () => {
    const report = await get("/api/v1/experiments/RESCUE-1/report");
    expect(report.headers["content-security-policy"]).toContain("sandbox");
    expect(report.body).toContain("RESCUE-1");
    const [row] = server.store.all("SELECT uri FROM experiment_result WHERE kind = 'report'");
    const object = await get(`/api/v1/objects/${row?.uri}`);
    expect([object.headers["cache-control"], object.headers["content-type"]]).toEqual([
      "private, max-age=31536000, immutable",
      "application/octet-stream",
    ]);
  });
});

describe("pages and operations", () => {
  test("every address that is no file opens the application, under a strict content policy", async () => {
    for (const url of ["/", "/experiments/RESCUE-1/plates?plate=P3", "/perturbations/compound%3AC4"]) {
      const answer = await get(url);
      expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
      expect(answer.headers["content-security-policy"]).toContain("script-src 'self'");
      expect(answer.headers["content-security-policy"]).not.toContain("unsafe");
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  test("hashed files are kept for ever and come compressed when the browser takes it", async () => {
    const answer = await get("/assets/app-1a2b.js", { "accept-encoding": "br" });
    expect([answer.headers["cache-control"], answer.headers["content-encoding"]]).toEqual([
      "public, max-age=31536000, immutable",
      "br",
    ]);
    expect((await get("/assets/../../store.db")).statusCode).toBe(404);
  });

  test("health, readiness and Prometheus metrics answer", async () => {
    expect((await get("/healthz")).json()).toEqual({ status: "ok", checks: {} });
    expect((await get("/readyz")).json()).toEqual({ status: "ok", checks: { store: "ok", "run 01JD9X2M": "ok" } });
    const metrics = (await get("/metrics")).body;
    expect(metrics).toMatch(/artesian_node_done\{run="01JD9X2M",node="image-metrics"\} \d+/);
    expect(metrics).toContain("artesian_http_request_seconds_bucket");
  });

  test("OpenAPI names every route that the description lists", async () => {
    const { paths } = await json<{ paths: Record<string, unknown> }>("openapi.json");
    expect(
      Object.keys(paths)
        .filter((path) => path.startsWith("/api/"))
        .sort(),
    ).toMatchSnapshot();
  });
});
