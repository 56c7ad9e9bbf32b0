import { experiments } from "./0001-experiments.ts";
import { answers } from "./0002-answers.ts";
import { runsAndReviews } from "./0003-runs-and-reviews.ts";
import { arrival } from "./0004-arrival.ts";
import { profiles } from "./0005-profiles.ts";
import { projects } from "./0006-projects.ts";
import { functions } from "./0007-functions.ts";
import { edits } from "./0008-edits.ts";
import { mapCards } from "./0009-map-cards.ts";

/** In order; a change to the schema is a new entry at the end, never an edit. The index + 1 is the version. */
export const migrations: readonly { name: string; sql: string }[] = [
  { name: "0001-experiments", sql: experiments },
  { name: "0002-answers", sql: answers },
  { name: "0003-runs-and-reviews", sql: runsAndReviews },
  { name: "0004-arrival", sql: arrival },
  { name: "0005-profiles", sql: profiles },
  { name: "0006-projects", sql: projects },
  { name: "0007-functions", sql: functions },
  { name: "0008-edits", sql: edits },
  { name: "0009-map-cards", sql: mapCards },
];
