/** Samples whose amplicon reads were quantified: what happened to them in counts, and pointers to everything else. */
export const edits = `
CREATE TABLE edit_sample (
  experiment_id TEXT NOT NULL,
  sample TEXT NOT NULL,
  sample_order INTEGER NOT NULL,
  perturbation_id TEXT,
  plate TEXT,
  well TEXT,
  amplicon TEXT NOT NULL,
  status TEXT NOT NULL,
  result_uri TEXT,
  doc TEXT NOT NULL,
  problem TEXT,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, sample)
);
CREATE INDEX edit_sample_perturbation ON edit_sample (perturbation_id);
`;
