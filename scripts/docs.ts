import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cliReference } from "./cli-reference.ts";
import { engineReference } from "./engine-reference.ts";

/** Documents that are made from the code, with their place below the root. */
export const generated: readonly { path: string; text: () => string }[] = [
  { path: "docs/cli.md", text: cliReference },
  { path: "docs/engine-api.md", text: engineReference },
];

if (import.meta.main) {
  for (const { path, text } of generated) {
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), text());
    console.error(`${path} written`);
  }
}
