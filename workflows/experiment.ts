import { plateFormat } from "@artesian/imaging";
import { type Condition, meets, parseCondition } from "./condition.ts";
import { ExperimentDesignError, MetadataError } from "./errors.ts";
import { type ImagePlace, plainChannel } from "./image-place.ts";
import { type MetadataSheet, readMetadataSheet, type SheetRow, sheetColumn } from "./metadata-sheet.ts";

export type WellRole = "healthy" | "disease" | "positive" | "negative" | "gene" | "compound" | "other";

/** What was put in a well. */
export interface WellAnnotation {
  role: WellRole;
  /** Gene, compound or control; null when the sheet names none. */
  name: string | null;
  /** In the experiment's dose unit (µM unless said otherwise); null without a dose. */
  dose: number | null;
  /** The sheet's other columns as they are. */
  metadata: Record<string, string | null>;
}

/** What holds for a whole experiment: one record of the table `experiment_metadata`. */
export interface ExperimentDocument {
  experiment: string;
  name: string;
  /** In acquisition order. */
  channels: string[];
  /** Site numbers of every well, from 1. */
  sites: number[];
  plates: string[];
  /** The channel that shows nuclei. */
  nucleiChannel: string;
  /** The channel whose body is a cell; null = the sum of all but the nuclei. */
  cellChannel: string | null;
  pixelSizeUm: number | null;
  doseUnit: string;
  /** How controls were recognised, in words. */
  controls: { healthy: string | null; disease: string | null };
  /** Names a feature whose Z′ is reported; null = the phenoprint score. */
  readout: string | null;
}

/** Where things are on one plate: one record of the table `plate_layouts`. */
export interface PlateLayout {
  experiment: string;
  plate: string;
  /** Place in run order, from 1. */
  order: number;
  /** 96, 384 or 1536. */
  format: number;
  wells: string[];
  /** Every site that is to come, `WELL/SITE`. */
  siteIds: string[];
  annotations: Record<string, WellAnnotation>;
}

export interface ExperimentPlan {
  document: ExperimentDocument;
  layouts: PlateLayout[];
  /** What a person should know, in sentences; nothing of it stops the run. */
  warnings: string[];
}

export interface ExperimentOptions {
  experiment: string;
  name?: string;
  /** All images of a bounded run; leave out when they are still to come, then `channels` and `sites` are needed. */
  images?: readonly ImagePlace[];
  metadata?: { text: string; source: string };
  /** `COLUMN=VALUE` of the wells that look healthy (negative control). */
  negative?: string;
  /** `COLUMN=VALUE` of the wells with the effect: the disease model (positive control). */
  positive?: string;
  /** Column that holds the dose. Default: a column named dose, dose_uM, concentration … */
  dose?: string;
  /** Names the compound of wells with a dose when the sheet has no compound column. Default "treatment". */
  compound?: string;
  channels?: readonly string[];
  sites?: number;
  nuclei?: string;
  cells?: string;
  readout?: string;
  pixelSizeUm?: number;
}

const DOSE_COLUMNS = [
  "dose_um",
  "dose",
  "concentration_um",
  "concentration",
  "mmoles_per_liter",
  "conc",
  "broad_sample_dose",
];
const COMPOUND_COLUMNS = ["compound", "compound_name", "treatment", "pert_iname", "broad_sample", "pert_name"];
const GENE_COLUMNS = ["gene", "gene_symbol", "symbol", "target_gene"];
const ROLE_COLUMNS = ["role", "control_type", "pert_type", "well_type"];
const HEALTHY_WORDS = new Set([
  "healthy",
  "negcon",
  "negative",
  "negative_control",
  "neg",
  "control",
  "vehicle",
  "dmso",
]);
const DISEASE_WORDS = new Set(["disease", "poscon", "positive", "positive_control", "pos"]);
const NUCLEI_NAMES = /^(?:dna|dapi|hoechst.*|nucle(?:i|us|ar).*|draq.*|.*dapi.*|h33342)$/i;

/**
 * Plans an experiment: which channels, sites and wells are to come, and what stands in them.
 * @throws MetadataError, ConditionError, ExperimentDesignError, each with what was found and what was expected
 */
