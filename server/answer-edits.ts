import { tableFromRows, writeCsv } from "@artesian/data";
import {
  type ComparedRate,
  type CountedRate,
  compareResults,
  type EditingResult,
  editText,
  figuresOf,
  type Rate,
} from "@artesian/editing";
import {
  type Experiment,
  editsOfExperiment,
  editsOfPerturbation,
  editsOfSample,
  listRuns,
  type StoredEdits,
  type StoredRun,
} from "@artesian/store";
import { provenanceOf } from "./answer-experiments.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { NotFoundError, NotReadyError } from "./errors.ts";
import { page, perturbationRef, url } from "./links.ts";
import { problemOf } from "./problem.ts";

const HOW =
  "Reads filtered, merged, collapsed and aligned to the amplicon; edits counted in the window around the cuts; Wilson's intervals.";
/** Rows of tables on the page; files have all. */
const MOST_EDITS = 200;
const MOST_ALLELES = 100;
const MOST_COMPARED = 50;

/** `GET /api/v1/experiments/:experiment/edits` */
export async function editList(context: ServerContext, experiment: Experiment): Promise<api.EditList> {
  const stored = await editsOfExperiment(context.reader.db, experiment.id);
  const run = await editingRun(context);
  const waiting = stored.filter(({ status }) => status === "waiting").length;
  return {
    experimentId: experiment.id,
    name: experiment.name,
    samples: stored.map((one) => sampleOf(context, one, run)),
    missing: [
      ...(stored.length === 0
        ? [
            "No amplicon reads belong to this experiment. artesian run editing reads a sample sheet and its FASTQ files.",
          ]
        : []),
      ...(waiting > 0 ? [`${waiting} of ${stored.length} samples are still being counted.`] : []),
    ],
    provenance: await provenanceOf(context, experiment, HOW, newest(stored)),
  };
}

/** Samples in which a perturbation was made, of all experiments. */
export async function editsAnywhere(context: ServerContext, perturbationId: string): Promise<api.EditSample[]> {
  const stored = await editsOfPerturbation(context.reader.db, perturbationId);
  const run = await editingRun(context);
  return stored.map((one) => sampleOf(context, one, run));
}

/** All samples of an experiment as a table. */
export async function editsCsv(context: ServerContext, experiment: Experiment): Promise<string> {
  const stored = await editsOfExperiment(context.reader.db, experiment.id);
  const outcomes = [...new Set(stored.flatMap(({ counts }) => Object.keys(counts?.outcomes ?? {})))];
  return writeCsv(
    tableFromRows(
      stored.map(({ sample, perturbationId, plate, well, amplicon, guides, status, counts, problem }) => ({
        sample,
        perturbation: perturbationId,
        plate,
        well,
        amplicon,
        guides: guides.join(";"),
        status,
        unit: counts?.unit ?? null,
        aligned: counts?.aligned ?? null,
        judged: counts?.judged ?? null,
        edited_count: counts?.edited.count ?? null,
        edited_of: counts?.edited.of ?? null,
        edited_percent: percent(counts?.edited.value),
        edited_lower_percent: percent(counts?.edited.lower),
        edited_upper_percent: percent(counts?.edited.upper),
        ...Object.fromEntries(
          outcomes.map((outcome) => [`${outcome}_percent`, percent(counts?.outcomes[outcome]?.value)]),
        ),
        above_controls_percent: percent(counts?.aboveControls?.value),
        frameshift_percent: percent(counts?.frameshift),
        problem: problem?.message ?? null,
      })),
    ),
  );
}

const percent = (share: number | null | undefined): number | null => (share == null ? null : 100 * share);

/** `GET /api/v1/experiments/:experiment/edits/:sample` */
export async function editDetail(
  context: ServerContext,
  experiment: Experiment,
  sample: string,
): Promise<api.EditDetail> {
  const stored = await storedSample(context, experiment, sample);
  const result = stored.resultUri === null ? null : await resultOf(context, stored.resultUri);
  return {
    experimentId: experiment.id,
    name: experiment.name,
    sample: sampleOf(context, stored, await editingRun(context)),
    result: result === null ? null : detailOf(stored, result),
    provenance: {
      ...(await provenanceOf(context, experiment, HOW, stored.at, result?.provenance.parameters ?? {})),
      ...(result !== null && {
        codeVersion: result.provenance.code.version,
        inputs: result.provenance.inputs.map(({ role, name, sha256 }) => `${role}: ${name} (sha256 ${sha256})`),
      }),
    },
  };
}

