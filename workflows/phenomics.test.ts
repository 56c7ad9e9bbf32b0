import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256, tableFromRows, writeCsv } from "@artesian/data";
import { openEmbedded, testDriver } from "@artesian/engine";
import { designScreen, renderSite, screenMetadata, writeTiff } from "@artesian/imaging";
import { openStore } from "@artesian/store";
import { afterAll, describe, expect, it } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { planExperiment } from "./experiment.ts";
import { takeInventory } from "./image-source.ts";
import { phenomicsRows } from "./phenomics.sinks.ts";
import { planGraph } from "./plan-graph.ts";
import { runtimeOptions } from "./runtime.ts";
import { planOf } from "./workflow.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-phenomics-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the phenomics workflow as data", () => {
  const image = (channel: string, site = 1) => ({
    experiment: "E",
    plate: "P1",
    well: "A01",
    site,
    channel,
    uri: `/${channel}.tif`,
    sha256: channel,
    sizeBytes: 1,
  });
  const measured = { metrics: {}, width: 1, height: 1, bitDepth: 16 };

  it("completes a site when every channel is in, and also when the metadata comes last", async () => {
    const driver = testDriver(planOf("phenomics"), { tasks: { "image-metrics": { run: () => measured } } });
    driver.push("images_channels", image("ER"));
    driver.push("images_channels", image("DNA"));
    await driver.runTasks();
    expect(driver.read("phenomics.sites")).toHaveLength(0);
    driver.push("experiment_metadata", { experiment: "E", channels: ["DNA", "ER"], sites: [1] });
    await driver.runTasks();
    const [site] = driver.read("phenomics.sites");
    expect(site?.value).toMatchObject({ well: "A01", complete: true, images: [{ channel: "DNA" }, { channel: "ER" }] });
  });

  it("makes a site with a broken image a failure that names its cause", async () => {
    const run = (input: Record<string, unknown>) => {
      if (input.channel === "ER")
        throw Object.assign(new Error("ends at strip 3 of 9"), { code: "imaging/truncated-file", retryable: false });
      return measured;
    };
    const driver = testDriver(planOf("phenomics"), { tasks: { "image-metrics": { run: run as never } } });
    driver.push("experiment_metadata", { experiment: "E", channels: ["DNA", "ER"], sites: [1] });
    for (const channel of ["DNA", "ER"]) driver.push("images_channels", image(channel));
    await driver.runTasks();
    expect(driver.read("phenomics.sites")[0]?.failure).toMatchObject({
      code: "imaging/truncated-file",
      message: expect.stringContaining("strip 3 of 9"),
    });
  });

  it("has a topic for every sink", () => {
    const topics = new Set(planOf("phenomics").topics.map(({ name }) => name));
    expect(Object.keys(phenomicsRows().topics).filter((topic) => !topics.has(topic))).toEqual([]);
  });

  it("is drawn as one box a thing that people wait for, without edges that others imply", () => {
    const { nodes, edges } = planGraph(planOf("phenomics"));
    expect(nodes.map(({ label }) => label)).toMatchInlineSnapshot(`
      [
        "channel images",
        "image metrics",
        "experiment metadata",
        "sites",
        "site features",
        "well features",
        "plate layouts",
        "site metrics",
        "plate quality",
        "profiles",
        "normalize",
        "plate features",
        "experiment",
        "experiment profiles",
        "phenoprint",
        "hits",
        "map",
        "thumbnails",
        "plate sprite",
        "select features",
        "profile summary",
        "report",
      ]
    `);
    expect(edges.map(({ from, to }) => `${from} → ${to}`)).toMatchInlineSnapshot(`
      [
        "channel-images → image-metrics",
        "image-metrics → sites",
        "experiment-metadata → sites",
        "sites → site-features",
        "site-features → well-features",
        "sites → site-metrics",
        "site-metrics → plate-quality",
        "plate-layouts → plate-quality",
        "well-features → raw-profiles",
        "plate-quality → raw-profiles",
        "raw-profiles → normalized-profiles",
        "normalized-profiles → plate-features",
        "plate-features → experiment-plates",
        "experiment-plates → batch-profiles",
        "experiment-plates → phenoprint",
        "phenoprint → hits",
        "phenoprint → map",
        "sites → thumbnails",
        "thumbnails → plate-sprite",
        "plate-layouts → plate-sprite",
        "normalized-profiles → selected-profiles",
        "selected-profiles → profile-summary",
        "hits → report",
        "map → report",
      ]
    `);
  });
});

