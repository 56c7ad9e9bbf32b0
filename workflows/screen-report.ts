import { tableFromRows } from "@artesian/data";
import {
  drawSvg,
  type Report,
  type ReportFigure,
  type ReportSection,
  reportHtml,
  shortNumber,
} from "@artesian/figures";
import type { ExperimentRecord } from "./phenomics.schemas.ts";
import type { HitsAnswer, MapAnswer, PhenoprintAnswer } from "./screen-answers.ts";

/** All that the report tells; what is null could not be made. */
export interface ReportInput {
  experiment: string;
  design: ExperimentRecord["design"] | null;
  plates: ExperimentRecord["plates"];
  phenoprint: PhenoprintAnswer | null;
  hits: HitsAnswer | null;
  map: MapAnswer | null;
}

/** One self-contained HTML page: the findings first, then plates, phenoprint, hits with dose curves, and the map. */
export async function screenReport(input: ReportInput): Promise<string> {
  const refined = new Map((input.phenoprint?.plates ?? []).map(({ plate, metrics }) => [plate, metrics]));
  const plates = input.plates.map((plate) => ({
    ...plate,
    metrics: { ...plate.metrics, ...refined.get(plate.plate) },
  }));
  const sections = [
    platesSection({ ...input, plates }),
    await phenoprintSection(input),
    await hitsSection(input),
    await mapSection(input),
  ];
  const report: Report = {
    title: `${input.design?.name ?? input.experiment}: phenomics report`,
    summary: summaryOf(input),
    sections: sections.filter((section) => section.blocks.length > 0),
    provenance: {
      workflow: "phenomics",
      experiment: input.experiment,
      plates: input.plates.map(({ plate }) => plate).join(", "),
      channels: input.design?.channels.join(", ") ?? "",
      normalisation: "each plate to its untreated controls (mean and standard deviation)",
      phenoprint: "regularised linear discriminant, cross-validated by plate; score 0 = healthy, 1 = disease",
      "profiles (SHA-256)": input.plates.map(({ plate, profiles }) => `${plate} ${profiles.slice(7, 19)}`).join(" · "),
    },
  };
  return reportHtml(report);
}

function summaryOf(input: ReportInput): string[] {
  const faults = input.plates.flatMap(({ plate, flagged }) =>
    flagged.length === 0
      ? []
      : [`Plate ${plate}: ${flagged.length} wells are flagged and left out of the analysis (${flagged.join(", ")}).`],
  );
  const auc = input.phenoprint?.phenoprint?.auc;
  const print = auc === undefined ? [] : [`Controls are told apart with an AUC of ${estimate(auc)}.`];
  const hits = (input.hits?.hits ?? []).map(({ sentence }) => sentence);
  const map = input.map?.sentence ?? null;
  const missing = [input.phenoprint, input.hits, input.map].flatMap((part) => part?.missing ?? []);
  return [...faults, ...print, ...hits, ...(map === null ? [] : [map]), ...new Set(missing)];
}

function platesSection({ plates }: ReportInput): ReportSection {
  if (plates.length === 0) return { heading: "Plates", blocks: [] };
  const table = tableFromRows(
    plates.map(({ plate, metrics, zPrimeOf, flagged }) => ({
      plate,
      "Z′": metrics.zPrime ?? null,
      "Z′ of": zPrimeOf,
      SSMD: metrics.ssmd ?? null,
      "replicate correlation": metrics.replicateCorrelation ?? null,
      "cell count CV": metrics.cellCountCv ?? null,
      "edge effect (robust sd)": metrics.edgeEffect ?? null,
      "flagged wells": flagged.length,
    })),
  );
  const faults = plates.flatMap(({ plate, faults = [] }) =>
    faults.map(({ well, site, channel, label, reason }) => ({ plate, well, site, channel, fault: label, reason })),
  );
  return {
    heading: "Plates",
    blocks: [
      { kind: "table", caption: "Plate metrics.", name: "plates", table },
      ...(faults.length === 0
        ? []
        : [
            {
              kind: "table" as const,
              caption: "What was found wrong with images.",
              name: "faults",
              table: tableFromRows(faults),
            },
          ]),
    ],
  };
}

async function phenoprintSection({ phenoprint }: ReportInput): Promise<ReportSection> {
  const print = phenoprint?.phenoprint;
  if (print === null || print === undefined) return { heading: "Phenoprint", blocks: [] };
  const rows = print.scores
    .filter(({ role }) => ["healthy", "disease", "positive", "negative"].includes(role))
    .map(({ plate, well, role, score }) => ({ plate, well, role, score }));
  const svg = await drawSvg({
    width: 560,
    height: 160,
    data: { values: rows },
    mark: { type: "point", filled: true, opacity: 0.75 },
    encoding: {
      x: {
        field: "score",
        type: "quantitative",
        title: "phenoprint score (0 = untreated or healthy end, 1 = disease end)",
      },
      y: { field: "role", type: "nominal", title: null },
      yOffset: { field: "plate", type: "nominal" },
      color: { field: "plate", type: "nominal", title: "plate" },
    },
  });
  const figure: ReportFigure = {
    kind: "figure",
    svg,
    name: "phenoprint",
    alt: `Scores of ${rows.length} control wells by role`,
    caption: `Cross-validated ${print.crossValidation}: AUC ${estimate(print.auc)}. One point a control well.`,
    data: tableFromRows(rows),
  };
  return {
    heading: "Phenoprint",
    blocks: [figure, ...(print.note ? [{ kind: "text" as const, text: print.note }] : [])],
  };
}

