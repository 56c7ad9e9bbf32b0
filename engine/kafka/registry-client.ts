import { z } from "zod";
import { SchemaRegistryError } from "../errors.ts";

export type RegistrySchemaType = "AVRO" | "JSON" | "PROTOBUF";

/** A schema as a registry keeps it. */
export interface RegistrySchema {
  schemaType: RegistrySchemaType;
  schema: string;
  /** Schemas whose names it uses. */
  references: readonly { name: string; subject: string; version: number }[];
}

/** What is asked of a schema registry with Confluent's API. */
export interface RegistryClient {
  /** The schema of an id; undefined when the registry has none. @throws SchemaRegistryError (engine/schema-registry) */
  byId(id: number): Promise<RegistrySchema | undefined>;
  /** A version of a subject. @throws SchemaRegistryError (engine/schema-registry) */
  bySubject(subject: string, version: number): Promise<RegistrySchema>;
  /** Registers a schema where it is not yet. @returns its id @throws SchemaRegistryError (engine/schema-registry), as when it is not compatible */
  register(subject: string, schemaType: RegistrySchemaType, schema: string): Promise<number>;
}

const found = z.object({
  schema: z.string(),
  schemaType: z.enum(["AVRO", "JSON", "PROTOBUF"]).default("AVRO"),
  references: z.array(z.object({ name: z.string(), subject: z.string(), version: z.number() })).default([]),
});
const registered = z.object({ id: z.number() });
const refusal = z.object({ error_code: z.number(), message: z.string() });
const patienceMs = 10_000;

/**
 * A registry by its HTTP API: Confluent Schema Registry, or what speaks as it does (Apicurio's `/apis/ccompat/v7`, Karapace, Redpanda).
 * @param address "https://key:secret@host:8081"; key and secret are sent as basic authentication and never told
 */
export function registryClient(address: string, fetch: typeof globalThis.fetch = globalThis.fetch): RegistryClient {
  const { username, password, origin, pathname } = new URL(address);
  const base = origin + pathname.replace(/\/$/, "");
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = {
    accept: "application/vnd.schemaregistry.v1+json, application/json",
    ...(username === "" ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
  };
  const ask = async <T>(path: string, answer: z.ZodType<T>, body?: object): Promise<T | undefined> => {
    const sent =
      body === undefined
        ? {}
        : {
            method: "POST",
            headers: { ...headers, "content-type": "application/vnd.schemaregistry.v1+json" },
            body: JSON.stringify(body),
          };
    let status: number;
    let text: string;
    try {
      const response = await fetch(base + path, { headers, signal: AbortSignal.timeout(patienceMs), ...sent });
      status = response.status;
      text = await response.text();
    } catch (error) {
      const { cause, message } = error as Error;
      throw new SchemaRegistryError(base, path, cause instanceof Error ? cause.message : message);
    }
    const document = parsed(text);
    const told = refusal.safeParse(document);
    if (status === 404 && told.success) return undefined;
    if (status >= 400)
      throw new SchemaRegistryError(base, path, told.success ? told.data.message : `it answered with status ${status}`);
    const checked = answer.safeParse(document);
    if (!checked.success) throw new SchemaRegistryError(base, path, "its answer is not that of a schema registry");
    return checked.data;
  };
  return {
    byId: (id) => ask(`/schemas/ids/${id}`, found),
    async bySubject(subject, version) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
      const answer = await ask(path, found);
      if (answer === undefined) throw new SchemaRegistryError(base, path, "it has no such schema");
      return answer;
    },
    async register(subject, schemaType, schema) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      const answer = await ask(path, registered, schemaType === "AVRO" ? { schema } : { schema, schemaType });
      if (answer === undefined) throw new SchemaRegistryError(base, path, "it knows nothing of subjects");
      return answer.id;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
