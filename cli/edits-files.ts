import { statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { openPlace, type Place } from "@artesian/data";
import {
  type FileSource,
  isOutputFile,
  type OutputFile,
  type SampleSource,
  type StreamedFile,
} from "@artesian/editing";
import { UsageError } from "./exit.ts";
import { isBucket } from "./stats-options.ts";
import { storeEnvironment } from "./store-environment.ts";

/** A file that a person names; relative ones are in `folder`. @throws UsageError when it is not there */
export function fileSource(flag: string, file: string, folder = "."): FileSource {
  if (isBucket(file)) {
    const at = file.lastIndexOf("/");
    return { place: openPlace(file.slice(0, at), storeEnvironment()), key: file.slice(at + 1), shown: file };
  }
  const path = isAbsolute(file) || folder === "." ? file : join(folder, file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`${flag} ${file}: there is no such file${folder === "." ? "" : ` in ${folder}`}.`);
  return { place: openPlace(dirname(path)), key: basename(path), shown: path };
}

/** A sample of one or two lists of files, lanes separated by commas. */
export function sampleSource(flag: string, name: string, files: readonly string[], interleaved: boolean): SampleSource {
  const [first, second, ...more] = files;
  if (first === undefined || more.length > 0)
    throw new UsageError(`${flag} ${files.join(" ")}: give R1, or R1 and R2; lanes of each separated by commas.`);
  if (second === undefined && isPair(first.split(",")))
    throw new UsageError(
      `${flag} ${first}: these look like R1 and R2 of one sample. Separate them by a space; commas are for lanes.`,
    );
  const lanes = (text: string | undefined): FileSource[] =>
    (text ?? "")
      .split(",")
      .filter((file) => file !== "")
      .map((file) => fileSource(flag, file));
  return { name, r1: lanes(first), r2: lanes(second), ...(interleaved && { interleaved }) };
}

/** Whether two names differ in a 1 and a 2 only, as those of a pair do. */
function isPair([first = "", second = "", ...more]: readonly string[]): boolean {
  return (
    more.length === 0 &&
    first !== second &&
    /_R?2[._]/.test(second) &&
    second.replace(/_(R?)2([._])/, "_$11$2") === first
  );
}

/** A sample's name from that of its first file: what sequencers add is left out. */
export function sampleName(file: string): string {
  const name = basename(file.split(",")[0] ?? file);
  return name.replace(/\.(?:fastq|fq)(?:\.gz)?$|\.gz$/i, "").replace(/_R?1(?:_001)?$/, "") || name;
}

/** Writes files into a place, and takes away those that an earlier run left there and this one has not. */
export async function writeOutputs(
  place: Place,
  folder: string,
  files: AsyncIterable<OutputFile | StreamedFile>,
): Promise<string[]> {
  const below = folder === "" ? "" : `${folder}/`;
  const written = new Set<string>();
  for await (const { name, content } of files) {
    await place.write(`${below}${name}`, content, {
      contentType: contentTypes[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain",
    });
    written.add(name);
  }
  const stale: string[] = [];
  for await (const { key } of place.list(below)) {
    const name = key.slice(below.length);
    if (isOutputFile(name) && !written.has(name)) stale.push(key);
  }
  for (const key of stale) await place.remove(key);
  return [...written];
}

const contentTypes: Record<string, string> = {
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
};

/** Ends a command in order when somebody stops it. */
export function stopSignal(): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, stop);
  return {
    signal: controller.signal,
    done() {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
    },
  };
}
