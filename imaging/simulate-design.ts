import { ScreenDesignError } from "./errors.ts";
import { type InjectedFault, planFaults } from "./simulate-faults.ts";
import { shuffledLayout, snakeOrder } from "./simulate-layout.ts";
import {
  type CompoundTruth,
  DISEASE_GENE,
  DISEASE_PHENOTYPE,
  type GeneTruth,
  PHENOTYPE_PARAMETERS,
  type Phenotype,
  pathwayGenes,
  rescueCompounds,
} from "./simulate-phenotype.ts";
import { randomStream } from "./simulate-random.ts";
import { plateFormat } from "./well.ts";

/** Channels of a simulated site, in the order of its planes. */
export const SIMULATED_CHANNELS = ["DNA", "ER", "RNA", "AGP", "Mito", "Golgi"] as const;

export type WellRole = "healthy" | "disease" | "gene" | "compound";

/** What stands in a well: healthy cells, disease cells, healthy cells without a gene, or disease cells with a compound. */
export interface WellDesign {
  readonly well: string;
  readonly role: WellRole;
  readonly gene?: string;
  readonly compound?: string;
  readonly doseUm?: number;
}

export interface PlateDesign {
  readonly id: string;
  /** In imaging order. */
  readonly wells: readonly WellDesign[];
}

/** A whole simulated screen as plain JSON: a lab's plan together with the truth behind it. Pixels follow from it by renderSite. */
export interface ScreenDesign {
  readonly version: 1;
  readonly experiment: string;
  readonly seed: number;
  /** Wells of the plate: 96, 384 or 1536. */
  readonly format: number;
  readonly sites: number;
  /** Width and height of a site. */
  readonly sizePx: number;
  readonly pixelSizeUm: number;
  readonly channels: readonly string[];
  readonly dosesUm: readonly number[];
  readonly plates: readonly PlateDesign[];
  readonly truth: {
    readonly parameters: readonly string[];
    /** The gene whose loss is the disease model. */
    readonly diseaseGene: string;
    readonly disease: Phenotype;
    readonly genes: readonly GeneTruth[];
    readonly compounds: readonly CompoundTruth[];
    readonly faults: readonly InjectedFault[];
  };
}

export interface ScreenOptions {
  /** Decides layout, side effects, faults and every pixel. Default 1. */
  seed?: number;
  /** Default "RESCUE-1". */
  experiment?: string;
  /** Default 3. */
  plates?: number;
  /** 96 (default), 384 or 1536. */
  format?: number;
  /** Outer rings without cells. Default 1. */
  border?: number;
  /** Sites a well. Default 2. */
  sites?: number;
  /** Default 540, as a 2,160-pixel camera binned four times. At least 128. */
  sizePx?: number;
  /** Default 8 a 60 wells. */
  healthyWells?: number;
  /** Default 8 a 60 wells. */
  diseaseWells?: number;
  /** Wells of each gene on a plate. Default 2 a 60 wells. */
  wellsPerGene?: number;
  /** Wells of each compound and dose on a plate. Default 1 a 60 wells. */
  wellsPerDose?: number;
  /** Default 0.03, 0.1, 0.3, 1, 3, 10. */
  dosesUm?: readonly number[];
  /** Default: G1 … G4 in two pathways. */
  genes?: readonly GeneTruth[];
  /** Default: C1 … C6, see rescueCompounds. */
  compounds?: readonly CompoundTruth[];
  /** Plate that gets the faults: its number from 1, or "none". Default: the last one when there are three or more, else "none". */
  faultPlate?: number | "none";
}

/**
 * Plans a rescue screen: controls, knock-outs and compounds in dose on shuffled plates, with everything that is true of them.
 * @throws ScreenDesignError (imaging/screen-design) when an option is out of range or the wells do not suffice
 * @throws PlateFormatError (imaging/plate-format)
 * @example designScreen({ seed: 7 }).plates.length // 3
 */
