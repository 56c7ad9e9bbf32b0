import { canonicalJson, InvalidUriError, MissingObjectError, type ObjectStore } from "@artesian/data";
import { z } from "zod";
import { RowTexts } from "./api.ts";
import { RequestError } from "./errors.ts";

/** What an object that is a list holds: the names of rows, as they were given. */
const KeptList = z.object({ mapRows: RowTexts });
/** The name of a kept list, wherever names of rows are asked for: "list:" and the SHA-256 of what it holds. */
const NAME = /^list:([0-9a-f]{64})$/;
/** No list is larger: what RowTexts allows, with escapes. */
const MOST_BYTES = 16 * 2 ** 20;

/** Keeps a long list as an object, so that an address can hold its name. @returns the name; equal lists have one */
export async function keepList(objects: ObjectStore, entries: readonly string[]): Promise<string> {
  const list = { mapRows: [...new Set(entries.map((entry) => entry.trim()).filter((entry) => entry !== ""))] };
  const { uri } = await objects.put(new TextEncoder().encode(`${canonicalJson(list)}\n`));
  return uri.replace(/^sha256:/, "list:");
}

/** The names that a kept list holds. @throws RequestError (server/not-found) */
export async function keptList(objects: ObjectStore, name: string): Promise<string[]> {
  const missing = new RequestError(
    404,
    "server/not-found",
    `This server keeps no list ${name}.`,
    "It was pasted on another server, or its data folder was replaced. Paste it again here: equal lists have one name.",
  );
  const digest = NAME.exec(name)?.[1];
  if (digest === undefined) throw missing;
  const bytes = await objects.get(`sha256:${digest}`).catch((error: unknown) => {
    throw error instanceof MissingObjectError || error instanceof InvalidUriError ? missing : error;
  });
  // Any object has a digest; only some are lists.
  if (bytes.byteLength > MOST_BYTES) throw missing;
  const parsed = KeptList.safeParse(jsonOrNothing(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw missing;
  return parsed.data.mapRows;
}

/** Texts with each kept list among them replaced by what it holds. @throws RequestError (server/not-found) */
export async function withListsOpened(objects: ObjectStore, texts: readonly string[]): Promise<readonly string[]> {
  if (!texts.some((text) => NAME.test(text))) return texts;
  const parts = await Promise.all(texts.map(async (text) => (NAME.test(text) ? keptList(objects, text) : [text])));
  return parts.flat();
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