export function planExperiment(options: ExperimentOptions): ExperimentPlan {
  const warnings: string[] = [];
  const sheet = options.metadata && readMetadataSheet(options.metadata.text, options.metadata.source);
  const images = options.images ?? [];
  const channels = [...(options.channels ?? orderedChannels(images))];
  if (channels.length === 0)
    throw new ExperimentDesignError("No channel is known. Give images whose names carry one, or --channels DNA,ER.");
  const plates = [...new Set([...images.map((image) => image.plate), ...sheetPlates(sheet)])].sort(naturalOrder);
  if (plates.length === 0)
    throw new ExperimentDesignError("No plate is known. Give images, or a metadata sheet with a plate column.");
  const sites = sitesOf(images, options.sites);
  const { annotate, controls } = annotator(sheet, options);
  const document: ExperimentDocument = {
    experiment: options.experiment,
    name: options.name ?? options.experiment,
    channels,
    sites,
    plates,
    nucleiChannel: chooseNuclei(channels, options.nuclei),
    cellChannel: chooseChannel(channels, options.cells, "--cells"),
    pixelSizeUm: options.pixelSizeUm ?? null,
    doseUnit: "µM",
    controls,
    readout: options.readout ?? null,
  };
  const layouts = plates.map((plate) => planPlate(plate, document, images, sheet, annotate, warnings));
  return { document, layouts, warnings };
}

function planPlate(
  plate: string,
  document: ExperimentDocument,
  images: readonly ImagePlace[],
  sheet: MetadataSheet | undefined,
  annotate: (row: SheetRow) => WellAnnotation,
  warnings: string[],
): PlateLayout {
  const imaged = new Set(images.filter((image) => image.plate === plate).map((image) => image.well));
  const rows = (sheet?.rows ?? []).filter((row) => row.plate === null || row.plate === plate);
  const described = new Map(rows.map((row) => [row.well, row]));
  const undescribed = [...imaged].filter((well) => !described.has(well)).sort();
  if (sheet !== undefined && undescribed.length > 0) {
    warnings.push(
      `Plate ${plate}: ${undescribed.length} imaged wells are not in ${sheet.source} (${listed(undescribed)}); they are measured and take no part in the analysis.`,
    );
  }
  // A sheet without a plate column may describe more wells than were imaged (rows of a plate, say); only what can still come is awaited.
  const expected =
    images.length > 0 && rows.every((row) => row.plate === null) ? imaged : new Set([...described.keys(), ...imaged]);
  const skipped = [...described.keys()].filter((well) => !expected.has(well)).sort();
  if (skipped.length > 0)
    warnings.push(`Plate ${plate}: ${skipped.length} wells of ${sheet?.source} have no image (${listed(skipped)}).`);
  const wells = [...expected].sort();
  const format = smallestFormat(wells, plate);
  const annotations: Record<string, WellAnnotation> = {};
  for (const well of wells) {
    const row = described.get(well);
    annotations[well] = row === undefined ? { role: "other", name: null, dose: null, metadata: {} } : annotate(row);
  }
  return {
    experiment: document.experiment,
    plate,
    order: document.plates.indexOf(plate) + 1,
    format,
    wells,
    siteIds: wells.flatMap((well) => document.sites.map((site) => `${well}/${site}`)),
    annotations,
  };
}

/** How the sheet is read: which column says what. */
export type AnnotationOptions = Pick<ExperimentOptions, "negative" | "positive" | "dose" | "compound">;

/**
 * Reads what stands in wells from a sheet's rows, and says in words how controls are recognised.
 * @throws ConditionError (workflows/condition), ExperimentDesignError (workflows/experiment-design) when the sheet lacks a named column
 */
