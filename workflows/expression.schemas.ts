import { z } from "zod";

const uri = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A file of a place as its listing told of it. */
const placeEntry = z.object({ key: z.string(), sizeBytes: z.number(), etag: z.string(), modifiedMs: z.number() });

/** A matrix as expression/discover.ts found it. */
export const foundMatrix = z.object({
  project: z.string(),
  matrix: z.string(),
  format: z.enum(["mtx", "10x-h5", "h5ad", "zarr", "loom", "csv"]),
  key: z.string(),
  genes: z.string().exactOptional(),
  cells: z.string().exactOptional(),
  zipped: z.boolean(),
  files: z.array(placeEntry),
  species: z.string().exactOptional(),
  title: z.string().exactOptional(),
  layer: z.string().exactOptional(),
});
export type FoundMatrixRecord = z.infer<typeof foundMatrix>;

/** Everything that decides the numbers of a summary, see expression/presets.ts. */
const parameters = z.object({
  preset: z.enum(["modern", "hca-2020"]),
  minGenes: z.union([z.number(), z.literal("mad")]),
  minCells: z.number(),
  target: z.union([z.number(), z.literal("median")]),
  topCount: z.number(),
  selection: z.object({
    flavour: z.enum(["seurat", "cell_ranger", "seurat_v3", "seurat_v3_paper"]),
    topGenes: z.number().exactOptional(),
    binCount: z.number().exactOptional(),
    span: z.number().exactOptional(),
    minMean: z.number().exactOptional(),
    maxMean: z.number().exactOptional(),
    minDispersion: z.number().exactOptional(),
    maxDispersion: z.number().exactOptional(),
  }),
  batch: z.string().exactOptional(),
  splits: z.array(z.string()).readonly(),
});

/** A portal: where its projects are, where its pages go, and with which parameters. */
export const portalRecord = z.object({
  source: z.string(),
  dest: z.string(),
  parameters,
  /** File of projects that nobody summarises: a path or s3://bucket/key. */
  skip: z.string().nullable(),
  /** File that lists the matrices, a key of the source. */
  manifest: z.string().nullable(),
});
export type PortalRecord = z.infer<typeof portalRecord>;

/** A look at a portal, asked for by a person, a schedule or a new file. */
export const lookRecord = z.object({
  /** Its name. */
  look: z.string(),
  /** What asked for it, in words. */
  because: z.string(),
  portal: portalRecord,
  /** Only these projects; null = all. */
  only: z.array(z.string()).nullable().default(null),
  /** Only this project, of which there are new files. */
  single: z.string().exactOptional(),
  /** "" = what is recorded is good; another text makes every summary anew. */
  fresh: z.string(),
});
export type LookRecord = z.infer<typeof lookRecord>;

/** A file of a watched portal, new or changed; `known` = there since before it was watched. */
export const fileRecord = z.object({
  name: z.string(),
  project: z.string(),
  file: z.string(),
  etag: z.string(),
  known: z.boolean(),
});
export type FileRecord = z.infer<typeof fileRecord>;

const skipReason = z.object({ reason: z.string(), owner: z.string().nullable() });
export type SkipEntry = z.infer<typeof skipReason>;

/** A project of a look. */
export const projectRecord = lookRecord.omit({ only: true, single: true, because: true }).extend({
  /** When its files were listed, ms since 1970: what an older look found never replaces what a newer one did. */
  lookMs: z.number(),
  project: z.string(),
  title: z.string().nullable(),
  projectCount: z.number(),
  /** Whether the look is at all projects. */
  full: z.boolean(),
  dest: z.string(),
  memberCount: z.number(),
  skip: skipReason.nullable(),
  /** Its files: a list in the object store. */
  files: uri,
});
export type ProjectRecord = z.infer<typeof projectRecord>;

/** What the list of a project's files holds. */
export const projectFiles = z.object({
  matrices: z.array(foundMatrix),
  leftovers: z.array(z.object({ key: z.string(), message: z.string() })),
});

const listingMember = z.object({
  kind: z.literal("listing"),
  member: z.literal(".."),
  contentDigest: z.string().nullable(),
  leftovers: z.array(z.object({ key: z.string(), message: z.string() })),
});
const matrixMember = z.object({
  kind: z.literal("matrix"),
  member: z.string(),
  matrix: foundMatrix,
  format: z.string(),
  sizeBytes: z.number(),
  /** Of the content of its files. */
  digest: z.string(),
});

/** What was read of a project: its matrices with their digests. */
export const contentsRecord = projectRecord.extend({
  members: z.array(z.discriminatedUnion("kind", [listingMember, matrixMember])),
});
export type ContentsRecord = z.infer<typeof contentsRecord>;

/** One matrix to summarise. */
export const matrixRecord = projectRecord.extend(matrixMember.shape);
export type MatrixRecord = z.infer<typeof matrixRecord>;

const counts = z.object({
  cells: z.number(),
  genes: z.number(),
  entries: z.number(),
  cellsKept: z.number(),
  genesKept: z.number(),
  warnings: z.number(),
  figures: z.number(),
  problems: z.number(),
});

/** A summarised matrix. */
export const figuresRecord = matrixRecord.extend({ summary: uri, genes: uri, counts });
export type FiguresRecord = z.infer<typeof figuresRecord>;

/** A file that was drawn: an object and the ending of its name. */
const drawn = z.object({ uri, sizeBytes: z.number() });

