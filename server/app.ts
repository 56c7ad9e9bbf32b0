import { InvalidUriError, MissingObjectError, type ObjectStore } from "@artesian/data";
import type { MapService } from "@artesian/maps";
import { MapCardError, type Store, type StoreReader, VerdictNotFoundError } from "@artesian/store";
import fastifySwagger from "@fastify/swagger";
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyReply, type FastifyRequest } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError,
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { ErrorBody } from "./api.ts";
import type { App } from "./app-type.ts";
import type { ServerContext } from "./context.ts";
import type { Engines } from "./engine-view.ts";
import { PortInUseError, RequestError } from "./errors.ts";
import type { FunctionsControl } from "./functions-view.ts";
import { createLiveHub } from "./live-hub.ts";
import type { MapBuildsControl } from "./map-builds.ts";
import { createMemo } from "./memo.ts";
import { operationRoutes } from "./operations.ts";
import { pageRoutes } from "./pages.ts";
import { editRoutes } from "./routes-edits.ts";
import { functionRoutes } from "./routes-functions.ts";
import { imageRoutes } from "./routes-images.ts";
import { liveRoutes } from "./routes-live.ts";
import { mapCacheRoutes } from "./routes-map-cache.ts";
import { mapCardRoutes } from "./routes-map-cards.ts";
import { mapFunnelRoutes } from "./routes-map-funnel.ts";
import { mapGroupRoutes } from "./routes-map-groups.ts";
import { mapHypothesisRoutes } from "./routes-map-hypotheses.ts";
import { mapListRoutes } from "./routes-map-lists.ts";
import { mapQuestionRoutes } from "./routes-map-questions.ts";
import { mapRowRoutes } from "./routes-map-rows.ts";
import { mapRunRoutes } from "./routes-map-runs.ts";
import { mapSimilarityRoutes } from "./routes-map-similarity.ts";
import { profileRoutes } from "./routes-profiles.ts";
import { projectRoutes } from "./routes-projects.ts";
import { runRoutes } from "./routes-runs.ts";
import { storeRoutes } from "./routes-store.ts";
import { taskRoutes } from "./routes-tasks.ts";
import { verdictRoutes } from "./routes-verdicts.ts";
import { type RequestLimits, requireLoopback, secure } from "./security.ts";
import { answerSerializer } from "./serialize.ts";

export interface ServerOptions {
  reader: StoreReader;
  store: Store;
  objects: ObjectStore;
  /** Engines of runs; `noEngines` shows stored results only. */
  engines: Engines;
  /** Functions that run in this process. */
  functions?: FunctionsControl;
  /** Groups of perturbations to serve; closed by whoever opened it. */
  maps?: MapService;
  /** Builds of maps that run in this process. */
  mapBuilds?: MapBuildsControl;
  /** Folders that images may be read from. */
  imageRoots: readonly string[];
  /** The built browser application; without it the API answers alone. */
  webRoot?: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** Milliseconds since 1970. Default Date.now. */
  clock?: () => number;
  version?: string;
  watching?: string | null;
  /** Which engine works here. Default embedded. */
  mode?: "embedded" | "kafka";
  /** Requests that one address may make. Default 6,000 at once, 1,500 a second. */
  limits?: RequestLimits;
  /** pino. */
  logger?: FastifyBaseLogger;
}

/** A server that is ready to be started; `app.inject` asks it without a network. */
export interface Server {
  app: App;
  /** Listens; with a taken port and `orNext` the next free one of the twenty after it. */
  listen(options: { port: number; orNext?: boolean }): Promise<{ url: string; port: number }>;
  close(): Promise<void>;
}

