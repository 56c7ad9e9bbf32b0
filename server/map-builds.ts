/** A map whose builds this process runs. */
export interface ScheduledMap {
  map: string;
  /** File of its configuration. */
  config: string;
  cron: string;
  timeZone: string;
  /** When it is due next, ms since 1970; null: not known yet. */
  nextMs: number | null;
}

/** Builds of maps that run in this process, as pages and API see them. */
export interface MapBuildsControl {
  schedules(): ScheduledMap[];
  /** Asks for a run of a map. @returns the run's id; undefined for a map that is not built here */
  ask(map: string): Promise<string | undefined>;
}
