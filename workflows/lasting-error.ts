/** Errors that pass: another attempt may go better. All others of ours say what is wrong with what was given. */
const PASSING = new Set([
  "data/store-unreachable",
  "data/changed-file",
  "maps/catalog-busy",
  "maps/group-file",
  "maps/store-unreachable",
]);

/** An error about what was given will be the same at the next attempt: it says so to the engine, unless it knows itself. */
export function lasting(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = /^(?:data|editing|expression|figures|maps|workflows)\//.test(code) && !PASSING.has(code);
  return known && error instanceof Error && !("retryable" in error)
    ? Object.assign(error, { retryable: false })
    : error;
}
