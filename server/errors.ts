/** An error that answers a request: its status, a stable code, what happened, and what to do. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Something that was asked for by name and is not there. */
export class NotFoundError extends RequestError {
  constructor(kind: string, name: string, hint?: string) {
    super(404, "server/not-found", `There is no ${kind} ${name}.`, hint);
  }
}

/** Something that is not finished yet. */
export class NotReadyError extends RequestError {
  constructor(what: string, hint: string) {
    super(409, "server/not-ready", `${what} has no result yet.`, hint);
  }
}

/** The engine of a run is not reachable from this server, so nothing can be retried. */
export class RunNotLiveError extends RequestError {
  constructor(run: string, dataDir: string) {
    super(
      409,
      "server/run-not-live",
      `Run ${run} is not running in this server, so its tasks cannot be retried from here.`,
      `Start it again with its data folder ${dataDir}: what succeeded is not repeated.`,
    );
  }
}

/** A map that this process does not build, so that no run of it can be asked for here. */
export class NotBuiltHereError extends RequestError {
  constructor(map: string, here: readonly string[]) {
    super(
      409,
      "server/not-built-here",
      `${map} is not built by this process${here.length === 0 ? "" : `, which builds ${here.join(", ")}`}.`,
      "Start one that does, artesian map watch --config FILE, or run it once: artesian map run --config FILE.",
    );
  }
}

/** Listening on an address that others can reach needs an identity provider. */
export class RefusedAddressError extends Error {
  readonly code = "server/refused-address";
  readonly host: string;
  constructor(host: string) {
    super(
      `Refused to listen on ${host}: anybody who reaches that address could read and change everything, and no identity provider is configured. ` +
        "Listen on 127.0.0.1 and reach it through ssh -L 8080:127.0.0.1:8080, or put an identity-aware proxy in front on the same machine.",
    );
    this.host = host;
  }
}

/** No free port where the server was told to look. */
export class PortInUseError extends Error {
  readonly code = "server/port-in-use";
  readonly port: number;
  constructor(port: number) {
    super(`Port ${port} is taken by another program. Name another with --port, or 0 for any free one.`);
    this.port = port;
  }
}

/** Functions do not run in this server, so nothing can be delivered, swept or sent again. */
export class FunctionsNotLiveError extends RequestError {
  constructor() {
    super(
      409,
      "server/functions-not-live",
      "No functions run in this server.",
      "Start them with: artesian functions watch PLACE --functions functions.yml, on this data folder.",
    );
  }
}

/** A door for events that others can reach needs a token. */
export class EventsTokenError extends Error {
  readonly code = "server/events-token";
  readonly host: string;
  constructor(host: string, shortest: number) {
    super(
      `Refused to take events on ${host} without a token of at least ${shortest} characters: anybody who reaches that address could make functions run. ` +
        "Put one into a file and name it with --events-token-file, or into ARTESIAN_EVENTS_TOKEN.",
    );
    this.host = host;
  }
}
