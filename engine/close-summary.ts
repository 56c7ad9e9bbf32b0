import type { EngineStats } from "./inspect.ts";

/** How a bounded run ended. */
export interface CloseSummary {
  /** No group was left open or incomplete, no task failed. */
  complete: boolean;
  /** Groups left open by their rule, by `<dag>.<node>`. */
  openGroups: Record<string, number>;
  incompleteGroups: number;
  failedTasks: number;
  deadLetters: number;
}

/**
 * Judges a run whose input is over.
 * @param open groups left open by their rule, by `<dag>.<node>`
 */
export function closeSummary({ nodes, deadLetters }: EngineStats, open: ReadonlyMap<string, number>): CloseSummary {
  const openGroups = Object.fromEntries(open);
  const incompleteGroups = nodes.reduce((sum, node) => sum + node.incomplete, 0);
  const failedTasks = nodes.reduce((sum, node) => sum + (node.tasks?.failed ?? 0), 0);
  const complete = incompleteGroups === 0 && failedTasks === 0 && deadLetters === 0 && open.size === 0;
  return { complete, openGroups, incompleteGroups, failedTasks, deadLetters };
}