export function designScreen(options: ScreenOptions = {}): ScreenDesign {
  const format = options.format ?? 96;
  const shape = plateFormat(format);
  const border = wholeNumber("border", options.border ?? 1, 0, Math.floor((shape.rows - 1) / 2));
  const order = snakeOrder(shape, border);
  const sixties = Math.max(1, Math.floor(order.length / 60));
  const seed = wholeNumber("seed", options.seed ?? 1, 0, 2 ** 31 - 1);
  const plateCount = wholeNumber("plates", options.plates ?? 3, 1, 1000);
  const healthy = wholeNumber("healthyWells", options.healthyWells ?? 8 * sixties, 0, order.length);
  const disease = wholeNumber("diseaseWells", options.diseaseWells ?? 8 * sixties, 0, order.length);
  const wellsPerGene = wholeNumber("wellsPerGene", options.wellsPerGene ?? 2 * sixties, 0, order.length);
  const wellsPerDose = wholeNumber("wellsPerDose", options.wellsPerDose ?? sixties, 0, order.length);
  const dosesUm = options.dosesUm ?? [0.03, 0.1, 0.3, 1, 3, 10];
  if (dosesUm.some((dose) => !(dose > 0 && dose < 1e6))) {
    throw new ScreenDesignError("dosesUm", dosesUm.join(", "), "positive doses in µM");
  }
  const genes = options.genes ?? pathwayGenes(seed);
  const compounds = options.compounds ?? rescueCompounds(seed);

  const samples: Omit<WellDesign, "well">[] = [
    ...genes.flatMap(({ name }) => repeated({ role: "gene", gene: name } as const, wellsPerGene)),
    ...compounds.flatMap(({ name }) =>
      dosesUm.flatMap((doseUm) => repeated({ role: "compound", compound: name, doseUm } as const, wellsPerDose)),
    ),
  ];
  const wanted = healthy + disease + samples.length;
  if (wanted === 0 || wanted > order.length || 2 * Math.max(healthy, disease) > order.length) {
    throw new ScreenDesignError(
      "wells",
      `${healthy} healthy + ${disease} disease + ${samples.length} sample wells`,
      `1 to ${order.length} wells (${format}-well plate without ${border} outer ring${border === 1 ? "" : "s"}), neither control kind on more than half of them`,
    );
  }
  const plates = Array.from({ length: plateCount }, (_, index): PlateDesign => {
    const id = `P${index + 1}`;
    const layout = shuffledLayout<Omit<WellDesign, "well">>(
      order,
      repeated({ role: "healthy" } as const, healthy),
      repeated({ role: "disease" } as const, disease),
      samples,
      randomStream(seed, `layout/${id}`),
    );
    return { id, wells: order.flatMap((well, i) => (layout[i] === undefined ? [] : [{ well, ...layout[i] }])) };
  });

  const faultPlate = options.faultPlate ?? (plateCount >= 3 ? plateCount : "none");
  if (faultPlate !== "none") wholeNumber("faultPlate", faultPlate, 1, plateCount);
  const faulty = faultPlate === "none" ? undefined : plates[faultPlate - 1];
  return {
    version: 1,
    experiment: options.experiment ?? "RESCUE-1",
    seed,
    format,
    sites: wholeNumber("sites", options.sites ?? 2, 1, 100),
    sizePx: wholeNumber("sizePx", options.sizePx ?? 540, 128, 4096),
    pixelSizeUm: 0.65,
    channels: SIMULATED_CHANNELS,
    dosesUm,
    plates,
    truth: {
      parameters: PHENOTYPE_PARAMETERS,
      diseaseGene: DISEASE_GENE,
      disease: DISEASE_PHENOTYPE,
      genes,
      compounds,
      faults: faulty === undefined ? [] : planFaults(faulty, SIMULATED_CHANNELS, randomStream(seed, "faults")),
    },
  };
}

function repeated<T>(item: T, count: number): T[] {
  return new Array<T>(count).fill(item);
}

function wholeNumber(option: string, value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new ScreenDesignError(option, String(value), `a whole number from ${low} to ${high}`);
  }
  return value;
}

/**
 * Finds a well's plan.
 * @throws ScreenDesignError (imaging/screen-design) when the plate or the well is not in the design
 */
export function wellDesign(design: ScreenDesign, plateId: string, well: string): WellDesign {
  const plate = design.plates.find(({ id }) => id === plateId);
  if (plate === undefined) throw new ScreenDesignError("plate", plateId, design.plates.map(({ id }) => id).join(", "));
  const found = plate.wells.find((candidate) => candidate.well === well);
  if (found === undefined) {
    throw new ScreenDesignError("well", `${plateId} ${well}`, `one of the ${plate.wells.length} imaged wells`);
  }
  return found;
}

/** A row of the sheet that a lab keeps: what was put where. Nothing of the truth is in it. */
export interface MetadataRow {
  plate: string;
  well: string;
  role: WellRole;
  gene: string | null;
  compound: string | null;
  dose_uM: number | null;
}

/** What a lab would know of the screen, one row a well, ready to be written as CSV. */
export function screenMetadata(design: ScreenDesign): MetadataRow[] {
  return design.plates.flatMap(({ id, wells }) =>
    wells.map(({ well, role, gene, compound, doseUm }) => ({
      plate: id,
      well,
      role,
      gene: gene ?? null,
      compound: compound ?? null,
      dose_uM: doseUm ?? null,
    })),
  );
}

/** The sites in the order in which the instrument takes them: plate by plate, snaking over the wells, site by site. */
export function acquisitionOrder(design: ScreenDesign): { plate: string; well: string; site: number }[] {
  return design.plates.flatMap(({ id, wells }) =>
    wells.flatMap(({ well }) => Array.from({ length: design.sites }, (_, i) => ({ plate: id, well, site: i + 1 }))),
  );
}
