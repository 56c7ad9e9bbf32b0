/**
 * Projects of a portal, their matrices as found and as summarised, and every gene's expression in blocks: one row holds the genes of a
 * project whose symbols fall into one of 2,048 buckets, so that a symbol is looked up in all projects at once.
 */
export const projects = `
CREATE TABLE project (
  id TEXT PRIMARY KEY,
  title TEXT,
  source TEXT NOT NULL,
  dest TEXT NOT NULL,
  skip_reason TEXT,
  skip_owner TEXT,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL
);
CREATE TABLE project_result (
  project_id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  content_digest TEXT,
  problem TEXT,
  doc TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL
);
CREATE TABLE matrix (
  project_id TEXT NOT NULL,
  matrix TEXT NOT NULL,
  format TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  digest TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (project_id, matrix)
);
CREATE TABLE matrix_result (
  project_id TEXT NOT NULL,
  matrix TEXT NOT NULL,
  status TEXT NOT NULL,
  digest TEXT NOT NULL,
  cells INTEGER,
  genes INTEGER,
  entries INTEGER,
  cells_kept INTEGER,
  genes_kept INTEGER,
  warnings INTEGER NOT NULL,
  figures INTEGER NOT NULL,
  summary_uri TEXT,
  problem TEXT,
  target REAL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  summarised_at TEXT,
  PRIMARY KEY (project_id, matrix)
);
CREATE TABLE gene_block (
  bucket INTEGER NOT NULL,
  project_id TEXT NOT NULL,
  matrix TEXT NOT NULL,
  genes TEXT NOT NULL,
  PRIMARY KEY (bucket, project_id, matrix)
) WITHOUT ROWID;
CREATE INDEX gene_block_project ON gene_block (project_id, matrix);
`;
