import { MapCardError } from "./errors.ts";
import type { Store } from "./open-store.ts";
import type { Db } from "./read-experiments.ts";
import { recordAudit } from "./record-runs.ts";

/** A hypothesis that somebody keeps, with its evidence as it was. */
export interface StoredMapCard {
  id: string;
  /** "id@version" of the group that says so. */
  group: string;
  statement: string;
  /** The card as the map room makes it. */
  card: unknown;
  note: string;
  by: string;
  at: string;
  withdrawn: { by: string; at: string } | null;
}

/** Keeps a card; the audit trail has a line of it. */
export function saveMapCard(store: Store, input: Omit<StoredMapCard, "withdrawn">): void {
  store.transaction(() => {
    store.run(
      "INSERT INTO map_card (id, group_version, statement, card, note, actor, saved_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      input.id,
      input.group,
      input.statement,
      JSON.stringify(input.card),
      input.note,
      input.by,
      input.at,
    );
    recordAudit(store, { at: input.at, who: input.by, action: "map-card.save", target: input.id });
  });
}

/** Takes a card back; it stays to be read. @throws MapCardError (store/no-map-card) when it is not there, or was taken back already */
export function withdrawMapCard(store: Store, input: { id: string; by: string; at: string }): void {
  store.transaction(() => {
    const { changes } = store.run(
      "UPDATE map_card SET withdrawn_by = ?, withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL",
      input.by,
      input.at,
      input.id,
    );
    if (changes === 0) throw new MapCardError(input.id);
    recordAudit(store, { at: input.at, who: input.by, action: "map-card.withdraw", target: input.id });
  });
}

/** Cards, newest first, of a group (any version, or one as "id@version") and with a text in statement or note. */
export async function mapCardsOf(
  db: Db,
  options: { group?: string; q?: string; limit?: number } = {},
): Promise<StoredMapCard[]> {
  const { group, q, limit = 200 } = options;
  const rows = await db
    .selectFrom("map_card")
    .selectAll()
    .$if(group !== undefined, (query) =>
      query.where((where) =>
        where.or([
          where("group_version", "=", group ?? ""),
          where(
            where.fn<string>("substr", ["group_version", where.lit(1), where.val((group ?? "").length + 1)]),
            "=",
            `${group}@`,
          ),
        ]),
      ),
    )
    .$if(q !== undefined, (query) =>
      query.where((where) =>
        where.or([
          where(
            where.fn<number>("instr", [where.fn("lower", ["statement"]), where.val((q ?? "").toLowerCase())]),
            ">",
            0,
          ),
          where(where.fn<number>("instr", [where.fn("lower", ["note"]), where.val((q ?? "").toLowerCase())]), ">", 0),
        ]),
      ),
    )
    .orderBy("saved_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(cardOfRow);
}

/** @throws MapCardError (store/no-map-card) */
export async function mapCardById(db: Db, id: string): Promise<StoredMapCard> {
  const row = await db.selectFrom("map_card").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new MapCardError(id);
  return cardOfRow(row);
}

function cardOfRow(row: {
  id: string;
  group_version: string;
  statement: string;
  card: string;
  note: string;
  actor: string;
  saved_at: string;
  withdrawn_by: string | null;
  withdrawn_at: string | null;
}): StoredMapCard {
  const { id, statement, note } = row;
  return {
    id,
    group: row.group_version,
    statement,
    card: JSON.parse(row.card),
    note,
    by: row.actor,
    at: row.saved_at,
    withdrawn: row.withdrawn_at === null ? null : { by: row.withdrawn_by ?? "", at: row.withdrawn_at },
  };
}
