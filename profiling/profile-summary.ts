import { applyPca, fitDose, fitPca, matrix, median, type Pca } from "@artesian/numerics";
import type { FeatureDrop } from "./feature-select.ts";
import { replicateCorrelation } from "./plate-metrics.ts";
import { type MetadataCell, type Profiles, takeWells } from "./profiles.ts";

/** Which metadata columns say what a well is; a name that the profiles lack counts as unknown. */
export interface ProfileDesign {
  plate: string;
  well: string;
  /** What was done to the well, without the dose. */
  treatment: string | null;
  dose: string | null;
  /** Unit of the dose, for axes. */
  doseUnit: string;
  /** What kind of well it is. */
  role: string | null;
  /** Values of `role` that mean an untreated control. */
  controls: readonly string[];
  cellCount: string | null;
  /** Says why a well takes no part: it is drawn on its plate, and left out of components, replicates and curves. */
  excluded: string | null;
}

/** One well as the profile page draws it. */
export interface SummaryWell {
  plate: string;
  well: string;
  treatment: string | null;
  dose: number | null;
  role: string | null;
  control: boolean;
  cells: number | null;
  /** Scores on the first two principal components of the selected features; null without enough wells or features. */
  pc: [number, number] | null;
  /** Root mean square of the well's selected features: 1 is a control's own noise when features are in standard deviations of the controls. */
  strength: number | null;
  /** Why it takes no part in what wells say together; null when it does. */
  excluded: string | null;
}

/** How a treatment's strength grows with its dose. */
export interface StrengthCurve {
  treatment: string;
  points: { dose: number; strength: number; plate: string; well: string }[];
  fit: { ec50: number; hill: number; bottom: number; top: number; p: number } | null;
  /** Why there is no fit. */
  missing: string | null;
}

/** What a plate's or a batch's profiles say before anybody maps them. */
export interface ProfileSummary {
  wells: SummaryWell[];
  /** Measured, kept, and every drop with its reason. */
  features: { measured: number; kept: number; drops: FeatureDrop[] };
  replicates: {
    /** Median Pearson correlation of replicate pairs, and of pairs with different treatments; null without pairs. */
    same: number | null;
    other: number | null;
    pairs: number;
  };
  /** Share of variance that the first two components hold. */
  pcaShare: [number, number] | null;
  curves: StrengthCurve[];
}

/** Column names by which profiles are usually described, best first: this product's, then the handbook's and JUMP's. */
const USUAL = {
  treatment: [
    "Metadata_Perturbation",
    "Metadata_broad_sample",
    "Metadata_gene",
    "Metadata_gene_name",
    "Metadata_compound",
    "Metadata_treatment",
    "Metadata_pert_iname",
  ],
  dose: ["Metadata_Dose", "Metadata_mmoles_per_liter", "Metadata_mg_per_ml", "Metadata_dose", "Metadata_concentration"],
  role: ["Metadata_Role", "Metadata_control_type", "Metadata_pert_type"],
  cellCount: ["Metadata_Count_Cells", "Metadata_Object_Count", "Metadata_Count_Nuclei"],
} as const;
const UNITS: Readonly<Record<string, string>> = {
  Metadata_Dose: "µM",
  Metadata_mmoles_per_liter: "mM",
  Metadata_mg_per_ml: "mg/ml",
};
const CONTROL_WORDS = ["healthy", "negative", "negcon", "control", "dmso", "vehicle"];

/** Guesses the design from the names of metadata columns and the values that stand there. */
export function guessDesign(profiles: Profiles): ProfileDesign {
  const first = (names: readonly string[]): string | null =>
    names.find((name) => profiles.metadata[name]?.some((cell) => cell !== null && cell !== "")) ?? null;
  const role = first(USUAL.role);
  const dose = first(USUAL.dose);
  const values = new Set((role === null ? [] : (profiles.metadata[role] ?? [])).map(String));
  return {
    plate: first(["Metadata_Plate", "Metadata_Assay_Plate_Barcode"]) ?? "Metadata_Plate",
    well: first(["Metadata_Well", "Metadata_well_position"]) ?? "Metadata_Well",
    treatment: first(USUAL.treatment),
    dose,
    doseUnit: (dose === null ? undefined : UNITS[dose]) ?? "",
    role,
    controls: [...values].filter((value) => CONTROL_WORDS.includes(value.toLowerCase())).sort(),
    cellCount: first(USUAL.cellCount),
    excluded: first(["Metadata_Excluded"]),
  };
}

/**
 * Summarises normalised and selected profiles of a plate or a batch: principal components, replicate agreement, strength of every
 * treatment with its dose curve (four-parameter logistic), and what became of the features.
 * @param selected profiles after feature selection, same wells as measured
 * @param measured number of features before selection
 */
