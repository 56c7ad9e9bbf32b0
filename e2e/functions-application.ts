import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "./started.ts";

/** An application whose functions run on a folder. */
export interface FunctionsApplication {
  url: string;
  /** The folder that files are dropped into. */
  inbox: string;
  stop(): Promise<void>;
}

const DECLARATIONS = `functions:
  - id: plate-readings
    description: Exports of plate readers become readings of an experiment's plate.
    trigger: { suffix: [.csv] }
    use: plate-readings
  - id: start-editing
    description: A whole sequencing run goes to editing.
    trigger: { prefix: runs/ }
    use: editing-runs
`;
const START_MS = 60_000;

/** Starts functions on an empty folder. @throws Error when they do not answer within a minute */
export async function functionsApplication(): Promise<FunctionsApplication> {
  const root = mkdtempSync(join(tmpdir(), "artesian-e2e-functions-"));
  const inbox = join(root, "inbox");
  mkdirSync(inbox, { recursive: true });
  writeFileSync(join(root, "functions.yml"), DECLARATIONS);
  const words = ["functions", "watch", inbox, "--functions", join(root, "functions.yml"), "--data", join(root, "data")];
  const command = startCommand(root, ...words, "--port", "0", "--workers", "1");
  const url = await command.found("address", START_MS, /^https?:\/\/\S+$/m, "printed");
  return { url: url.replace(/\/$/, ""), inbox, stop: command.stop };
}
