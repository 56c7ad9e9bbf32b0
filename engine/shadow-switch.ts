import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { copyRows, databaseName, openDatabase } from "./database.ts";
import { ReplayRefusedError } from "./errors.ts";
import { Inspector } from "./inspect.ts";
import { lockFolder } from "./lock.ts";
import {
  follow,
  openLive,
  readMarker,
  type ShadowOptions,
  type ShadowReport,
  shadowFolder,
  withShadow,
  writeMarker,
} from "./shadow.ts";
import { feedSource } from "./shadow-feed.ts";
import { transact } from "./transaction.ts";

/** The outcome of a switch. */
export interface ShadowSwitch {
  report: ShadowReport;
  /** Where the old version is kept: an engine's folder that can be looked into. */
  aside: string;
}

/**
 * Makes a shadow that has been compared the live engine. Whoever ran the old version has stopped; the shadow first takes what came since,
 * and with it which events and files have entered. One rename of `engine.db` is the switch: before it the folder is the old version,
 * after it the new one. Killed anywhere, the same call goes on.
 * @param onlyEqual refuse when, with what came since, the outputs differ. Default false: whoever calls has read the report
 * @throws LockedError (engine/locked) while the live engine runs, ReplayRefusedError (engine/replay-refused) without a compared shadow
 */
export async function switchToShadow(options: ShadowOptions, onlyEqual = false): Promise<ShadowSwitch> {
  const { dir, plan, onProgress } = options;
  const tell = (step: string): void => onProgress?.({ phase: "switch", step });
  const marker = readMarker(dir);
  if (marker?.report === undefined || marker.sha256 !== plan.sha256)
    throw new ReplayRefusedError(
      dir,
      `there is no compared shadow of this version of "${plan.dag}". Replay it first, and read the report.`,
    );
  const unlock = lockFolder(dir);
  try {
    const from = marker.from;
    const { aside: begun } = marker;
    if (begun !== undefined && !existsSync(join(shadowFolder(dir), databaseName))) {
      finish(dir);
      return { report: marker.report, aside: begun };
    }
    const report = await catchUp({ ...options, from }, onlyEqual);
    const aside = begun ?? join(dir, `before-${report.new.sha256.slice(0, 12)}-${options.clock?.() ?? Date.now()}`);
    await writeMarker(dir, { ...marker, report, aside });
    tell("marked");
    carryOver(dir, report, options.clock?.() ?? Date.now());
    tell("carried");
    swap(dir, aside, tell);
    finish(dir);
    return { report, aside };
  } finally {
    unlock();
  }
}

async function catchUp(options: ShadowOptions, onlyEqual: boolean): Promise<ShadowReport> {
  const { dir, plan } = options;
  const live = openLive(dir);
  try {
    const plans = new Inspector(live).plans();
    if (plans.length > 1)
      throw new ReplayRefusedError(
        dir,
        `${plans.length} workflows share this engine, and a switch would take the others away. Give each a folder of its own.`,
      );
    const report = await withShadow(options, (runtime) => follow(options, live, runtime));
    if (onlyEqual && !report.equal)
      throw new ReplayRefusedError(
        dir,
        `what "${plan.dag}" publishes differs between the versions, or is unfinished. Read the report; then switch without asking for equal outputs.`,
      );
    return report;
  } finally {
    live.close();
  }
}

const eventIds = "SELECT e.id, n.name FROM event_ids e JOIN names n ON n.id = e.topic";
const putEventId =
  "INSERT OR IGNORE INTO event_ids (topic, id) SELECT id, ? FROM names WHERE name = ? AND id IN (SELECT topic FROM topics)";
const ledgerRows = `SELECT source, path, sha256, size, mtime, at FROM ledger WHERE source <> '${feedSource}'`;
const putLedgerRow = "INSERT OR REPLACE INTO ledger (source, path, sha256, size, mtime, at) VALUES (?, ?, ?, ?, ?, ?)";

/** What entered the live engine by event id and file stays known, so that nothing that is sent again enters the new version twice. */
function carryOver(dir: string, report: ShadowReport, now: number): void {
  const live = openLive(dir);
  const shadow = openDatabase(shadowFolder(dir));
  try {
    transact(shadow, () => {
      copyRows(live, shadow, eventIds, putEventId);
      copyRows(live, shadow, ledgerRows, putLedgerRow);
      shadow
        .prepare("INSERT INTO run_events (at, kind, data) VALUES (?, 'version-switched', ?)")
        .run(now, JSON.stringify({ dag: report.dag, old: report.old, new: report.new }));
    });
  } finally {
    shadow.close();
    live.close();
  }
}

/** Puts the shadow's database in the live one's place, which stays under another name. */
function swap(dir: string, aside: string, tell: (step: string) => void): void {
  const [live, shadow] = [join(dir, databaseName), join(shadowFolder(dir), databaseName)];
  settleFile(dir);
  tell("old closed");
  mkdirSync(aside, { recursive: true });
  rmSync(join(aside, databaseName), { force: true });
  linkSync(live, join(aside, databaseName));
  flush(aside);
  tell("old kept");
  settleFile(shadowFolder(dir));
  tell("new closed");
  renameSync(shadow, live);
  flush(dir);
  tell("switched");
}

/**
 * Brings everything of a write-ahead log into the database file and takes the log away: a log that stayed would be read into whatever file
 * lies beside it next. Readers that have it open keep what they have.
 */
function settleFile(dir: string): void {
  const db = openDatabase(dir);
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    if (Number(db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy) !== 0)
      throw new ReplayRefusedError(
        dir,
        "somebody reads in its database for more than five seconds. Switch again then.",
      );
  } finally {
    db.close();
  }
  for (const suffix of ["-wal", "-shm"]) rmSync(join(dir, `${databaseName}${suffix}`), { force: true });
  flush(dir);
}

function flush(dir: string): void {
  const folder = openSync(dir, "r");
  fsyncSync(folder);
  closeSync(folder);
}

function finish(dir: string): void {
  rmSync(shadowFolder(dir), { recursive: true, force: true });
}