/** A figure with its files; those that could not be made are left out, and `problem` says why. */
export const figureFiles = z.object({
  id: z.string(),
  title: z.string(),
  alt: z.string(),
  files: z.object({
    "vl.json": drawn.exactOptional(),
    csv: drawn.exactOptional(),
    svg: drawn.exactOptional(),
    png: drawn.exactOptional(),
  }),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type FigureFiles = z.infer<typeof figureFiles>;

/** What the object of a matrix's summary holds; equal input, equal bytes. */
export const matrixSummary = z.object({
  matrix: z.string(),
  report: z.looseObject({
    format: z.string(),
    key: z.string(),
    cells: z.number(),
    genes: z.number(),
    entries: z.number(),
    values: z.string(),
    parameters,
    warnings: z.array(z.object({ code: z.string(), count: z.number(), message: z.string() })),
    splitProblems: z.array(z.object({ column: z.string(), message: z.string() })),
  }),
  splits: z.array(
    z.object({
      id: z.string(),
      column: z.string().nullable(),
      value: z.string().nullable(),
      cells: z.number(),
      cellsKept: z.number(),
      genesKept: z.number(),
      figures: z.array(figureFiles),
      tables: z.object({ cells: drawn.exactOptional(), genes: drawn.exactOptional() }),
      /** Steps that gave nothing. */
      problems: z.array(z.object({ step: z.string(), code: z.string().nullable(), message: z.string() })),
    }),
  ),
});
export type MatrixSummary = z.infer<typeof matrixSummary>;

/** Columns of every gene of a matrix, for the store. */
export const geneColumns = z.object({
  cellCount: z.number(),
  /** Counts that means are of. */
  target: z.number(),
  symbols: z.array(z.string()),
  ids: z.array(z.string()),
  cells: z.array(z.number()),
  means: z.array(z.number().nullable()),
});
export type GeneColumnsDocument = z.infer<typeof geneColumns>;

const failedMember = z.object({
  member: z.string(),
  code: z.string(),
  message: z.string(),
  node: z.string(),
  taskId: z.string().exactOptional(),
});
export type FailedMember = z.infer<typeof failedMember>;

/** A project whose matrices are all summarised or failed. */
export const projectPartsRecord = z.object({
  look: z.string(),
  lookMs: z.number(),
  project: z.string(),
  title: z.string().nullable(),
  dest: z.string(),
  fresh: z.string(),
  parts: z.array(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("project"), member: z.literal("."), skip: skipReason.nullable() }),
      listingMember,
      matrixMember.omit({ matrix: true }).extend({ summary: uri, counts }),
    ]),
  ),
  failed: z.array(failedMember),
});
export type ProjectPartsRecord = z.infer<typeof projectPartsRecord>;

export const projectStatus = z.enum(["done", "partial", "failed", "skipped", "empty"]);
export type ProjectStatus = z.infer<typeof projectStatus>;

const problem = z.object({ code: z.string(), message: z.string() });

/** A matrix in the index of its project. */
export const publishedMatrix = z.object({
  matrix: z.string(),
  status: z.enum(["done", "partial", "failed"]),
  key: z.string().nullable(),
  format: z.string().nullable(),
  digest: z.string().nullable(),
  cells: z.number().nullable(),
  cellsKept: z.number().nullable(),
  genes: z.number().nullable(),
  entries: z.number().nullable(),
  warnings: z.array(z.object({ code: z.string(), count: z.number(), message: z.string() })),
  problem: problem.nullable(),
  /** Digest of the earlier content that its figures are of, while what is there now cannot be summarised. */
  figuresOf: z.string().nullable(),
  splits: z.array(
    z.object({
      id: z.string(),
      /** Folder of its figures, below the project's. */
      folder: z.string(),
      column: z.string().nullable(),
      value: z.string().nullable(),
      cells: z.number(),
      cellsKept: z.number(),
      figures: z.array(
        z.object({
          id: z.string(),
          title: z.string(),
          alt: z.string(),
          /** Endings: "svg", "png", "csv", "vl.json". */
          files: z.array(z.string()),
          problem: problem.nullable(),
        }),
      ),
    }),
  ),
});
export type PublishedMatrix = z.infer<typeof publishedMatrix>;

/** `project-assets/project-stats/PROJECT/index.json` */
export const projectIndex = z.object({
  project: z.string(),
  title: z.string().nullable(),
  status: projectStatus,
  contentDigest: z.string().nullable(),
  skip: skipReason.nullable(),
  problem: problem.nullable(),
  matrices: z.array(publishedMatrix),
  leftovers: z.array(z.object({ key: z.string(), message: z.string() })),
  /** Everything that was published beside this index, by name below the project's folder. */
  files: z.array(z.object({ name: z.string(), sha256: z.string(), sizeBytes: z.number() })),
});
export type ProjectIndex = z.infer<typeof projectIndex>;

/** A project in the portal's index. */
export const portalEntry = z.object({
  project: z.string(),
  title: z.string().nullable(),
  status: projectStatus,
  contentDigest: z.string().nullable(),
  skip: skipReason.nullable(),
  problem: problem.nullable(),
  matrices: z.number(),
  failed: z.number(),
  cells: z.number().nullable(),
  cellsKept: z.number().nullable(),
  figures: z.number(),
  /** SHA-256 of the project's index.json. */
  index: z.string(),
});
export type PortalEntry = z.infer<typeof portalEntry>;

/** `project-assets/project-stats/index.json` */
export const portalIndex = z.object({ projects: z.array(portalEntry) });

/** A published project. */
export const projectPagesRecord = projectPartsRecord.extend({
  status: projectStatus,
  entry: portalEntry,
  matrices: z.array(z.string()).nullable(),
  written: z.number(),
});

/** All projects of a look. */
export const portalPartsRecord = z.object({
  look: z.string(),
  lookMs: z.number(),
  full: z.boolean(),
  dest: z.string(),
  projects: z.array(z.object({ project: z.string(), status: projectStatus, entry: portalEntry })),
  failed: z.array(failedMember),
});
export type PortalPartsRecord = z.infer<typeof portalPartsRecord>;
