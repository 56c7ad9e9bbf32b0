import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/**
 * The most telling problem of a document: within a union, that of the branch that came furthest, and of those the one that the value is
 * nearest to, by the members that it lacks, has beside, or has of another type.
 */
export function deepestIssue(issues: readonly Issue[]): { path: PropertyKey[]; message: string } | undefined {
  const [first] = issues;
  if (first?.code !== "invalid_union" || first.errors.length === 0) return first;
  const tried = first.errors.map((branch) => ({ misses: missesOf(branch), found: deepestIssue(branch) }));
  const depth = ({ found }: (typeof tried)[number]): number => found?.path.length ?? 0;
  const best = tried.sort((a, b) => depth(b) - depth(a) || a.misses - b.misses)[0]?.found;
  return { path: [...first.path, ...(best?.path ?? [])], message: best?.message ?? first.message };
}

function missesOf(branch: readonly Issue[]): number {
  let misses = 0;
  for (const issue of branch) {
    if (issue.code === "unrecognized_keys") misses += issue.keys.length;
    else if (issue.path.length <= 1)
      misses += issue.code === "invalid_type" || issue.code === "invalid_union" ? 1 : 0.5;
  }
  return misses;
}
