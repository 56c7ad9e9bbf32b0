/**
 * Options for a worker thread that runs a file: a program given as text (`node --input-type=module -e …`) hands its own flags down, and a
 * thread that starts from a file ends by them.
 * @example new Worker(new URL("./entry.ts", import.meta.url), { ...threadOptions(), workerData })
 */
export const threadOptions = (flags: readonly string[] = process.execArgv): { execArgv?: string[] } =>
  flags.some((flag) => flag.startsWith("--input-type")) ? { execArgv: [] } : {};
