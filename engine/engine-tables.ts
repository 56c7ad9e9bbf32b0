import type { DatabaseSync } from "node:sqlite";
import { ConsumerOffsets } from "./consumer-offsets.ts";
import { Counters } from "./counters.ts";
import { Names, type Statements, statements } from "./database.ts";
import { DeadLetterTable } from "./dead-letter-table.ts";
import type { EngineLimits } from "./engine-limits.ts";
import { TopicLog } from "./log.ts";
import type { Plan } from "./plan.ts";
import { RunEvents } from "./run-events.ts";
import { StateTables } from "./state.ts";
import { TimerTable } from "./timers.ts";

/** The tables of a data folder's database, by what they hold. */
export interface EngineTables {
  sql: Statements;
  names: Names;
  log: TopicLog;
  offsets: ConsumerOffsets;
  state: StateTables;
  timers: TimerTable;
  counters: Counters;
  events: RunEvents;
  letters: DeadLetterTable;
}

export function engineTables(db: DatabaseSync, plans: readonly Plan[], limits: EngineLimits): EngineTables {
  const sql = statements(db);
  const names = new Names(sql);
  const log = new TopicLog(sql, names, limits.maxRecordBytes);
  const events = new RunEvents(sql);
  return {
    sql,
    names,
    log,
    offsets: new ConsumerOffsets(sql, names, log),
    state: new StateTables(sql, names, log, plans, limits),
    timers: new TimerTable(sql, names),
    counters: new Counters(sql, names),
    events,
    letters: new DeadLetterTable(sql, names, events),
  };
}

/** Forgets what memory holds, after a transaction was rolled back. */
export function resetTables({ names, log, offsets, state, counters, events }: EngineTables): void {
  for (const part of [names, log, offsets, state, counters, events]) part.reset();
}