/** `GET /api/v1/experiments/:experiment/edits/:sample/against/:other` */
export async function editComparison(
  context: ServerContext,
  experiment: Experiment,
  sample: string,
  other: string,
): Promise<api.EditComparison> {
  const [a, b] = [await storedSample(context, experiment, sample), await storedSample(context, experiment, other)];
  for (const one of [a, b])
    if (one.resultUri === null)
      throw new NotReadyError(`Sample ${one.sample}`, "Samples can be compared once both are done.");
  const [left, right] = [await resultOf(context, a.resultUri!), await resultOf(context, b.resultUri!)];
  const { edited, outcomes, alleles, positions, notes } = compareResults([left], [right]);
  const run = await editingRun(context);
  return {
    experimentId: experiment.id,
    a: sampleOf(context, a, run),
    b: sampleOf(context, b, run),
    edited: comparedOf(edited),
    outcomes: outcomes.map(comparedOf),
    alleles: leastByChance(alleles).map((row) => {
      const [alignedReference = "", alignedRead = "", ...region] = row.name.split(" ").reverse();
      return { ...row, region: region.reverse().join(" "), alignedReference, alignedRead };
    }),
    alleleCount: alleles.length,
    positions: leastByChance(positions),
    positionCount: positions.length,
    notes,
  };
}

function leastByChance(rows: readonly ComparedRate[]): api.ComparedRate[] {
  return [...rows]
    .sort((x, y) => x.p - y.p)
    .slice(0, MOST_COMPARED)
    .map(comparedOf);
}

function comparedOf({ name, a, b, difference, p, q }: ComparedRate): api.ComparedRate {
  const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const share = ({ value, lower, upper }: Rate) => ({ value: known(value), lower: known(lower), upper: known(upper) });
  const rate = ({ count, of, ...rest }: CountedRate) => ({ count, of, ...share(rest) });
  return { name, a: rate(a), b: rate(b), difference: share(difference), p: known(p), q: known(q) };
}

/** A file of a sample by name and content. @throws NotFoundError (server/not-found) */
export async function editFile(
  context: ServerContext,
  experiment: Experiment,
  sample: string,
  uri: string,
  name: string,
): Promise<Uint8Array> {
  const { files } = await storedSample(context, experiment, sample);
  const known = Object.entries(files).some(([file, own]) => own === uri && baseName(file) === name);
  if (!known) throw new NotFoundError("file", name, `The page of sample ${sample} lists its files.`);
  return context.objects.get(uri);
}

async function storedSample(context: ServerContext, { id }: Experiment, sample: string): Promise<StoredEdits> {
  const stored = await editsOfSample(context.reader.db, id, sample);
  if (stored === undefined)
    throw new NotFoundError("sample", sample, `The Edits tab of experiment ${id} lists its samples.`);
  return stored;
}

/** The run whose engine quantifies: failed samples are tried again there. */
async function editingRun(context: ServerContext): Promise<StoredRun | undefined> {
  const { runs } = await listRuns(context.reader.db, { limit: 1, offset: 0, workflow: "editing" });
  return runs[0];
}

async function resultOf(context: ServerContext, uri: string): Promise<EditingResult> {
  return context.memo.get(`edits ${uri}`, Number.POSITIVE_INFINITY, async () => {
    const bytes = await context.objects.get(uri);
    return JSON.parse(new TextDecoder().decode(bytes)) as EditingResult;
  });
}

function newest(stored: readonly StoredEdits[]): string | null {
  return stored.reduce<string | null>((last, { at }) => (last === null || at > last ? at : last), null);
}

