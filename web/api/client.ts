/** Requests to the server. One function to read, one to change; every failure is a PageError. */
import {
  NotJsonError,
  type PageError,
  ServerAnswerError,
  UnexplainedAnswerError,
  UnreachableError,
} from "../errors.ts";

const BASE = "/api/v1";

/** Address of an API resource with its query; undefined and empty values are left out. */
export function address(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined | null>> = {},
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  const text = params.toString();
  return `${BASE}${path}${text ? `?${text}` : ""}`;
}

/** A path of encoded parts: parts("experiments", "E 1") is "/experiments/E%201". */
export const parts = (...names: readonly (string | number)[]): string =>
  names.map((name) => `/${encodeURIComponent(String(name)).replaceAll("%3A", ":")}`).join("");

async function answerOf<T>(url: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers: { accept: "application/json", ...init.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new UnreachableError(url);
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    throw new NotJsonError(url, response.status);
  }
  if (!response.ok) throw errorFrom(body, url, response.status);
  return body as T;
}

/** The server's error body as an error. */
export function errorFrom(body: unknown, url: string, status: number): PageError {
  const record = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const { code, message, hint } = record;
  if (typeof code !== "string" || typeof message !== "string") return new UnexplainedAnswerError(url, status);
  return new ServerAnswerError(code, message, status, typeof hint === "string" ? hint : undefined);
}

/** Reads a resource. @throws PageError */
export const read = <T>(url: string, signal?: AbortSignal): Promise<T> => answerOf<T>(url, signal ? { signal } : {});

/** Sends a change. @throws PageError */
export const send = <T>(url: string, body: unknown = {}): Promise<T> =>
  answerOf<T>(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
