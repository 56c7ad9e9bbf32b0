import type { EditingSettings } from "@artesian/workflows";
import type { EditsFlags } from "./edits-options.ts";
import { ampliconFrom, count, planFrom, readingFrom } from "./edits-plan.ts";
import { UsageError } from "./exit.ts";

/** How all samples of a sheet are analysed, as a run of the workflow carries it. */
export function settingsFrom(flags: EditsFlags): EditingSettings {
  const { design = {}, quantify = {}, mostAlleles, leastEditShare } = planFrom(flags);
  const { filter, merge, unmerged, umi } = readingFrom(flags);
  const offsets = (flags.cutOffset ?? []).flatMap((text) => text.split(","));
  if (offsets.length > 1 || (flags.window?.length ?? 0) > 1)
    throw new UsageError("--cut-offset and --window: give one for all guides of a sheet.");
  const [offset] = offsets;
  if (offset !== undefined && !/^[+-]?\d+$/.test(offset))
    throw new UsageError(`--cut-offset ${offset}: expected a whole number.`);
  return structuredClone({
    amplicon: ampliconFrom(flags) ?? null,
    design,
    quantify,
    reading: {
      ...(filter && { filter }),
      ...(merge && { merge }),
      ...(unmerged && { unmerged }),
      ...(umi && { umi }),
    },
    interleaved: flags.interleaved === true,
    cutOffset: offset === undefined ? null : Number(offset),
    mostAlleles: mostAlleles ?? null,
    leastEditShare: leastEditShare ?? null,
  }) as EditingSettings;
}

/** Worker threads of a run. @throws UsageError */
export function workersFrom(text: string | undefined): number {
  return count("--workers", text ?? "2", 1);
}
