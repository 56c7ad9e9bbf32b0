import type { Generated } from "kysely";

/**
 * Rows and pointers: numbers of an open-ended kind are JSON maps in one column, vectors and pictures are object uris. The same
 * shape serves SQLite and PostgreSQL: TEXT, INTEGER, REAL only, JSON as text, instants as ISO 8601 text in UTC.
 */
export interface Database {
  experiment: ExperimentRow;
  plate: PlateRow;
  well: WellRow;
  image: ImageRow;
  image_quality: ImageQualityRow;
  site_result: SiteResultRow;
  well_profile: WellProfileRow;
  plate_result: PlateResultRow;
  flag: FlagRow;
  flag_set: FlagSetRow;
  failure: FailureRow;
  perturbation: PerturbationRow;
  hit: HitRow;
  experiment_result: ExperimentResultRow;
  profile_result: ProfileResultRow;
  project: ProjectRow;
  project_result: ProjectResultRow;
  matrix: MatrixRow;
  matrix_result: MatrixResultRow;
  gene_block: GeneBlockRow;
  edit_sample: EditSampleRow;
  object_function: ObjectFunctionRow;
  function_request: FunctionRequestRow;
  reading_set: ReadingSetRow;
  reading: ReadingRow;
  map_card: MapCardRow;
  run: RunRow;
  verdict: VerdictRow;
  audit: AuditRow;
  sink_offset: SinkOffsetRow;
}

export interface ExperimentRow {
  id: string;
  name: string;
  workflow: string;
  /** JSON: channel names in acquisition order. */
  channels: string;
  sites_per_well: number;
  pixel_size_um: number | null;
  /** JSON: everything else the metadata said. */
  doc: string;
  code_version: string;
  created_at: string;
  updated_at: string;
}

export interface PlateRow {
  experiment_id: string;
  plate: string;
  run_order: number;
  format_wells: number;
}

export interface WellRow {
  experiment_id: string;
  plate: string;
  well: string;
  /** Zero-based. */
  row_index: number;
  column_index: number;
  role: string;
  perturbation_id: string | null;
  dose_um: number | null;
  /** 1 = the layout names it, 0 = an image came for it. */
  in_layout: number;
  doc: string;
}

export interface ImageRow {
  experiment_id: string;
  plate: string;
  well: string;
  site: number;
  channel: string;
  path: string;
  sha256: string;
  size_bytes: number;
  seen_at: string;
}

export interface ImageQualityRow {
  experiment_id: string;
  plate: string;
  well: string;
  site: number;
  channel: string;
  /** JSON: metric → number. */
  metrics: string | null;
  width: number | null;
  height: number | null;
  bit_depth: number | null;
  error_code: string | null;
  error_message: string | null;
  generation: number;
  at: string;
}

export interface SiteResultRow {
  experiment_id: string;
  plate: string;
  well: string;
  site: number;
  nuclei: number | null;
  cells: number | null;
  thumbnail_uri: string | null;
  outlines_uri: string | null;
  labels_uri: string | null;
  features_uri: string | null;
  embedding_uri: string | null;
  /** JSON: metric → number. */
  metrics: string | null;
  complete_at: string | null;
  image_to_site_ms: number | null;
}

export interface WellProfileRow {
  experiment_id: string;
  plate: string;
  well: string;
  profile_uri: string | null;
  sites: number;
  nuclei: number | null;
  cells: number | null;
  status: string;
  /** JSON arrays: names of what is missing; {what, code, message} of what failed. */
  missing: string;
  failed: string;
  metrics: string;
  generation: number;
  at: string;
  /** When the first profile was stored, by the clock. */
  stored_at: string | null;
}

export interface PlateResultRow {
  experiment_id: string;
  plate: string;
  status: string;
  metrics: string;
  /** JSON: channel → {lo, hi}. */
  windows: string;
  sprite_uri: string | null;
  profiles_uri: string | null;
  missing: string;
  z_prime_missing: string | null;
  generation: number;
  at: string;
}

export interface FlagRow {
  experiment_id: string;
  plate: string;
  well: string;
  /** 0 = the whole well. */
  site: number;
  /** "" = no channel in particular. */
  channel: string;
  label: string;
  source: string;
  scope: string;
  score: number | null;
  threshold: number | null;
  reason: string;
  at: string;
}

export interface FlagSetRow {
  experiment_id: string;
  plate: string;
  source: string;
  scope: string;
  generation: number;
  at: string;
}

export interface FailureRow {
  experiment_id: string;
  node: string;
  plate: string;
  well: string;
  site: number;
  channel: string;
  code: string;
  message: string;
  task_id: string;
  at: string;
}

export interface PerturbationRow {
  id: string;
  type: string;
  name: string;
  synonyms: string;
  smiles: string | null;
  doc: string;
}

export interface HitRow {
  experiment_id: string;
  perturbation_id: string;
  verdict: string;
  ec50: number | null;
  max_rescue: number | null;
  /** JSON: the whole curve, see HitInput. */
  doc: string;
  generation: number;
  at: string;
}

export interface ExperimentResultRow {
  experiment_id: string;
  /** "phenoprint" | "map" | "projection" | "report" | "hits" */
  kind: string;
  uri: string | null;
  doc: string;
  generation: number;
  at: string;
}

