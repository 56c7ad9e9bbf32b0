import { type Place, sha256 } from "@artesian/data";
import { drawSvg } from "@artesian/figures";
import { type PortalEntry, type ProjectIndex, portalIndex } from "./expression.schemas.ts";
import { projectKey, STATS_PREFIX } from "./portal-files.ts";
import { portalFiles, readIndex } from "./publish-tasks.ts";

/** A file that is not as it was published. */
export interface PortalFault {
  key: string;
  fault: "missing" | "damaged";
  message: string;
}

export interface PortalCheck {
  projects: number;
  files: number;
  faults: PortalFault[];
}

export interface VerifyOptions {
  only?: readonly string[] | undefined;
  /** Also draw each SVG from its published specification, and compare. */
  redraw?: boolean | undefined;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number, project: string) => void;
}

/** Reads everything that a portal published and holds it against its indexes: every file is there and has the digest that was written. */
export async function verifyPortal(dest: Place, options: VerifyOptions = {}): Promise<PortalCheck> {
  const check: PortalCheck = { projects: 0, files: 0, faults: [] };
  const indexKey = `${STATS_PREFIX}index.json`;
  const text = await textOf(dest, indexKey, options.signal);
  if (text === undefined) return { ...check, faults: [missing(indexKey)] };
  const parsed = parsedIndex(text);
  if (parsed === undefined)
    return { ...check, faults: [{ key: indexKey, fault: "damaged", message: "It is no index of a portal." }] };
  for (const [name, expected] of portalFiles(parsed)) {
    check.files++;
    const found = await textOf(dest, `${STATS_PREFIX}${name}`, options.signal);
    if (found === undefined) check.faults.push(missing(`${STATS_PREFIX}${name}`));
    else if (found !== expected)
      check.faults.push({
        key: `${STATS_PREFIX}${name}`,
        fault: "damaged",
        message: "It is not what the portal's entries give.",
      });
  }
  const wanted = parsed.filter(({ project }) => options.only === undefined || options.only.includes(project));
  for (const entry of wanted) {
    options.onProgress?.(check.projects, wanted.length, entry.project);
    await verifyProject(dest, entry, check, options);
    check.projects++;
  }
  return check;
}

async function verifyProject(
  dest: Place,
  entry: PortalEntry,
  check: PortalCheck,
  { redraw = false, signal }: VerifyOptions,
): Promise<void> {
  // A project that could not even be published has nothing to hold it against.
  if (entry.index === "") return;
  const key = projectKey(entry.project, "index.json");
  check.files++;
  const bytes = await bytesOf(dest, key, signal);
  const index = bytes === undefined ? undefined : await readIndex(dest, entry.project, signal);
  if (bytes === undefined) check.faults.push(missing(key));
  else if (sha256(bytes) !== entry.index || index === undefined)
    check.faults.push({ key, fault: "damaged", message: "Its digest is not the one in the portal's index." });
  for (const file of index?.files ?? []) {
    check.files++;
    const fault = await faultOf(dest, projectKey(entry.project, file.name), file, signal);
    if (fault !== undefined) check.faults.push(fault);
    else if (redraw && index !== undefined && file.name.endsWith(".svg"))
      await verifyDrawing(dest, index, file.name, check, signal);
  }
}

async function faultOf(
  dest: Place,
  key: string,
  { sha256: expected }: ProjectIndex["files"][number],
  signal: AbortSignal | undefined,
): Promise<PortalFault | undefined> {
  const bytes = await bytesOf(dest, key, signal);
  if (bytes === undefined) return missing(key);
  const found = sha256(bytes);
  if (found === expected) return undefined;
  return {
    key,
    fault: "damaged",
    message: `Its SHA-256 is ${found.slice(0, 12)}…, the index says ${expected.slice(0, 12)}….`,
  };
}

async function verifyDrawing(
  dest: Place,
  { project }: ProjectIndex,
  name: string,
  check: PortalCheck,
  signal: AbortSignal | undefined,
): Promise<void> {
  const key = projectKey(project, name);
  const spec = await textOf(dest, key.replace(/\.svg$/, ".vl.json"), signal);
  if (spec === undefined) return;
  const drawn = await drawSvg(JSON.parse(spec) as Parameters<typeof drawSvg>[0]);
  if (drawn !== (await textOf(dest, key, signal)))
    check.faults.push({ key, fault: "damaged", message: "Drawn again from its specification it is another picture." });
}

function missing(key: string): PortalFault {
  return { key, fault: "missing", message: "It is not there." };
}

function parsedIndex(text: string): PortalEntry[] | undefined {
  try {
    return portalIndex.safeParse(JSON.parse(text)).data?.projects;
  } catch {
    return undefined;
  }
}

async function bytesOf(dest: Place, key: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  const call = signal === undefined ? {} : { signal };
  return (await dest.stat(key, call)) === undefined ? undefined : dest.read(key, call);
}

async function textOf(dest: Place, key: string, signal?: AbortSignal): Promise<string | undefined> {
  const bytes = await bytesOf(dest, key, signal);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
