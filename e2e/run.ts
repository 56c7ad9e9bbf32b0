/**
 * Browser journeys: Chromium walks through the application as a person does. Each journey saves screenshots, fails on any console
 * error and on any serious accessibility violation. `node e2e/run.ts [name …]`; ARTESIAN_URL names a running application,
 * otherwise the demonstration is started.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { application } from "./application.ts";
import { findChromium, launch } from "./browser.ts";
import { fillEdits } from "./edits.ts";
import { functionsApplication } from "./functions-application.ts";
import { type Journey, type Traveller, until } from "./journey.ts";
import { editJourneys } from "./journeys/edits.ts";
import { experimentJourneys } from "./journeys/experiments.ts";
import { frameJourneys } from "./journeys/frame.ts";
import { functionJourneys, withoutFunctions } from "./journeys/functions.ts";
import { kafkaJourneys } from "./journeys/kafka.ts";
import { mapJourneys } from "./journeys/map.ts";
import { outageJourneys } from "./journeys/map-outage.ts";
import { projectJourneys } from "./journeys/projects.ts";
import { runJourneys } from "./journeys/runs.ts";
import { type KafkaApplication, kafkaApplication } from "./kafka-application.ts";
import { mapApplication } from "./map-application.ts";
import { type OutageApplication, outageApplication } from "./outage-application.ts";
import { fillPortal } from "./portal.ts";

const JOURNEY_MS = 90_000;
const screenshots = process.env.ARTESIAN_SCREENSHOTS ?? fileURLToPath(new URL("screenshots", import.meta.url));

/** Console errors and failed requests of a page, collected as they come. */
function collectErrors(page: Page, expected: RegExp | undefined): string[] {
  const errors: string[] = [];
  const add = (text: string): void => {
    if (!expected?.test(text)) errors.push(text);
  };
  page.on("console", (message) => message.type() === "error" && add(`console: ${message.text()}`));
  page.on("pageerror", (error) => add(`exception: ${error.message}`));
  page.on("response", (response) => response.status() >= 400 && add(`${response.status()} ${response.url()}`));
  return errors;
}

/** No serious violation on the page as it is now. */
async function checkAccess(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  if (serious.length === 0) return;
  const lines = serious.map(
    (v) =>
      `${v.id}: ${v.help} (${v.nodes.length}×, ${v.nodes
        .slice(0, 3)
        .map((n) => n.target.join(" "))
        .join("; ")})`,
  );
  throw new Error(`axe on ${name}:\n    ${lines.join("\n    ")}`);
}

async function contextFor(browser: Browser, journey: Journey): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: journey.viewport ?? { width: 1440, height: 860 },
    colorScheme: journey.scheme ?? "light",
    reducedMotion: "reduce",
  });
  if (!journey.firstVisit) await context.addInitScript("localStorage.setItem('artesian.tour', 'seen')");
  return context;
}

