import type { SQLInputValue } from "node:sqlite";
import { InvalidRowError } from "./errors.ts";
import type { Store } from "./open-store.ts";
import type { Database } from "./schema.ts";

type Table = keyof Database;
type Values<T extends Table> = Partial<Record<keyof Database[T] & string, SQLInputValue>>;

const texts = new Map<string, string>();

/**
 * Inserts a row, or updates the given columns of the row with the same key; columns that are not given stay. With a `generation`
 * column among the values an older generation never replaces a newer one, so that the result does not depend on the order of arrival.
 * `ON CONFLICT` reads the same in SQLite and PostgreSQL.
 * @param whenNew columns that are written only when the row is new
 * @throws InvalidRowError (store/invalid-row) when a number is not finite
 */
export function upsert<T extends Table>(
  store: Store,
  table: T,
  key: readonly (keyof Database[T] & string)[],
  row: Values<T>,
  whenNew: Values<T> = {},
): void {
  const columns = [...Object.keys(row), ...Object.keys(whenNew)];
  const updated = Object.keys(row).filter((column) => !(key as readonly string[]).includes(column));
  const name = `${table}:${updated.join()}:${columns.join()}`;
  let sql = texts.get(name);
  if (sql === undefined) {
    sql = upsertText(table, key, columns, updated);
    texts.set(name, sql);
  }
  const values = [
    ...Object.values<SQLInputValue | undefined>(row),
    ...Object.values<SQLInputValue | undefined>(whenNew),
  ];
  store.run(sql, ...values.map((value, index) => checked(table, columns[index]!, value)));
}

function upsertText(
  table: string,
  key: readonly string[],
  columns: readonly string[],
  rest: readonly string[],
): string {
  const guard = rest.includes("generation") ? ` WHERE excluded.generation >= ${table}.generation` : "";
  const update =
    rest.length === 0
      ? "NOTHING"
      : `UPDATE SET ${rest.map((column) => `${column} = excluded.${column}`).join(", ")}${guard}`;
  const places = columns.map(() => "?").join(", ");
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places}) ON CONFLICT (${key.join(", ")}) DO ${update}`;
}

/** Inserts a row unless one with its key is there. */
export function insertIfAbsent<T extends Table>(store: Store, table: T, row: Values<T>): void {
  const columns = Object.keys(row);
  const places = columns.map(() => "?").join(", ");
  const values = Object.values<SQLInputValue | undefined>(row).map((value, index) =>
    checked(table, columns[index]!, value),
  );
  store.run(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places}) ON CONFLICT DO NOTHING`, ...values);
}

function checked(table: string, column: string, value: SQLInputValue | undefined): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new InvalidRowError(table, column, String(value), "a finite number, or null when it is missing");
  }
  return value;
}

/** JSON text of a map of numbers; NaN and infinities are missing there: null. */
export function numbersJson(numbers: Readonly<Record<string, number | null | undefined>>): string {
  return JSON.stringify(numbers, (_key, value) =>
    typeof value === "number" && !Number.isFinite(value) ? null : value,
  );
}
