import { FlagRuleError } from "./errors.ts";

/** One bound on one measurement; both ends may be given. */
export interface FlagBound {
  /** Name of the measurement, as in "PowerLogLogSlope_DNA". */
  readonly measurement: string;
  /** Flags values below this. */
  readonly minimum?: number;
  /** Flags values above this. */
  readonly maximum?: number;
}

/** A named rule, as in CellProfiler's FlagImage. */
export interface FlagRule {
  /** Becomes `Metadata_<name>`. */
  readonly name: string;
  /** Flag when any bound is broken, or only when all are. */
  readonly when: "any" | "all";
  readonly bounds: readonly FlagBound[];
  /** Flagged images take no part in what follows, though they stay visible. Default false. */
  readonly skip?: boolean;
}

/** What a rule found. */
export interface Flag {
  readonly name: string;
  readonly flagged: boolean;
  readonly skip: boolean;
  /** A sentence for each broken bound. */
  readonly reasons: readonly string[];
}

/**
 * Applies rules to the measurements of one image, site or well. A measurement that is not-a-number breaks no bound, as in CellProfiler.
 * @throws FlagRuleError (imaging/flag-rule) when a rule has no bounds, a bound has no end, or a measurement does not exist
 * @example
 * flagImage({ PowerLogLogSlope_DNA: -3.1 }, [{ name: "QCFlag_Blurry", when: "any", bounds: [{ measurement: "PowerLogLogSlope_DNA", minimum: -2.5 }] }]);
 */
export function flagImage(measurements: Readonly<Record<string, number>>, rules: readonly FlagRule[]): Flag[] {
  return rules.map((rule) => {
    if (rule.bounds.length === 0) throw new FlagRuleError(rule.name, "it has no bounds");
    const reasons = rule.bounds.map((bound) => brokenBound(measurements, bound, rule.name));
    const broken = reasons.filter((reason) => reason !== undefined);
    const flagged = rule.when === "any" ? broken.length > 0 : broken.length === rule.bounds.length;
    return { name: rule.name, flagged, skip: flagged && rule.skip === true, reasons: flagged ? broken : [] };
  });
}

/** The flags as metadata columns, 1 or 0: `Metadata_<name>`. */
export function flagColumns(flags: readonly Flag[]): Record<string, 0 | 1> {
  return Object.fromEntries(flags.map(({ name, flagged }) => [`Metadata_${name}`, flagged ? 1 : 0] as const));
}

function brokenBound(
  measurements: Readonly<Record<string, number>>,
  bound: FlagBound,
  rule: string,
): string | undefined {
  const { measurement, minimum, maximum } = bound;
  if (minimum === undefined && maximum === undefined) {
    throw new FlagRuleError(rule, `its bound on ${measurement} has neither minimum nor maximum`);
  }
  const value = measurements[measurement];
  if (value === undefined) throw new FlagRuleError(rule, `there is no measurement ${measurement}`);
  if (minimum !== undefined && value < minimum) return `${measurement} ${shown(value)} is below ${shown(minimum)}`;
  if (maximum !== undefined && value > maximum) return `${measurement} ${shown(value)} is above ${shown(maximum)}`;
  return undefined;
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