export interface ProfileResultRow {
  experiment_id: string;
  /** "" = all plates together. */
  plate: string;
  raw_uri: string | null;
  normalized_uri: string | null;
  selected_uri: string;
  drops_uri: string;
  summary_uri: string;
  report_uri: string | null;
  measured: number;
  kept: number;
  replicates: number | null;
  others: number | null;
  /** JSON: how the wells were normalised. */
  doc: string;
  generation: number;
  at: string;
}

export interface EditSampleRow {
  experiment_id: string;
  sample: string;
  sample_order: number;
  perturbation_id: string | null;
  plate: string | null;
  well: string | null;
  amplicon: string;
  /** waiting, done or failed. */
  status: string;
  /** JSON of the whole result. */
  result_uri: string | null;
  /** JSON: guides, counts with intervals, files by name. */
  doc: string;
  /** JSON: code, message, task. */
  problem: string | null;
  generation: number;
  at: string;
}

export interface ProjectRow {
  id: string;
  title: string | null;
  source: string;
  dest: string;
  skip_reason: string | null;
  skip_owner: string | null;
  /** Of this and the following tables: when the look began that found it, ms since 1970. */
  generation: number;
  at: string;
}

export interface ProjectResultRow {
  project_id: string;
  status: string;
  content_digest: string | null;
  /** JSON: {code, message, taskId}; null = none. */
  problem: string | null;
  /** JSON: {leftovers: [{key, message}]}. */
  doc: string;
  generation: number;
  at: string;
}

export interface MatrixRow {
  project_id: string;
  matrix: string;
  format: string;
  size_bytes: number;
  digest: string;
  generation: number;
  at: string;
}

export interface MatrixResultRow {
  project_id: string;
  matrix: string;
  status: string;
  digest: string;
  cells: number | null;
  genes: number | null;
  entries: number | null;
  cells_kept: number | null;
  genes_kept: number | null;
  warnings: number;
  figures: number;
  /** JSON: report, splits, figures with pointers. */
  summary_uri: string | null;
  /** JSON: {code, message, taskId}; null = none. */
  problem: string | null;
  /** Counts that each cell was normalised to. */
  target: number | null;
  generation: number;
  at: string;
  /** When this summary was first stored. */
  summarised_at: string | null;
}

export interface GeneBlockRow {
  /** Of a gene's symbol in capitals, 0 to 2,047. */
  bucket: number;
  project_id: string;
  matrix: string;
  /** A line of kept cells and target, then one a gene: symbol, identifier, cells expressing, mean; separated by tabs. */
  genes: string;
}

export interface ObjectFunctionRow {
  id: string;
  digest: string;
  /** JSON: the declaration. */
  doc: string;
  registered_at: string;
  removed_at: string | null;
}

export interface FunctionRequestRow {
  request: string;
  function_id: string;
  digest: string;
  idempotency_key: string;
  bucket: string;
  object_key: string;
  version: string;
  size_bytes: number;
  /** "notification" | "listing" | "folder" */
  source: string;
  event_at: string;
  requested_at: string;
  /** "waiting" | "done" | "superseded" | "failed" */
  state: string;
  task_id: string | null;
  attempts: number | null;
  started_at: string | null;
  finished_at: string | null;
  code: string | null;
  message: string | null;
  /** JSON: what the function returned. */
  result: string | null;
}

export interface ReadingSetRow {
  experiment_id: string;
  plate: string;
  function_id: string;
  /** Address of the file. */
  object: string;
  version: string;
  instrument: string | null;
  /** JSON: measures by metric, what the file says of itself, counts. */
  doc: string;
  table_uri: string;
  wells: number;
  generation: number;
  at: string;
}

export interface ReadingRow {
  experiment_id: string;
  plate: string;
  /** As plates are coloured by: "reading OD 450". */
  metric: string;
  well: string;
  /** Null when it failed; the note says how. */
  value: number | null;
  note: string | null;
  function_id: string;
  object: string;
}

export interface RunRow {
  id: string;
  name: string;
  experiment_id: string | null;
  workflow: string;
  plan_hash: string | null;
  /** JSON: the plan's nodes and edges, for the graph of a run whose engine is gone. */
  plan: string;
  state: string;
  data: string;
  data_dir: string;
  args: string;
  who: string;
  code_version: string;
  started_at: string;
  finished_at: string | null;
  /** JSON: counts at the end, for the list. */
  counts: string;
}

export interface VerdictRow {
  id: string;
  experiment_id: string;
  plate: string;
  /** "" = the plate. */
  well: string;
  /** 0 = the well. */
  site: number;
  verdict: string;
  note: string;
  by_whom: string;
  at: string;
  undone_at: string | null;
  undone_by: string | null;
}

export interface MapCardRow {
  id: string;
  /** "id@version" */
  group_version: string;
  statement: string;
  /** JSON: the card with its evidence. */
  card: string;
  note: string;
  actor: string;
  saved_at: string;
  withdrawn_by: string | null;
  withdrawn_at: string | null;
}

export interface AuditRow {
  id: Generated<number>;
  at: string;
  who: string;
  action: string;
  target: string;
  detail: string;
}

export interface SinkOffsetRow {
  sink: string;
  topic: string;
  partition: number;
  next_offset: number;
}