describe("a small plate with a truncated and a missing image, events doubled and shuffled", () => {
  const design = designScreen({
    seed: 3,
    plates: 1,
    sites: 1,
    sizePx: 160,
    healthyWells: 3,
    diseaseWells: 3,
    genes: [],
    dosesUm: [0.1, 1, 10],
  });
  const wells = design.plates[0]?.wells.slice(0, 8).map(({ well }) => well) ?? [];
  const [truncatedWell = "", incompleteWell = ""] = wells;
  const images = join(root, "images");

  function acquire(): string[] {
    mkdirSync(images);
    return wells.flatMap((well) =>
      renderSite(design, "P1", well, 1).planes.map((plane, channel) => {
        const path = join(images, `P1_${well}_s1_${design.channels[channel]}.tif`);
        writeFileSync(path, writeTiff(plane));
        return path;
      }),
    );
  }

  async function run(data: string, paths: readonly string[]) {
    const { images: found } = takeInventory(
      paths,
      { experiment: "E", pattern: null, plate: null, channels: null },
      undefined,
    );
    const rows = screenMetadata(design).filter(({ well }) => wells.includes(well));
    const plan = planExperiment({
      experiment: "E",
      images: found.map(({ place }) => place),
      channels: design.channels,
      metadata: { text: writeCsv(tableFromRows(rows.map((row) => ({ ...row })))), source: "metadata.csv" },
    });
    const runtime = await openEmbedded(runtimeOptions({ workflow: "phenomics", dir: data, runId: "R", workers: 1 }));
    const value = (content: unknown) => ({ value: JSON.parse(JSON.stringify(content)) });
    const records = found.map(({ path, place }) => {
      const bytes = readFileSync(path);
      return value({ experiment: "E", ...place, uri: path, sha256: sha256(bytes), sizeBytes: bytes.length });
    });
    await runtime.append(
      "images_channels",
      records.filter((_, index) => index % 2 === 1),
    );
    await runtime.append("plate_layouts", plan.layouts.map(value));
    await runtime.append("images_channels", records.toReversed());
    await runtime.append("experiment_metadata", [value(plan.document)]);
    const summary = await runtime.closeInput();
    const tasks = runtime.stats().nodes.reduce((sum, node) => sum + (node.tasks?.done ?? 0), 0);
    await runtime.stop();
    return { summary, tasks };
  }

  it("names each trouble once, does all the rest, and changes nothing when it runs again", {
    timeout: 120_000,
  }, async () => {
    const paths = acquire();
    truncateSync(paths[4] ?? "", 20_000);
    const given = paths.filter((path) => !path.endsWith(`${incompleteWell}_s1_ER.tif`));
    const data = join(root, "data");
    const first = await run(data, given);
    expect(first.summary.complete).toBe(false);

    const store = openStore(dataFolder(data).store);
    const failures = store.all("SELECT node, well, channel, code, message FROM failure ORDER BY well, node");
    expect(failures.filter(({ code }) => code === "imaging/truncated-file")).toMatchObject([
      { node: "image-metrics", well: truncatedWell, channel: "Mito", message: expect.stringMatching(/ends/) },
    ]);
    expect(failures.filter(({ well }) => well === incompleteWell)).toMatchObject([
      { node: "sites", message: expect.stringContaining("ER") },
    ]);
    const profiles = store.all("SELECT well FROM well_profile WHERE status = 'complete' ORDER BY well");
    expect(profiles.map(({ well }) => well)).toEqual(wells.slice(2).sort());
    const quality = store.all("SELECT count(*) AS n FROM image_quality WHERE error_code IS NULL")[0];
    expect(quality?.n).toBe(given.length - 1);
    expect(store.all("SELECT status, missing FROM plate_result")).toMatchObject([{ status: "incomplete" }]);
    expect(store.all("SELECT kind FROM experiment_result WHERE kind = 'report'")).toHaveLength(1);
    const before = JSON.stringify(store.all("SELECT * FROM well_profile ORDER BY well"));

    const again = await run(data, given);
    expect(again.tasks).toBe(first.tasks);
    expect(JSON.stringify(store.all("SELECT * FROM well_profile ORDER BY well"))).toBe(before);
    store.close();
  });
});