export function summariseProfiles(
  selected: Profiles,
  measured: number,
  drops: readonly FeatureDrop[],
  design: ProfileDesign = guessDesign(selected),
): ProfileSummary {
  const cell = (name: string | null, row: number): MetadataCell =>
    name === null ? null : (selected.metadata[name]?.[row] ?? null);
  const text = (name: string | null, row: number): string | null => {
    const value = cell(name, row);
    return value === null || value === "" ? null : String(value);
  };
  const rows = Array.from({ length: selected.rowCount }, (_, row) => row);
  const taking = rows.filter((row) => text(design.excluded, row) === null);
  const pca = componentsOf(takeWells(selected, taking));
  const place = new Map(taking.map((row, index) => [row, index]));
  const scoreOf = (row: number): [number, number] | null => {
    const index = place.get(row);
    if (pca === null || index === undefined) return null;
    return [pca.scores.data[index * pca.scores.columns]!, pca.scores.data[index * pca.scores.columns + 1]!];
  };
  const wells = rows.map((row): SummaryWell => {
    const role = text(design.role, row);
    const cells = cell(design.cellCount, row);
    return {
      plate: text(design.plate, row) ?? "",
      well: text(design.well, row) ?? "",
      treatment: text(design.treatment, row),
      dose: numberOf(cell(design.dose, row)),
      role,
      control: role !== null && design.controls.includes(role),
      cells: numberOf(cells),
      pc: scoreOf(row),
      strength: strengthOf(selected, row),
      excluded: text(design.excluded, row),
    };
  });
  const replicates = replicateCorrelation(
    selected.values,
    selected.features.length,
    wells.map((well) =>
      well.control || well.excluded !== null || well.treatment === null
        ? undefined
        : `${well.treatment}\n${well.dose ?? ""}`,
    ),
  );
  return {
    wells,
    features: { measured, kept: selected.features.length, drops: [...drops] },
    replicates: { same: finite(replicates.replicates), other: finite(replicates.others), pairs: replicates.pairs },
    pcaShare: pca?.share ?? null,
    curves: strengthCurves(wells),
  };
}

/** Two components of the features that every well has, each feature centred; null with fewer than 3 wells or 2 such features. */
function componentsOf(profiles: Profiles): { scores: ReturnType<typeof applyPca>; share: [number, number] } | null {
  const width = profiles.features.length;
  const whole = profiles.features.flatMap((_, j) => {
    for (let i = 0; i < profiles.rowCount; i++) if (!Number.isFinite(profiles.values[i * width + j])) return [];
    return [j];
  });
  if (profiles.rowCount < 3 || whole.length < 2) return null;
  const data = new Float64Array(profiles.rowCount * whole.length);
  let total = 0;
  for (let i = 0; i < profiles.rowCount; i++)
    whole.forEach((j, k) => {
      data[i * whole.length + k] = profiles.values[i * width + j]!;
    });
  const wells = matrix(profiles.rowCount, whole.length, data);
  const pca: Pca = fitPca(wells);
  for (const variance of pca.variance) total += variance;
  if (pca.components.rows < 2 || !(total > 0)) return null;
  const two: Pca = { ...pca, components: matrix(2, whole.length, pca.components.data.slice(0, 2 * whole.length)) };
  return { scores: applyPca(two, wells), share: [pca.variance[0]! / total, pca.variance[1]! / total] };
}

function strengthOf(profiles: Profiles, row: number): number | null {
  const width = profiles.features.length;
  let sum = 0;
  let count = 0;
  for (let j = 0; j < width; j++) {
    const value = profiles.values[row * width + j]!;
    if (!Number.isFinite(value)) continue;
    sum += value * value;
    count++;
  }
  return count === 0 ? null : Math.sqrt(sum / count);
}

const FEWEST_DOSES = 3;

/** One curve a treatment with at least three doses, strongest first. */
function strengthCurves(wells: readonly SummaryWell[]): StrengthCurve[] {
  const treated = wells.filter(
    (well) => !well.control && well.excluded === null && well.treatment !== null && well.dose !== null && well.dose > 0,
  );
  const curves = [...Map.groupBy(treated, (well) => well.treatment ?? "")].flatMap(
    ([treatment, members]): StrengthCurve[] => {
      const points = members.flatMap(({ dose, strength, plate, well }) =>
        dose === null || strength === null ? [] : [{ dose, strength, plate, well }],
      );
      points.sort((a, b) => a.dose - b.dose || compare(a.plate, b.plate) || compare(a.well, b.well));
      return new Set(points.map(({ dose }) => dose)).size < FEWEST_DOSES
        ? []
        : [{ treatment, points, ...fitStrength(points) }];
    },
  );
  const strongest = (curve: StrengthCurve): number => median(topDose(curve.points));
  return curves.sort((a, b) => strongest(b) - strongest(a) || compare(a.treatment, b.treatment));
}

function fitStrength(points: StrengthCurve["points"]): Pick<StrengthCurve, "fit" | "missing"> {
  if (points.length < 5) return { fit: null, missing: `${points.length} wells, a curve needs 5` };
  const fit = fitDose(points.map(({ dose, strength }) => ({ dose, response: strength })));
  if (fit.flags.includes("no-effect")) return { fit: null, missing: "not told from a flat line" };
  return { fit: { ec50: fit.ec50, hill: fit.hill, bottom: fit.bottom, top: fit.top, p: fit.effectP }, missing: null };
}

const topDose = (points: StrengthCurve["points"]): number[] => {
  const top = Math.max(...points.map(({ dose }) => dose));
  return points.flatMap(({ dose, strength }) => (dose === top ? [strength] : []));
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function numberOf(cell: MetadataCell): number | null {
  if (cell === null || cell === "") return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
