import {
  type Lease,
  type MapService,
  type NeighbourTold,
  type ReplicatesTold,
  rowMeant,
  rowsMeant,
} from "@artesian/maps";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type * as api from "./api.ts";
import { Id } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import { RequestError } from "./errors.ts";
import { withListsOpened } from "./kept-lists.ts";

/** A group in an address: ID, or ID@VERSION. */
export const GroupParams = z.object({ group: Id });
/** A row in a query: its number, symbol or identity. */
export const OfQuery = z.object({ of: z.string().min(1).max(300) });
/** Rows in a query, separated by commas. */
export const RowList = z.string().min(1).max(15_000);

/** Most rows that one answer is about. */
export const MOST_ROWS = 20_000;
/** Of a question that names its rows in the body. */
export const BIG_BODY = { bodyLimit: 2 * 1024 * 1024 };
/** A yes or no in a query. */
export const flag = (otherwise: boolean) =>
  z
    .enum(["true", "false"])
    .default(otherwise ? "true" : "false")
    .transform((text) => text === "true");

/** @throws RequestError (server/no-maps) */
export function mapsOf(context: ServerContext): MapService {
  if (context.maps !== undefined) return context.maps;
  throw new RequestError(
    404,
    "server/no-maps",
    "This server has no store of maps.",
    "Publish a map into the data folder's own maps/, or start it with: artesian serve --maps PLACE.",
  );
}

/**
 * Answers from a group version that stays what it is until the answer is sent, names it in the answer's headers, and logs version, layer and time.
 * @param ask gives the answer; its signal ends the work when the asker leaves
 */
export async function fromGroup<T>(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  group: string,
  ask: (lease: Lease, call: { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const started = context.clock();
  const lease = await mapsOf(context).lease(group);
  const gone = new AbortController();
  const leave = (): void => gone.abort(new Error("The asker left."));
  reply.raw.once("close", leave);
  try {
    const answer = await ask(lease, { signal: gone.signal });
    reply.header("x-artesian-group", lease.view.name);
    request.log.info({ group: lease.view.name, layer: lease.layer, ms: context.clock() - started }, "map answer");
    return answer;
  } finally {
    reply.raw.off("close", leave);
    lease.release();
  }
}

export function answeredBy({ manifest, layer }: Lease): api.AnsweredBy {
  return { id: manifest.id, version: manifest.version, label: manifest.label, layer };
}

/** @throws UnknownPerturbationError (maps/unknown-perturbation) */
export function rowOf({ view }: Lease, text: string, call: { signal: AbortSignal }): Promise<number> {
  return rowMeant(view, text, call);
}

/**
 * Rows that a list means, with the lists kept on this server that it names, and what was not found.
 * @throws RequestError (server/not-found) when none was found, or a list is not kept here; (server/too-large) for more than `most`
 */
export async function rowsOfList(
  context: Pick<ServerContext, "objects">,
  { view }: Lease,
  texts: readonly string[] | string,
  most: number,
  call: { signal: AbortSignal },
): Promise<{ rows: number[]; notFound: string[] }> {
  const list = typeof texts === "string" ? texts.split(",").filter((text) => text !== "") : texts;
  const found = await rowsMeant(view, await withListsOpened(context.objects, list), call);
  if (found.rows.length === 0)
    throw new RequestError(
      404,
      "server/not-found",
      `${view.name} has none of ${found.notFound.slice(0, 5).join(", ") || "these rows"}.`,
      "Search for them, or ask why they are missing.",
    );
  if (found.rows.length > most)
    throw new RequestError(
      413,
      "server/too-large",
      `${found.rows.length} rows were asked for; this answer holds at most ${most}.`,
      "Choose fewer rows, or read a large heat map as tiles of a selection.",
    );
  return found;
}

/** Numbers as JSON: to six decimals, which is what a cosine of float32 holds; what is none is null. */
export function numbersOf(values: ArrayLike<number>): (number | null)[] {
  const told = new Array<number | null>(values.length);
  for (let i = 0; i < values.length; i++)
    told[i] = Number.isFinite(values[i]!) ? Math.round(values[i]! * 1e6) / 1e6 : null;
  return told;
}

export function neighbourTold({ row, cosine, percentile, known }: NeighbourTold): api.MapNeighbour {
  return { row, cosine, percentile: Number.isNaN(percentile) ? null : percentile, known: known && [...known] };
}

export function replicatesTold({ agreement, ...told }: ReplicatesTold): Omit<api.MapReplicates, "by"> {
  return { ...told, agreement };
}

/** Sends a file under a name that every system takes. */
export function sendFile<
  R extends { header(name: string, value: string): R; type(type: string): R; send(body: unknown): R },
>(reply: R, name: string, type: string, file: Uint8Array | string): R {
  const safe = name.replaceAll(/[^\w.-]+/g, "_");
  const body = typeof file === "string" ? file : Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  return reply.header("content-disposition", `attachment; filename="${safe}"`).type(type).send(body);
}