async function hitsSection({ hits }: ReportInput): Promise<ReportSection> {
  if (hits === null || hits.hits.length === 0) return { heading: "Hits", blocks: [] };
  const table = tableFromRows(
    hits.hits.map(({ name, verdict, ec50, unit = "µM", maxRescue, sideEffect }) => ({
      compound: name,
      verdict,
      [`EC50 (${unit})`]:
        ec50 === null ? null : `${ec50.relation === "=" ? "" : `${ec50.relation} `}${shortNumber(ec50.value, 2)}`,
      "95 % interval": ec50 === null || ec50.relation !== "=" ? null : interval(ec50),
      "maximal rescue": maxRescue?.value ?? null,
      "side effect": sideEffect,
    })),
  );
  const blocks: ReportSection["blocks"] = [
    {
      kind: "table",
      caption: "Rescue: 0 = as untreated, 1 = at the goal. Side effect in units of the distance between the controls.",
      name: "hits",
      table,
      digits: 2,
    },
  ];
  for (const hit of hits.hits) blocks.push(await doseFigure(hit));
  return { heading: "Hits", blocks };
}

async function doseFigure(hit: HitsAnswer["hits"][number]): Promise<ReportFigure> {
  const unit = hit.unit ?? "µM";
  const points = hit.points.map(({ dose, plate, well, rescue, excluded }) => ({
    dose,
    plate,
    well,
    rescue,
    used: excluded === null || excluded === undefined ? "fitted" : "set aside",
  }));
  const logarithmic = unit !== "steps" && points.every(({ dose }) => dose > 0);
  const x = {
    field: "dose",
    type: "quantitative" as const,
    title: `dose (${unit})`,
    scale: { type: logarithmic ? ("log" as const) : ("linear" as const) },
  };
  const svg = await drawSvg({
    width: 420,
    height: 220,
    title: hit.name,
    layer: [
      {
        data: {
          values: (hit.line ?? []).map(({ dose, rescue, low, high }) => ({
            dose,
            rescue,
            low: low ?? rescue,
            high: high ?? rescue,
          })),
        },
        layer: [
          {
            mark: { type: "area", opacity: 0.18, color: "#0b7285" },
            encoding: { x, y: { field: "low", type: "quantitative", title: "rescue" }, y2: { field: "high" } },
          },
          { mark: { type: "line", color: "#0b7285" }, encoding: { x, y: { field: "rescue", type: "quantitative" } } },
        ],
      },
      {
        data: { values: points },
        mark: { type: "point", filled: true, size: 36 },
        encoding: {
          x,
          y: { field: "rescue", type: "quantitative", title: "rescue" },
          color: { field: "plate", type: "nominal" },
          shape: { field: "used", type: "nominal", title: null },
        },
      },
    ],
  });
  return {
    kind: "figure",
    svg,
    name: `dose-${hit.name}`,
    alt: hit.sentence,
    caption: [hit.sentence, ...(hit.notes ?? [])].join(" "),
    data: tableFromRows(points),
  };
}

async function mapSection({ map }: ReportInput): Promise<ReportSection> {
  if (map?.map === null || map?.map === undefined) return { heading: "Map", blocks: [] };
  const { perturbations, cosine, order } = map.map;
  const labels = perturbations.map(({ name, doseUm }) =>
    doseUm === null || doseUm === undefined ? name : `${name} ${doseUm}`,
  );
  const n = perturbations.length;
  const cells = order.flatMap((row) =>
    order.map((column) => ({
      row: labels[row] ?? "",
      column: labels[column] ?? "",
      cosine: cosine[row * n + column] ?? null,
    })),
  );
  const names = order.map((index) => labels[index] ?? "");
  const svg = await drawSvg({
    width: Math.min(640, 40 + 22 * n),
    height: Math.min(640, 40 + 22 * n),
    data: { values: cells },
    mark: "rect",
    encoding: {
      x: { field: "column", type: "nominal", sort: names, title: null },
      y: { field: "row", type: "nominal", sort: names, title: null },
      color: {
        field: "cosine",
        type: "quantitative",
        scale: { domain: [-1, 0, 1], range: ["#2166ac", "#ffffff", "#b2182b"] },
        title: "cosine",
      },
    },
  });
  return {
    heading: "Map",
    blocks: [
      {
        kind: "figure",
        svg,
        name: "map",
        alt: `Cosine similarity of ${n} perturbations`,
        caption: `${map.sentence ?? "Cosine similarity of the experiment's perturbations."} Red: similar, blue: opposite.`,
        data: tableFromRows(cells),
      },
    ],
  };
}

function estimate({ value, low, high }: { value: number; low: number | null; high: number | null }): string {
  return `${shortNumber(value, 3)} (${interval({ low, high })})`;
}

function interval({ low, high }: { low: number | null; high: number | null }): string {
  return `${low === null ? "open" : shortNumber(low, 2)}–${high === null ? "open" : shortNumber(high, 2)}`;
}
