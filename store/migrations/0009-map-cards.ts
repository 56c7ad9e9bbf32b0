/** Hypotheses that people keep from a map: which group version said so, all of its evidence as it was then, who kept it and who took it back. */
export const mapCards = `
CREATE TABLE map_card (
  id TEXT PRIMARY KEY,
  group_version TEXT NOT NULL,
  statement TEXT NOT NULL,
  card TEXT NOT NULL,
  note TEXT NOT NULL,
  actor TEXT NOT NULL,
  saved_at TEXT NOT NULL,
  withdrawn_by TEXT,
  withdrawn_at TEXT
);
CREATE INDEX map_card_recent ON map_card (saved_at, id);
CREATE INDEX map_card_group ON map_card (group_version, saved_at);
`;