/** A sample as lists show it. */
function sampleOf(context: ServerContext, stored: StoredEdits, run: StoredRun | undefined): api.EditSample {
  const { experimentId, sample, perturbationId, plate, well, counts } = stored;
  return {
    experimentId,
    sample,
    href: page.edits(experimentId, sample),
    status: stored.status,
    perturbation: perturbationId === null ? null : perturbationRef(perturbationId),
    well: plate === null || well === null ? null : { plate, well, href: page.well(experimentId, plate, well) },
    amplicon: stored.amplicon,
    guides: stored.guides,
    isControl: stored.isControl,
    unit: counts?.unit ?? "reads",
    aligned: counts?.aligned ?? null,
    judged: counts?.judged ?? null,
    edited: counts?.edited ?? null,
    outcomes: counts?.outcomes ?? {},
    aboveControls: counts?.aboveControls ?? null,
    frameshift: counts?.frameshift ?? null,
    notes: stored.notes,
    problem: problemOf(context, stored.problem, run),
    at: stored.at,
  };
}

const baseName = (file: string): string => file.slice(file.lastIndexOf("/") + 1);

function detailOf(stored: StoredEdits, result: EditingResult): NonNullable<api.EditDetail["result"]> {
  const { experimentId, sample, files } = stored;
  const address = (file: string): string | null => {
    const uri = files[file];
    return uri === undefined
      ? null
      : url.experiment(
          experimentId,
          `edits/${encodeURIComponent(sample)}/files/${uri}/${encodeURIComponent(baseName(file))}`,
        );
  };
  const amplicon = result.amplicon.references[0]!;
  const cuts = [...new Set(result.amplicon.guides.map(({ cut }) => cut))];
  return {
    amplicon: {
      name: result.amplicon.name,
      sequence: amplicon.sequence,
      guides: result.amplicon.guides.map(({ name, sequence, strand, start, end, mismatches }) => ({
        name,
        sequence,
        strand,
        from: start + 1,
        to: end,
        mismatches,
      })),
    },
    reading: Object.entries(result.reading).map(([step, count]) => ({ step, count })),
    lowIdentity: result.counts.lowIdentity,
    uncovered: result.counts.uncovered,
    ambiguous: result.counts.ambiguous,
    alleles: result.alleles.map(({ region, from, to, distinct, unlistedReads, alleles }) => {
      const shown = alleles.slice(0, MOST_ALLELES);
      return {
        region,
        from: from + 1,
        to,
        sequence: amplicon.sequence.slice(from, to),
        cuts: cuts.filter((cut) => cut > from && cut < to).map((cut) => cut - from),
        distinct,
        unlistedReads: unlistedReads + alleles.slice(MOST_ALLELES).reduce((sum, { reads }) => sum + reads, 0),
        alleles: shown.map((allele) => ({ ...allele, share: allele.reads / Math.max(1, result.counts.judged) })),
      };
    }),
    edits: [...result.edits]
      .sort((x, y) => y.reads - x.reads)
      .slice(0, MOST_EDITS)
      .map((edit) => ({
        edit: editText(edit),
        reference: edit.contig,
        kind: edit.kind,
        position: edit.position + 1,
        inWindow: edit.inWindow,
        rate: { count: edit.reads, of: edit.depth, ...edit.rate },
        aboveControls: edit.background?.difference ?? null,
        q: edit.background?.q ?? null,
      })),
    moreEdits: Math.max(0, result.edits.length - MOST_EDITS),
    conversions:
      result.conversions === null
        ? null
        : {
            editor: `${result.conversions.editor.from}>${result.conversions.editor.to}`,
            sites: result.conversions.sites.map((site) => ({
              guide: site.guide,
              protospacerPosition: site.protospacerPosition,
              position: site.position + 1,
              rate: {
                count: site.converted,
                of: site.reads,
                value: site.value,
                lower: site.lower,
                upper: site.upper,
              },
            })),
          },
    controls: (result.background?.controls ?? []).map(({ name, reads, edited }) => ({ name, reads, edited })),
    figures: figuresOf(result).flatMap(({ id, title, alt }) => {
      const spec = address(`figures/${id}.vl.json`);
      if (spec === null) return [];
      const [svg, png, csv] = ["svg", "png", "csv"].map((ending) => address(`figures/${id}.${ending}`));
      return [{ id, title, alt, spec, svg: svg ?? null, png: png ?? null, csv: csv ?? null }];
    }),
    files: Object.keys(files)
      .filter((file) => !file.startsWith("figures/"))
      .sort()
      .map((file) => ({ name: baseName(file), url: address(file) ?? "" })),
  };
}
