/** When a well's profile was first stored, by the clock: rows' own instants are those of the images. */
export const arrival = `
ALTER TABLE well_profile ADD COLUMN stored_at TEXT;
CREATE INDEX well_profile_by_arrival ON well_profile (experiment_id, stored_at);
`;
