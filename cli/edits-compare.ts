import { openPlace, sha256 } from "@artesian/data";
import {
  BATCH_FILE,
  ComparisonError,
  compareResults,
  comparisonLines,
  comparisonOutputs,
  type EditingResult,
  type InputFile,
  RESULT_FILE,
  readBatch,
  readResult,
} from "@artesian/editing";
import { editingCode } from "@artesian/workflows/edit-code.ts";
import type { CommandContext } from "./command.ts";
import { stopSignal, writeOutputs } from "./edits-files.ts";
import { EXIT, UsageError } from "./exit.ts";
import { storeEnvironment } from "./store-environment.ts";

interface CompareFlags {
  names: string;
  out: string;
  png: boolean;
  json?: true;
}

/** `artesian edits compare`: two conditions, each of one or more results. */
export async function editsCompare(
  a: string,
  b: string,
  flags: CompareFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  const [first, second, ...more] = flags.names.split(",").map((name) => name.trim());
  if (!first || !second || first === second || more.length > 0)
    throw new UsageError(`--names ${flags.names}: give two different names separated by a comma.`);
  const names: [string, string] = [first, second];
  const place = openPlace(flags.out, storeEnvironment());
  const { signal, done } = stopSignal();
  try {
    const [left, right] = [await resultsIn(a, signal), await resultsIn(b, signal)];
    const comparison = compareResults(
      left.map(({ result }) => result),
      right.map(({ result }) => result),
    );
    const provenance = {
      code: await editingCode(),
      inputs: [
        ...left.map(({ input }) => ({ ...input, role: names[0] })),
        ...right.map(({ input }) => ({ ...input, role: names[1] })),
      ],
      parameters: { names },
    };
    const files = await writeOutputs(
      place,
      "",
      comparisonOutputs(comparison, names, provenance, { png: flags.png, signal }),
    );
    if (flags.json) output.json({ names, ...comparison, provenance, out: flags.out, files });
    else for (const line of comparisonLines(comparison, names)) output.data(line);
    output.say(`${flags.out}: ${files.length} files; report.html first.`);
    exit(EXIT.done);
  } catch (error) {
    if (!signal.aborted) throw error;
    exit(EXIT.incomplete);
  } finally {
    done();
  }
}

interface FoundResult {
  result: EditingResult;
  input: Omit<InputFile, "role">;
}

/** Results of folders separated by commas; a batch's folder stands for its samples that are done. */
async function resultsIn(folders: string, signal: AbortSignal): Promise<FoundResult[]> {
  const found: FoundResult[] = [];
  for (const folder of folders.split(",")) {
    const place = openPlace(folder, storeEnvironment());
    const read = async (key: string): Promise<void> => {
      const content = await place.read(key, { signal });
      const result = readResult(new TextDecoder().decode(content), `${folder}/${key}`);
      const input = { name: `${result.sample}/${RESULT_FILE}`, sizeBytes: content.length, sha256: sha256(content) };
      found.push({ result, input });
    };
    if ((await place.stat(RESULT_FILE, { signal })) !== undefined) await read(RESULT_FILE);
    else if ((await place.stat(BATCH_FILE, { signal })) !== undefined) {
      const batch = readBatch(
        new TextDecoder().decode(await place.read(BATCH_FILE, { signal })),
        `${folder}/${BATCH_FILE}`,
      );
      for (const sample of batch.samples) if (sample.status === "done") await read(`${sample.folder}/${RESULT_FILE}`);
    } else
      throw new ComparisonError(
        folder,
        `there is no ${RESULT_FILE} or ${BATCH_FILE} in it. Name a folder that edits run or batch wrote.`,
      );
  }
  return found;
}
