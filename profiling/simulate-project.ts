import { seededRandom } from "@artesian/numerics";

/** How large an invented profiling project is. */
export interface ProjectDesign {
  seed: number;
  batches: string[];
  /** Plates of each batch; names are made as `BATCHINDEX` and a number with leading zeros. */
  platesPerBatch: number;
  /** Rows and columns of the plate that hold wells. */
  rows: number;
  columns: number;
  sites: number;
  cellsPerSite: number;
  /** Features of each compartment besides its object number. */
  features: number;
}

export const smallProject: ProjectDesign = {
  seed: 11,
  batches: ["2026_01_10_Batch1", "2026_02_20_Batch2"],
  platesPerBatch: 2,
  rows: 4,
  columns: 6,
  sites: 2,
  cellsPerSite: 12,
  features: 14,
};

const COMPARTMENTS = ["Cells", "Cytoplasm", "Nuclei"] as const;
const COMPOUNDS = ["BRD-K00000001-001-01-1", "BRD-K00000002-001-01-1", "BRD-A00000003-001-01-1"];

/** A file of the project: key and text. */
export type ProjectFile = [key: string, text: string];

/** Names of a design's plates by batch; bar codes begin with zeros. */
export function platesOf(design: ProjectDesign): { batch: string; plates: string[] }[] {
  return design.batches.map((batch, index) => ({
    batch,
    plates: Array.from(
      { length: design.platesPerBatch },
      (_, plate) => `00${index + 1}17${String(plate + 1).padStart(3, "0")}`,
    ),
  }));
}

/**
 * An invented project as CellProfiler and the profiling handbook lay it out: image sets as CSV folders, plate maps, external metadata,
 * load_data.csv and a configuration. Compounds shift some features by their number; some features are constant, correlated or
 * missing, so that every step of a recipe has something to do.
 */
export function* simulateProject(design: ProjectDesign = smallProject): Generator<ProjectFile> {
  yield ["config_files/config.yml", configText(design)];
  yield ["metadata/external_metadata/compounds.tsv", externalText()];
  for (const { batch, plates } of platesOf(design)) {
    yield [
      `metadata/platemaps/${batch}/barcode_platemap.csv`,
      ["Assay_Plate_Barcode,Plate_Map_Name", ...plates.map((plate) => `${plate},${batch}_map`), ""].join("\n"),
    ];
    yield [`metadata/platemaps/${batch}/platemap/${batch}_map.txt`, platemapText(design)];
    for (const plate of plates) {
      yield [`load_data_csv/${batch}/${plate}/load_data.csv`, loadDataText(design, plate)];
      yield* simulatePlate(design, batch, plate);
    }
  }
}

function wellsOf({ rows, columns }: ProjectDesign): { well: string; row: number; column: number; compound: number }[] {
  return Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const well = `${String.fromCharCode(65 + row)}${String(column + 1).padStart(2, "0")}`;
    return { well, row: row + 1, column: column + 1, compound: index % (COMPOUNDS.length + 1) };
  });
}

function* simulatePlate(design: ProjectDesign, batch: string, plate: string): Generator<ProjectFile> {
  const random = seededRandom(`${design.seed} ${batch} ${plate}`);
  const number = (value: number): string => String(Number(value.toPrecision(9)));
  for (const { well, compound } of wellsOf(design)) {
    for (let site = 1; site <= design.sites; site++) {
      const folder = `analysis/${batch}/${plate}/analysis/${plate}-${well}-${site}`;
      const cells = Math.max(3, Math.round(design.cellsPerSite * (1 - 0.1 * compound) + 2 * random.normal()));
      const image = {
        Count_Cells: cells,
        Count_Nuclei: cells,
        Granularity_1_DNA: number(10 + random.normal()),
        ImageNumber: 1,
        Metadata_Plate: plate,
        Metadata_Site: site,
        Metadata_Well: well,
      };
      yield [`${folder}/Image.csv`, `${Object.keys(image).join(",")}\n${Object.values(image).join(",")}\n`];
      for (const compartment of COMPARTMENTS) {
        const lines = [`ImageNumber,ObjectNumber,${featureNames(compartment, design.features).join(",")}`];
        for (let cell = 1; cell <= cells; cell++) {
          const base = random.normal();
          const values = Array.from({ length: design.features }, (_, k) => {
            if (k === 1) return 3;
            if (k === 2) return k + 2 * base + 0.01 * random.normal();
            if (k === 3 && cell === 1) return "nan";
            const noise = k === 0 ? base : random.normal();
            return 10 * (k + 1) + (1 + 0.2 * k) * noise + (k % (compound + 2) === 0 ? 3 * compound : 0);
          });
          const cellText = values.map((value) => (typeof value === "number" ? number(value) : value));
          lines.push([1, cell, ...(compartment === "Cytoplasm" ? [cell, cell] : []), ...cellText].join(","));
        }
        yield [`${folder}/${compartment}.csv`, `${lines.join("\n")}\n`];
      }
    }
  }
}

