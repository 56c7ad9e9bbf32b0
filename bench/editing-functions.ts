import { violentDelivery } from "@artesian/workflows/fixtures/functions/violence.ts";
import type { Figure } from "./figure.ts";

/**
 * Object events three times each and in any order, through functions whose process is killed with SIGKILL again and again, every commit on disk. Time is that
 * of all lives, starts included. Anything that is not as promised fails the benchmark.
 */
export async function functionFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const size = quick
    ? { objects: 900, older: 60, replaced: 40, poison: 4, kills: 2 }
    : { objects: 9000, older: 600, replaced: 400, poison: 40, kills: 8 };
  const report = await violentDelivery({ ...size, seed: 20261120 });
  if (report.wrong.length > 0) throw new Error(`Functions broke their promise: ${report.wrong.join("; ")}`);
  const { events, deliveries, killed, seconds, cpuSeconds } = report;
  const name = `functions: ${events} object events in ${deliveries} deliveries, ${killed} kills`;
  const goal = quick ? {} : { goal: 60 };
  return [
    { id: name, value: seconds, unit: "s", better: "lower", ...goal },
    ...(cpuSeconds === undefined
      ? []
      : [
          {
            id: "functions: the same, processor time",
            value: cpuSeconds,
            unit: "s",
            better: "lower" as const,
            ...goal,
          },
        ]),
    {
      id: "functions: events applied a second, kills and starts included",
      value: events / seconds,
      unit: "/s",
      better: "higher",
    },
  ];
}