/**
 * Makes the server of pages and API.
 * @throws RefusedAddressError (server/refused-address) for a host that others can reach
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  const host = options.host ?? "127.0.0.1";
  requireLoopback(host);
  const clock = options.clock ?? Date.now;
  const context: ServerContext = {
    reader: options.reader,
    store: options.store,
    objects: options.objects,
    engines: options.engines,
    functions: options.functions,
    maps: options.maps,
    mapBuilds: options.mapBuilds,
    imageRoots: options.imageRoots,
    clock,
    version: options.version ?? "0.1.0",
    watching: options.watching ?? null,
    mode: options.mode ?? "embedded",
    memo: createMemo(() => options.reader.version(), clock),
  };
  const common = {
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    forceCloseConnections: true as const,
  };
  const logging = options.logger === undefined ? {} : { loggerInstance: options.logger };
  const app: App = Fastify({ ...common, ...logging }).withTypeProvider<ZodTypeProvider>();
  // A write without a body may still call itself JSON.
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else parseJson(request, String(body), done);
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(answerSerializer);
  app.setErrorHandler(answerError);
  secure(app, clock, options.limits);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Artesian", version: context.version, description: "From plate wells to a map of biology." },
    },
    transform: jsonSchemaTransform,
  });
  const hub = createLiveHub(context);
  // In a plugin of their own, so that the OpenAPI plugin has seen every route.
  await app.register(async (scope: App) => {
    storeRoutes(scope, context);
    profileRoutes(scope, context);
    editRoutes(scope, context);
    projectRoutes(scope, context);
    verdictRoutes(scope, context);
    runRoutes(scope, context);
    functionRoutes(scope, context);
    imageRoutes(scope, context);
    mapGroupRoutes(scope, context);
    mapRowRoutes(scope, context);
    mapSimilarityRoutes(scope, context);
    mapQuestionRoutes(scope, context);
    mapFunnelRoutes(scope, context);
    mapHypothesisRoutes(scope, context);
    mapCardRoutes(scope, context);
    mapListRoutes(scope, context);
    mapCacheRoutes(scope, context);
    mapRunRoutes(scope, context);
    liveRoutes(scope, context, hub);
    taskRoutes(scope, context);
    operationRoutes(scope, context, hub);
    scope.get("/api/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  });
  pageRoutes(app, options.webRoot);
  await app.ready();
  return { app, listen: (where) => listen(app, host, where), close: () => app.close() };
}

async function listen(
  app: App,
  host: string,
  where: { port: number; orNext?: boolean },
): Promise<{ url: string; port: number }> {
  const last = where.orNext === true && where.port > 0 ? where.port + 20 : where.port;
  for (let port = where.port; ; port++) {
    try {
      const url = await app.listen({ host, port });
      return { url, port: Number(new URL(url).port) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (port >= last) throw new PortInUseError(where.port);
    }
  }
}

/** Every failing answer: status, and {code, message, hint}. Errors of the rooms below keep their own codes. */
function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, body } = describe(error, request);
  if (status >= 500) request.log.error({ err: error, url: request.url }, body.message);
  return reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
}

const ENGINE_STATUS: Record<string, number> = {
  "engine/not-found": 404,
  "engine/stopped": 409,
  "engine/disk-full": 507,
  "engine/notification": 400,
};
const MAP_STATUS: Record<string, number> = {
  "maps/unknown-group": 404,
  "maps/unknown-row": 404,
  "maps/unknown-tile": 404,
  "maps/unknown-perturbation": 404,
  "maps/eviction-refused": 409,
  "maps/store-unreachable": 503,
  "maps/group-file": 502,
};
const SQLITE_FULL = 13;

function describe(error: FastifyError | Error, request: FastifyRequest): { status: number; body: ErrorBody } {
  if (error instanceof RequestError) {
    return {
      status: error.status,
      body: { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) },
    };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issue = error.validation[0];
    const where = issue?.instancePath ? ` at ${issue.instancePath}` : "";
    return {
      status: 400,
      body: {
        code: "server/invalid-request",
        message: `${issue?.message ?? "The request is not valid"}${where}.`,
        hint: "GET /api/v1/openapi.json describes what is expected.",
      },
    };
  }
  if (isResponseSerializationError(error)) {
    return {
      status: 500,
      body: {
        code: "server/invalid-answer",
        message: `The answer to ${request.url} does not have its own shape.`,
        hint: "Please report it with the server's log.",
      },
    };
  }
  if (error instanceof MissingObjectError) return { status: 404, body: { code: error.code, message: error.message } };
  if (error instanceof InvalidUriError) return { status: 400, body: { code: error.code, message: error.message } };
  if (error instanceof VerdictNotFoundError || error instanceof MapCardError)
    return { status: 404, body: { code: error.code, message: error.message } };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  // Errors of the rooms below: their own codes and words, which name the thing.
  if (code?.startsWith("imaging/") || code?.startsWith("workflows/"))
    return { status: 422, body: { code, message: error.message } };
  if (code === "data/store-unreachable") return { status: 503, body: { code, message: error.message } };
  if (code?.startsWith("maps/")) return { status: MAP_STATUS[code] ?? 422, body: { code, message: error.message } };
  if (code?.startsWith("engine/"))
    return { status: ENGINE_STATUS[code] ?? 500, body: { code, message: error.message } };
  if (code === "ERR_SQLITE_ERROR" && "errcode" in error && error.errcode === SQLITE_FULL) {
    return {
      status: 507,
      body: {
        code: "server/disk-full",
        message: "The disk is full: nothing was stored.",
        hint: "Make room and try again; what is there is safe.",
      },
    };
  }
  if (status < 500)
    return {
      status,
      body: { code: status === 413 ? "server/too-large" : "server/invalid-request", message: error.message },
    };
  return {
    status: 500,
    body: {
      code: "server/internal",
      message: "Something went wrong inside the server.",
      hint: "Its log has the details; nothing was changed.",
    },
  };
}
