/** Runs, reviewers' verdicts, the audit trail, and how far each sink has come. */
export const runsAndReviews = `
CREATE TABLE run (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  experiment_id TEXT,
  workflow TEXT NOT NULL,
  plan_hash TEXT,
  plan TEXT NOT NULL,
  state TEXT NOT NULL,
  data TEXT NOT NULL,
  data_dir TEXT NOT NULL,
  args TEXT NOT NULL,
  who TEXT NOT NULL,
  code_version TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  counts TEXT NOT NULL
);
CREATE INDEX run_by_start ON run (started_at);
CREATE INDEX run_by_experiment ON run (experiment_id, started_at);
CREATE TABLE verdict (
  id TEXT NOT NULL PRIMARY KEY,
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  site INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  note TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  at TEXT NOT NULL,
  undone_at TEXT,
  undone_by TEXT
);
CREATE INDEX verdict_by_place ON verdict (experiment_id, plate, well, site, at);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE TABLE sink_offset (
  sink TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  PRIMARY KEY (sink, topic, partition)
);
`;
