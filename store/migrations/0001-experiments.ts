/** Experiments, plates, wells, images and what is computed for each. */
export const experiments = `
CREATE TABLE experiment (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  workflow TEXT NOT NULL,
  channels TEXT NOT NULL,
  sites_per_well INTEGER NOT NULL,
  pixel_size_um REAL,
  doc TEXT NOT NULL,
  code_version TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE TABLE plate (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  run_order INTEGER NOT NULL,
  format_wells INTEGER NOT NULL,
  PRIMARY KEY (experiment_id, plate)
);
CREATE TABLE well (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  row_index INTEGER NOT NULL,
  column_index INTEGER NOT NULL,
  role TEXT NOT NULL,
  perturbation_id TEXT,
  dose_um REAL,
  in_layout INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate, well)
);
CREATE INDEX well_by_perturbation ON well (perturbation_id, experiment_id);
CREATE TABLE image (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  site INTEGER NOT NULL,
  channel TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  seen_at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate, well, site, channel)
);
CREATE INDEX image_by_time ON image (experiment_id, plate, seen_at);
CREATE TABLE image_quality (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  site INTEGER NOT NULL,
  channel TEXT NOT NULL,
  metrics TEXT,
  width INTEGER,
  height INTEGER,
  bit_depth INTEGER,
  error_code TEXT,
  error_message TEXT,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate, well, site, channel)
);
CREATE INDEX image_quality_by_channel ON image_quality (experiment_id, channel, plate);
CREATE INDEX image_quality_failed ON image_quality (experiment_id, plate) WHERE error_code IS NOT NULL;
CREATE TABLE site_result (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  site INTEGER NOT NULL,
  nuclei INTEGER,
  cells INTEGER,
  thumbnail_uri TEXT,
  outlines_uri TEXT,
  labels_uri TEXT,
  features_uri TEXT,
  embedding_uri TEXT,
  metrics TEXT,
  complete_at TEXT,
  image_to_site_ms REAL,
  PRIMARY KEY (experiment_id, plate, well, site)
);
CREATE TABLE well_profile (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  well TEXT NOT NULL,
  profile_uri TEXT,
  sites INTEGER NOT NULL,
  nuclei INTEGER,
  cells INTEGER,
  status TEXT NOT NULL,
  missing TEXT NOT NULL,
  failed TEXT NOT NULL,
  metrics TEXT NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate, well)
);
CREATE TABLE plate_result (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  status TEXT NOT NULL,
  metrics TEXT NOT NULL,
  windows TEXT NOT NULL,
  sprite_uri TEXT,
  profiles_uri TEXT,
  missing TEXT NOT NULL,
  z_prime_missing TEXT,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate)
);
`;
