import { MapShapeError, ZeroVectorError } from "./errors.ts";

/** "unit": both vectors of unit length, so no effect lies near (0, 1); "magnitude": raw lengths, so no effect lies at (0, 0). */
export type ProjectionMode = "unit" | "magnitude";

/** Where a query lies as seen along a target: x = projection p, y = rejection r; the target itself is at (1, 0). */
export interface Projected {
  projection: number;
  rejection: number;
}

/**
 * Projection and rejection of a query on a target, both from the control origin: p = q·t/(t·t), r = ‖q − p·t‖/‖t‖, so that
 * p² + r² = ‖q‖²/‖t‖². In unit mode q and t are scaled to length 1 first: p is their cosine and p² + r² = 1.
 * @param query of shape (dims)
 * @param target of shape (dims)
 * @param mode default "unit"
 * @throws ZeroVectorError (maps/zero-vector) for a target without length, or a query without length in unit mode
 * @example project([3, 4], [10, 0], "magnitude") // { projection: 0.3, rejection: 0.4 }
 */
export function project(query: ArrayLike<number>, target: ArrayLike<number>, mode: ProjectionMode = "unit"): Projected {
  if (query.length !== target.length)
    throw new MapShapeError("Query and target of a projection", query.length, target.length);
  let qt = 0;
  let qq = 0;
  let tt = 0;
  for (let i = 0; i < target.length; i++) {
    qt += query[i]! * target[i]!;
    qq += query[i]! * query[i]!;
    tt += target[i]! * target[i]!;
  }
  if (tt === 0) throw new ZeroVectorError("The target of a projection");
  if (mode === "unit" && qq === 0) throw new ZeroVectorError("The query of a projection in unit mode");
  const along = qt / tt;
  let square = 0;
  for (let i = 0; i < target.length; i++) square += (query[i]! - along * target[i]!) ** 2;
  const scale = mode === "unit" ? Math.sqrt(tt / qq) : 1;
  return { projection: along * scale, rejection: (Math.sqrt(square) * scale) / Math.sqrt(tt) };
}

/** One step of a polyline. */
export interface PolylinePoint extends Projected {
  /** Dose of a compound, or 1, 2, 3 … for the guides of a gene. */
  dose: number;
  label: string;
}

/** Projects a series (a compound over its doses, a gene over its guides) on a target, in dose order; vectors without length are left out. */
export function polyline(
  series: readonly { dose: number; label: string; vector: ArrayLike<number> }[],
  target: ArrayLike<number>,
  mode: ProjectionMode = "unit",
): PolylinePoint[] {
  return [...series]
    .sort((a, b) => a.dose - b.dose)
    .filter(({ vector }) => mode === "magnitude" || Array.from(vector).some((value) => value !== 0))
    .map(({ dose, label, vector }) => ({ dose, label, ...project(vector, target, mode) }));
}