async function travel(browser: Browser, url: string, journey: Journey): Promise<void> {
  const contexts: BrowserContext[] = [];
  const newPage = async (): Promise<Page> => {
    const context = await contextFor(browser, journey);
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    return page;
  };
  let late: NodeJS.Timeout | undefined;
  const page = await newPage();
  try {
    const errors = collectErrors(page, journey.expectedErrors);
    const traveller: Traveller = {
      page,
      url,
      open: async (path) => {
        await page.goto(url + path, { waitUntil: "domcontentloaded" });
        await page.locator("main h1, main [role=alert]").first().waitFor();
        await until(`${path} shows its answer`, 15_000, async () => (await page.locator(".skeleton").count()) === 0);
      },
      look: async (name) => {
        await page.screenshot({ path: `${screenshots}/${name}.png` });
        await checkAccess(page, name);
      },
      api: async <T>(path: string) => {
        const response = await fetch(`${url}/api/v1${path}`);
        if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
        return (await response.json()) as T;
      },
      companion: newPage,
    };
    const timeout = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`not done within ${JOURNEY_MS} ms`)), JOURNEY_MS);
    });
    await Promise.race([journey.run(traveller), timeout]);
    if (errors.length > 0)
      throw new Error(`errors on the way:\n    ${[...new Set(errors)].slice(0, 10).join("\n    ")}`);
  } catch (error) {
    // What it looked like says more than what was waited for.
    const name = `failed-${journey.name.replaceAll(/\W+/g, "-").slice(0, 60)}`;
    await page.screenshot({ path: `${screenshots}/${name}.png` }).catch(() => {});
    const dialogs = await page
      .locator("dialog")
      .count()
      .catch(() => 0);
    const place = `at ${page.url()}, ${dialogs} dialogs, ${name}.png`;
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n    ${place}`, { cause: error });
  } finally {
    clearTimeout(late);
    for (const context of contexts) await context.close();
  }
}

const chromium = findChromium();
if (chromium === undefined) {
  console.error("No Chromium on this machine: apt-get install chromium, or set ARTESIAN_CHROMIUM to its path.");
  process.exit(2);
}
mkdirSync(screenshots, { recursive: true });
const wanted = process.argv.slice(2);
const isWanted = ({ name }: Journey): boolean => wanted.length === 0 || wanted.some((word) => name.includes(word));
const given = process.env.ARTESIAN_URL !== undefined;
const ofDemo = [
  ...frameJourneys,
  ...experimentJourneys,
  ...projectJourneys,
  ...editJourneys,
  ...withoutFunctions,
  ...runJourneys,
];
// The demonstration takes minutes: it runs for who wants to walk through it.
const app = given || ofDemo.some(isWanted) ? await application() : undefined;
const answer = async <T>(path: string): Promise<T | undefined> =>
  app === undefined ? undefined : ((await (await fetch(`${app.url}/api/v1/${path}`)).json()) as T);
const listed = await answer<{ experiments: { id: string }[] }>("experiments");
const experiment = listed?.experiments[0]?.id ?? "";
// A portal's projects and amplicon reads stand beside the demonstration's images; an application that runs already shows what it has.
if (app?.demo !== undefined) {
  await fillPortal(join(app.demo.beside, "portal"), app.demo.data);
  await fillEdits(join(app.demo.beside, "reads"), app.demo.data, experiment);
}
const portal = await answer<{ total: number }>("projects?q=lung");
const edits = await answer<{ samples?: unknown[] }>(`experiments/${encodeURIComponent(experiment)}/edits`);
const declared = await answer<{ functions: unknown[] }>("functions");
const absent = [
  ...(portal?.total ? [] : projectJourneys),
  ...(edits?.samples?.length ? [] : editJourneys),
  ...(declared?.functions.length ? withoutFunctions : []),
];
// Functions run in an application of their own, where files may be dropped.
const lab = given || !functionJourneys("").some(isWanted) ? undefined : await functionsApplication();
const maps = given || !mapJourneys.some(isWanted) ? undefined : await mapApplication();
// Maps in a bucket, which is cut off, hang on services.
const ofOutage: Journey[] = given ? [] : outageJourneys(() => outage!).filter(isWanted);
const outage: OutageApplication | undefined = ofOutage.length > 0 ? await outageApplication() : undefined;
if (ofOutage.length > 0 && outage === undefined)
  console.log(`${ofOutage.length} journey skipped, for want of a bucket and Redis: scripts/services up s3, and redis`);
const onKafka: Journey[] = given ? [] : kafkaJourneys(() => kafka!).filter(isWanted);
const kafka: KafkaApplication | undefined = onKafka.length > 0 ? await kafkaApplication() : undefined;
if (onKafka.length > 0 && kafka === undefined)
  console.log(`${onKafka.length} journey skipped, for want of a Kafka broker: scripts/services up kafka`);
const journeys = [
  ...ofDemo.flatMap((journey) => (app === undefined || absent.includes(journey) ? [] : [{ journey, url: app.url }])),
  ...(lab === undefined ? [] : functionJourneys(lab.inbox).map((journey) => ({ journey, url: lab.url }))),
  ...(maps === undefined ? [] : mapJourneys.map((journey) => ({ journey, url: maps.url }))),
  ...(outage === undefined ? [] : ofOutage.map((journey) => ({ journey, url: outage.url }))),
  ...(kafka === undefined ? [] : onKafka.map((journey) => ({ journey, url: kafka.url }))),
].filter(({ journey }) => isWanted(journey));
const browser = await launch(chromium);
let failed = 0;
let total = journeys.length;
if (app?.judgement !== undefined) {
  const { complete, seconds, wrong } = app.judgement;
  total++;
  if (!complete) failed++;
  console.log(
    `${complete ? "✓" : "✗"} the demonstration finds what was planted (${seconds} s)${complete ? "" : `\n    ${wrong.join("\n    ")}`}`,
  );
}
try {
  for (const { journey, url } of journeys) {
    const start = Date.now();
    try {
      await travel(browser, url, journey);
      console.log(`✓ ${journey.name} (${Date.now() - start} ms)`);
    } catch (error) {
      failed++;
      console.log(`✗ ${journey.name}\n    ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  await browser.close();
  await lab?.stop();
  await maps?.stop();
  await outage?.stop();
  await kafka?.stop();
  await app?.stop();
}
console.log(`${total - failed} passed, ${failed} failed`);
process.exit(failed === 0 && journeys.length > 0 ? 0 : 1);
