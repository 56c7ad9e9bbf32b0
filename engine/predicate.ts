import type { Predicate } from "./operations.ts";
import { atPath, sameJson, type Value } from "./template.ts";

/** Whether a condition holds for a value; a comparison with several parts needs all of them. */
export function holds(predicate: Predicate, value: Value): boolean {
  if (typeof predicate === "boolean") return predicate;
  if ("not" in predicate) return !holds(predicate.not, value);
  if ("all" in predicate) return predicate.all.every((one) => holds(one, value));
  if ("any" in predicate) return predicate.any.some((one) => holds(one, value));
  const found = atPath(value, predicate.field);
  if (predicate.exists !== undefined && predicate.exists !== (found !== undefined && found !== null)) return false;
  if (predicate.equals !== undefined && !sameJson(found, predicate.equals)) return false;
  if (predicate.in !== undefined && !predicate.in.some((one) => sameJson(found, one))) return false;
  if (predicate.above !== undefined && !(typeof found === "number" && found > predicate.above)) return false;
  return predicate.below === undefined || (typeof found === "number" && found < predicate.below);
}
