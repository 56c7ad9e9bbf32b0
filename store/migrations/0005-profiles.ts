/** Profiles of a plate (or, with an empty plate, of a whole experiment) after normalisation and selection: pointers and a few counts. */
export const profiles = `
CREATE TABLE profile_result (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  raw_uri TEXT,
  normalized_uri TEXT,
  selected_uri TEXT NOT NULL,
  drops_uri TEXT NOT NULL,
  summary_uri TEXT NOT NULL,
  report_uri TEXT,
  measured INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  replicates REAL,
  others REAL,
  doc TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate)
);
`;