/** Names as CellProfiler writes them; the cytoplasm also names its parents. */
function featureNames(compartment: (typeof COMPARTMENTS)[number], count: number): string[] {
  const parents = compartment === "Cytoplasm" ? ["Parent_Cells", "Parent_Nuclei"] : [];
  const names = Array.from({ length: count }, (_, k) => {
    const channel = ["DNA", "ER", "RNA", "AGP", "Mito"][k % 5];
    const name = `${k % 2 === 0 ? "Intensity_MeanIntensity" : "Texture_Contrast"}_${channel}_${k}`;
    return k === 4 && compartment === "Nuclei" ? "Correlation_Manders_AGP_DNA" : name;
  });
  return [...parents, ...names];
}

function platemapText(design: ProjectDesign): string {
  const lines = wellsOf(design).map(
    ({ well, compound }) =>
      `${well}\t${compound === 0 ? "" : COMPOUNDS[compound - 1]}\t${compound === 0 ? "" : compound * 2.5}`,
  );
  return ["well_position\tbroad_sample\tmmoles_per_liter", ...lines, ""].join("\n");
}

function externalText(): string {
  const lines = COMPOUNDS.map((compound, index) => `${compound}\tcompound ${index + 1}\ttrt\t`);
  return ["broad_sample\tpert_iname\tpert_type\tcontrol_type", ...lines, "\tDMSO\tcontrol\tnegcon", ""].join("\n");
}

function loadDataText(design: ProjectDesign, plate: string): string {
  const lines = wellsOf(design).flatMap(({ well, row, column }) =>
    Array.from({ length: design.sites }, (_, site) =>
      [`${well}-${site + 1}-DNA.tiff`, `${well}-${site + 1}-ER.tiff`, plate, well, row, column, site + 1].join(","),
    ),
  );
  const header =
    "FileName_OrigDNA,FileName_OrigER,Metadata_Plate,Metadata_Well,Metadata_Row,Metadata_Col,Metadata_Site";
  return [header, ...lines, ""].join("\n");
}

function configText(design: ProjectDesign): string {
  const normalize = `
  perform: true
  method: mad_robustize
  features: infer
  mad_robustize_fudge_factor: 0
  image_features: false
  min_cells: 1`;
  const select = `
  perform: true
  features: infer
  level: batch
  gct: true
  image_features: false
  operations:
    - variance_threshold
    - correlation_threshold
    - drop_na_columns
    - blocklist
  min_cells: 1`;
  const batches = platesOf(design).map(({ batch, plates }) =>
    [
      `batch: ${batch}`,
      "plates:",
      ...plates.flatMap((plate) => [`  - name: ${plate}`, "    process: true"]),
      "process: true",
    ].join("\n"),
  );
  return `---
pipeline: simulated
output_dir: profiles
platemap_well_column: Metadata_well_position
compartments:
  - cells
  - cytoplasm
  - nuclei
aggregate:
  perform: true
  plate_column: Metadata_Plate
  well_column: Metadata_Well
  method: median
  fields: all
  image_feature_categories:
    - Count
annotate:
  perform: true
  well_column: Metadata_Well
  external:
    perform: true
    file: compounds.tsv
    merge_column: broad_sample
normalize:${normalize}
normalize_negcon:${normalize}
feature_select:${select}
feature_select_negcon:${select}
quality_control:
  perform: true
  summary:
    perform: true
    row: Metadata_Row
    column: Metadata_Col
  heatmap:
    perform: true
options:
  compression: gzip
  float_format: "%.5g"
  samples: all
---
${batches.join("\n---\n")}
`;
}