export function annotator(
  sheet: MetadataSheet | undefined,
  options: AnnotationOptions,
): { annotate: (row: SheetRow) => WellAnnotation; controls: ExperimentDocument["controls"] } {
  const columns = sheet?.columns ?? [];
  const condition = (text: string | undefined): Condition | undefined =>
    text === undefined ? undefined : parseCondition(text, columns);
  const healthy = condition(options.negative);
  const disease = condition(options.positive);
  if (options.dose !== undefined && !columns.includes(options.dose)) {
    throw new ExperimentDesignError(
      `--dose ${options.dose}: the metadata has no such column; it has ${columns.join(", ") || "none"}.`,
    );
  }
  const find = (names: readonly string[]): string | undefined =>
    sheet === undefined ? undefined : sheetColumn(sheet, names);
  const doseColumn = options.dose ?? find(DOSE_COLUMNS);
  const compoundColumn = find(COMPOUND_COLUMNS);
  const geneColumn = find(GENE_COLUMNS);
  const roleColumn = find(ROLE_COLUMNS);
  const byWords = (words: ReadonlySet<string>): string | null =>
    roleColumn === undefined ? null : `${roleColumn} in ${[...words].slice(0, 3).join(", ")} …`;
  const controls = {
    healthy: options.negative ?? byWords(HEALTHY_WORDS),
    disease: options.positive ?? byWords(DISEASE_WORDS),
  };
  const controlOf = (row: SheetRow, word: string): "healthy" | "disease" | "positive" | "negative" | undefined => {
    if (healthy !== undefined ? meets(row.cells, healthy) : HEALTHY_WORDS.has(word)) {
      return healthyWord(healthy?.value ?? word) ? "healthy" : "negative";
    }
    if (disease !== undefined ? meets(row.cells, disease) : DISEASE_WORDS.has(word)) {
      return (disease?.value ?? word).toLowerCase() === "disease" ? "disease" : "positive";
    }
    return undefined;
  };
  const annotate = (row: SheetRow): WellAnnotation => {
    const cell = (column: string | undefined): string | null =>
      column === undefined ? null : (row.cells[column] ?? null);
    const dose = numberIn(cell(doseColumn), doseColumn, row, sheet?.source ?? "");
    const word = (cell(roleColumn) ?? "").toLowerCase();
    const gene = cell(geneColumn);
    const compound = cell(compoundColumn);
    const base = { dose, metadata: row.cells };
    const control = controlOf(row, word);
    if (control !== undefined)
      return { ...base, role: control, name: control === "disease" ? (gene ?? control) : control };
    if (compound !== null) return { ...base, role: "compound", name: compound };
    if (gene !== null) return { ...base, role: "gene", name: gene };
    if (dose !== null) return { ...base, role: "compound", name: options.compound ?? "treatment" };
    return { ...base, role: "other", name: null };
  };
  return { annotate, controls };
}

function healthyWord(value: string): boolean {
  return value.toLowerCase() === "healthy";
}

function numberIn(text: string | null, column: string | undefined, row: SheetRow, source: string): number | null {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  if (Number.isNaN(value) || value < 0)
    throw new MetadataError(
      source,
      row.line,
      `column ${column} holds "${text}", expected a dose: a number of at least 0, or nothing.`,
    );
  return value;
}

function sheetPlates(sheet: MetadataSheet | undefined): string[] {
  return (sheet?.rows ?? []).flatMap((row) => (row.plate === null ? [] : [row.plate]));
}

function sitesOf(images: readonly ImagePlace[], count: number | undefined): number[] {
  if (count !== undefined) return Array.from({ length: count }, (_, index) => index + 1);
  const sites = [...new Set(images.map((image) => image.site))].sort((a, b) => a - b);
  if (sites.length === 0) throw new ExperimentDesignError("The number of sites a well is not known. Give --sites N.");
  return sites;
}

function orderedChannels(images: readonly ImagePlace[]): string[] {
  return [...new Set(images.map((image) => image.channel))].sort(naturalOrder);
}

/** The channel whose name says that it shows nuclei, if there is one. */
export function namedNuclei(channels: readonly string[]): string | undefined {
  return channels.find((channel) => NUCLEI_NAMES.test(channel));
}

function chooseNuclei(channels: readonly string[], wanted: string | undefined): string {
  const chosen = chooseChannel(channels, wanted, "--nuclei");
  if (chosen !== null) return chosen;
  const named = namedNuclei(channels);
  if (named !== undefined) return named;
  throw new ExperimentDesignError(
    `Which channel shows nuclei? None of ${channels.join(", ")} says so by its name. Give --nuclei CHANNEL.`,
  );
}

function chooseChannel(channels: readonly string[], wanted: string | undefined, flag: string): string | null {
  if (wanted === undefined) return null;
  const alike = channels.find((channel) => channel === wanted || plainChannel(channel) === plainChannel(wanted));
  if (alike === undefined)
    throw new ExperimentDesignError(`${flag} ${wanted}: there is no such channel; there are ${channels.join(", ")}.`);
  return alike;
}

/** The smallest usual plate that has all of these wells. @throws ExperimentDesignError (workflows/experiment-design) */
export function smallestFormat(wells: readonly string[], plate: string): number {
  for (const format of [96, 384, 1536]) {
    const { rows, columns } = plateFormat(format);
    if (wells.every((well) => fits(well, rows, columns))) return format;
  }
  throw new ExperimentDesignError(`Plate ${plate}: wells ${listed([...wells])} fit no plate of 96, 384 or 1536 wells.`);
}

function fits(well: string, rows: number, columns: number): boolean {
  const letters = /^[A-Z]+/.exec(well)?.[0] ?? "";
  const row = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return row <= rows && Number(well.slice(letters.length)) <= columns;
}

/** Orders "P2" before "P10". */
export function naturalOrder(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function listed(items: readonly string[]): string {
  return items.length <= 6 ? items.join(", ") : `${items.slice(0, 6).join(", ")} and ${items.length - 6} more`;
}
