import type { Db } from "./read-experiments.ts";

/**
 * Numbers that grow when a part of the store is written: `topic:<name>` for what sinks apply, `run:<state>` counts of runs, `audit` for what people do.
 * Comparing two answers tells which pages are out of date, at the cost of a few small rows.
 */
export async function changeMarks(db: Db): Promise<Map<string, number>> {
  const topics = await db
    .selectFrom("sink_offset")
    .select((eb) => ["topic", eb.fn.sum<number>("next_offset").as("offsets")])
    .groupBy("topic")
    .execute();
  const runs = await db
    .selectFrom("run")
    .select((eb) => ["state", eb.fn.countAll<number>().as("count")])
    .groupBy("state")
    .execute();
  const audit = await db
    .selectFrom("audit")
    .select((eb) => eb.fn.max("id").as("last"))
    .executeTakeFirst();
  return new Map([
    ...topics.map((row): [string, number] => [`topic:${row.topic}`, Number(row.offsets)]),
    ...runs.map((row): [string, number] => [`run:${row.state}`, Number(row.count)]),
    ["audit", Number(audit?.last ?? 0)],
  ]);
}
