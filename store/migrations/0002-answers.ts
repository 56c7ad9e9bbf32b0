/** What is concluded: flags, failures, perturbations, hits, results of the whole experiment. */
export const answers = `
CREATE TABLE flag (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  site INTEGER NOT NULL,
  channel TEXT NOT NULL,
  label TEXT NOT NULL,
  source TEXT NOT NULL,
  scope TEXT NOT NULL,
  score REAL,
  threshold REAL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate, well, site, channel, label, source)
);
CREATE TABLE flag_set (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  source TEXT NOT NULL,
  scope TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate, source, scope)
);
CREATE TABLE failure (
  experiment_id TEXT NOT NULL,
  node TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  site INTEGER NOT NULL,
  channel TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  task_id TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, node, plate, well, site, channel)
);
CREATE TABLE perturbation (
  id TEXT NOT NULL PRIMARY KEY,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  synonyms TEXT NOT NULL,
  smiles TEXT,
  doc TEXT NOT NULL
);
CREATE INDEX perturbation_by_name ON perturbation (name);
CREATE TABLE hit (
  experiment_id TEXT NOT NULL,
  perturbation_id TEXT NOT NULL,
  verdict TEXT NOT NULL,
  ec50 REAL,
  max_rescue REAL,
  doc TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, perturbation_id)
);
CREATE INDEX hit_by_perturbation ON hit (perturbation_id);
CREATE TABLE experiment_result (
  experiment_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  uri TEXT,
  doc TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, kind)
);
`;
