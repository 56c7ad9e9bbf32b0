import { matrix } from "@artesian/numerics";
import { NORMALIZE_METHODS, type Normalization } from "./normalize.ts";
import { SPHERIZE_VARIANTS } from "./spherize.ts";
import { ProfileFormatError, UnknownOperationError } from "./statistics-errors.ts";

const VERSION = 1;

/**
 * A fit as JSON text, to be used again on other plates: every number exact; missing is null, an infinity a text. Equal fits give equal
 * bytes.
 */
export function normalizationToJson(fit: Normalization): string {
  const common = { version: VERSION, method: fit.method, samples: fit.samples, sampleCount: fit.sampleCount };
  const features = fit.features;
  switch (fit.method) {
    case "spherize": {
      const { variant, centre, scale, directions, gains, rest } = fit.whitening;
      return text({
        ...common,
        variant,
        rest,
        features,
        centre: plain(centre),
        scale: plain(scale),
        gains: plain(gains),
        directions: plain(directions.data),
      });
    }
    case "inverse_normal":
      return text({ ...common, features, landmarks: fit.landmarks.map(plain) });
    default:
      return text({ ...common, features, centre: plain(fit.centre), scale: plain(fit.scale) });
  }
}

/**
 * Reads a fit that {@link normalizationToJson} wrote.
 * @throws ProfileFormatError (profiling/profile-format), UnknownOperationError (profiling/unknown-operation)
 */
export function normalizationFromJson(json: string, source = "Normalization"): Normalization {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    throw new ProfileFormatError(source, "is no JSON. Expected what a normalization saved.");
  }
  const entry = (name: string): unknown => {
    if (typeof read === "object" && read !== null && name in read)
      return Object.getOwnPropertyDescriptor(read, name)?.value;
    throw new ProfileFormatError(source, `has no "${name}". Expected what a normalization saved.`);
  };
  const list = (name: string, found: unknown = entry(name)): unknown[] => {
    if (!Array.isArray(found)) throw new ProfileFormatError(source, `"${name}" is no list.`);
    return found;
  };
  const numbers = (name: string, length: number, found?: unknown): Float64Array => {
    const cells = list(name, found ?? entry(name));
    if (cells.length !== length)
      throw new ProfileFormatError(source, `"${name}" has ${cells.length} numbers, expected ${length}.`);
    return Float64Array.from(cells, (cell) => numberOf(cell, name, source));
  };
  if (entry("version") !== VERSION)
    throw new ProfileFormatError(source, `is of version ${String(entry("version"))}, this program reads ${VERSION}.`);
  const found = String(entry("method"));
  const method = NORMALIZE_METHODS.find((known) => known === found);
  if (method === undefined) throw new UnknownOperationError("normalization method", found, NORMALIZE_METHODS);
  const features = list("features").map(String);
  const width = features.length;
  const learnt = { samples: String(entry("samples")), features, sampleCount: Number(entry("sampleCount")) };
  if (method === "inverse_normal") {
    const rows = list("landmarks");
    if (rows.length !== width)
      throw new ProfileFormatError(source, `"landmarks" has ${rows.length} rows, expected ${width}.`);
    return {
      method,
      ...learnt,
      landmarks: rows.map((row) => numbers("landmarks", list("landmarks", row).length, row)),
    };
  }
  const centre = numbers("centre", width);
  const scale = numbers("scale", width);
  if (method !== "spherize") return { method, ...learnt, centre, scale };
  const name = String(entry("variant"));
  const variant = SPHERIZE_VARIANTS.find((known) => known === name);
  if (variant === undefined) throw new UnknownOperationError("spherize variant", name, SPHERIZE_VARIANTS);
  const gains = numbers("gains", list("gains").length);
  const directions = matrix(gains.length, width, numbers("directions", gains.length * width));
  return { method, ...learnt, whitening: { variant, centre, scale, directions, gains, rest: Number(entry("rest")) } };
}

function text(content: Record<string, unknown>): string {
  return `${JSON.stringify(content)}\n`;
}

function plain(values: Float64Array): (number | string | null)[] {
  return Array.from(values, (value) => {
    if (Number.isNaN(value)) return null;
    return Number.isFinite(value) ? value : String(value);
  });
}

function numberOf(cell: unknown, name: string, source: string): number {
  if (cell === null) return Number.NaN;
  if (typeof cell === "number") return cell;
  if (cell === "Infinity" || cell === "-Infinity") return Number(cell);
  throw new ProfileFormatError(source, `"${name}" holds "${String(cell)}", expected numbers.`);
}
