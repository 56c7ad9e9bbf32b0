/** The HTTP API, live events and pages of one machine. */
export { createServer, type Server, type ServerOptions } from "./app.ts";
export { type EngineRegistry, engineRegistry, type RuntimeControl } from "./engine-adapter.ts";
export {
  type EngineControl,
  type EngineNode,
  type Engines,
  type EngineView,
  noEngines,
  type RunEngine,
} from "./engine-view.ts";
export {
  EventsTokenError,
  FunctionsNotLiveError,
  NotBuiltHereError,
  NotFoundError,
  PortInUseError,
  RefusedAddressError,
  RequestError,
  RunNotLiveError,
} from "./errors.ts";
export { type EventsListener, type EventsListenerOptions, listenForEvents } from "./events-listener.ts";
export type { DeliveredEvents, FunctionsControl, ReplayOrder } from "./functions-view.ts";
export type { MapBuildsControl, ScheduledMap } from "./map-builds.ts";
export { type RedisNotices, redisNotices } from "./map-notices.ts";
