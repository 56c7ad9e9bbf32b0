import { mean } from "@artesian/numerics";
import type { AxisEnds, ScreenWell } from "./screen-wells.ts";
import { NAMELESS } from "./screen-wells.ts";
import type { SideEffects } from "./side-effect.ts";

/** One well of the control cloud. */
export interface CloudPoint {
  plate: string;
  well: string;
  /** 1 at the start controls (disease), 0 at the goal (healthy). */
  p: number;
  /** Rejection, noise included. */
  r: number;
}

/** One dose of a compound, or one gene: the mean of its replicates. */
export interface ProjectionPoint {
  dose: number | null;
  wells: number;
  p: number;
  /** Length of the mean rejection, noise included. */
  r: number;
  /** Rejection with the noise of controls taken off. */
  sideEffect: number;
}

/** The rescue plot: disease at p = 1, healthy at p = 0, side effect upwards; plain JSON. */
export interface RescueProjection {
  ends: AxisEnds;
  start: CloudPoint[];
  goal: CloudPoint[];
  compounds: { name: string; points: ProjectionPoint[] }[];
  genes: { name: string; points: ProjectionPoint[] }[];
}

/**
 * Data of the projection plot in rescue mode: the cross-validated score along x, the rejection from the line between the controls
 * along y; one polyline a compound in dose order, one point a gene.
 */
export function rescueProjection(
  wells: readonly ScreenWell[],
  scores: ArrayLike<number>,
  side: SideEffects,
  ends: AxisEnds,
): RescueProjection {
  const known = wells.flatMap((well, i) =>
    well.excluded === undefined && !Number.isNaN(scores[i]!) && !Number.isNaN(side.rejection[i]!) ? [i] : [],
  );
  const cloud = (role: string): CloudPoint[] =>
    known
      .filter((i) => wells[i]!.role === role)
      .map((i) => ({ plate: wells[i]!.plate, well: wells[i]!.well, p: scores[i]!, r: side.rejection[i]! }));
  const pointOf = (members: readonly number[], dose: number | null): ProjectionPoint => ({
    dose,
    wells: members.length,
    p: mean(members.map((i) => scores[i]!)),
    r: side.rawOf(members) ?? 0,
    sideEffect: side.of(members) ?? 0,
  });
  const named = (role: string, fallback: string): { name: string; members: number[] }[] => {
    const own = known.filter((i) => wells[i]!.role === role);
    const names = [...new Set(own.map((i) => wells[i]!.name ?? fallback))].sort((a, b) =>
      a.localeCompare(b, "en", { numeric: true }),
    );
    return names.map((name) => ({ name, members: own.filter((i) => (wells[i]!.name ?? fallback) === name) }));
  };
  return {
    ends,
    start: cloud(ends.start),
    goal: cloud(ends.goal),
    compounds: named("compound", NAMELESS).map(({ name, members }) => {
      const doses = [...new Set(members.map((i) => wells[i]!.doseUm))].sort((a, b) => (a ?? 0) - (b ?? 0));
      return {
        name,
        points: doses.map((dose) =>
          pointOf(
            members.filter((i) => wells[i]!.doseUm === dose),
            dose,
          ),
        ),
      };
    }),
    genes: named("gene", "unnamed gene").map(({ name, members }) => ({ name, points: [pointOf(members, null)] })),
  };
}
