/**
 * Functions on objects: which are registered, and the ledger of what they were asked and what came of it. Readings of plate readers, one
 * row a well and measure, with the set that each file gave.
 */
export const functions = `
CREATE TABLE object_function (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  doc TEXT NOT NULL,
  registered_at TEXT NOT NULL,
  removed_at TEXT
);
CREATE TABLE function_request (
  request TEXT PRIMARY KEY,
  function_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  version TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  source TEXT NOT NULL,
  event_at TEXT NOT NULL,
  requested_at TEXT NOT NULL,
  state TEXT NOT NULL,
  task_id TEXT,
  attempts INTEGER,
  started_at TEXT,
  finished_at TEXT,
  code TEXT,
  message TEXT,
  result TEXT
);
CREATE INDEX function_request_recent ON function_request (requested_at, request);
CREATE INDEX function_request_state ON function_request (function_id, state, requested_at);
CREATE INDEX function_request_object ON function_request (bucket, object_key);
CREATE TABLE reading_set (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  function_id TEXT NOT NULL,
  object TEXT NOT NULL,
  version TEXT NOT NULL,
  instrument TEXT,
  doc TEXT NOT NULL,
  table_uri TEXT NOT NULL,
  wells INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (experiment_id, plate, function_id, object)
);
CREATE INDEX reading_set_object ON reading_set (object, function_id);
CREATE TABLE reading (
  experiment_id TEXT NOT NULL,
  plate TEXT NOT NULL,
  metric TEXT NOT NULL,
  well TEXT NOT NULL,
  value REAL,
  note TEXT,
  function_id TEXT NOT NULL,
  object TEXT NOT NULL,
  PRIMARY KEY (experiment_id, metric, plate, well)
) WITHOUT ROWID;
CREATE INDEX reading_object ON reading (object, function_id);
`;
