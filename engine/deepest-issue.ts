import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/**
 * The most telling problem of a document: within a union, that of the branch that came furthest, and of those the one that misses least; one
 * that misses nothing but knows of more is nearer than one whose verb is not there.
 */
export function deepestIssue(issues: readonly Issue[]): { path: PropertyKey[]; message: string } | undefined {
  const [first] = issues;
  if (first?.code !== "invalid_union" || first.errors.length === 0) return first;
  const tried = first.errors.map((branch) => ({ missed: missedBy(branch), found: deepestIssue(branch) }));
  const depth = ({ found }: (typeof tried)[number]): number => found?.path.length ?? 0;
  const best = tried.sort((a, b) => depth(b) - depth(a) || a.missed - b.missed)[0]?.found;
  return { path: [...first.path, ...(best?.path ?? [])], message: best?.message ?? first.message };
}

function missedBy(branch: readonly Issue[]): number {
  const missing = branch.filter((issue) => issue.code === "invalid_type" && issue.path.length === 1).length;
  return missing + (branch.some((issue) => issue.code === "unrecognized_keys") ? 0.5 : 0);
}
