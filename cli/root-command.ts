import { Command } from "commander";
import { version } from "./version.ts";

const examples = `
Start here:
  $ artesian demo                                   a simulated rescue screen, live in the browser
  $ artesian run phenomics --images DIR --metadata wells.csv --out results
  $ artesian watch DIR                              an instrument's folder, live; pages at http://localhost:8080
  $ artesian serve --data results                   look at what a run left

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused or incomplete.
Data goes to stdout, words to stderr; --json gives one JSON document.
`;

/** `artesian` itself, without its commands. */
export function rootCommand(): Command {
  return new Command("artesian")
    .description(
      "From plate wells to a map of biology: images become quality control, features, profiles, hits and a map.",
    )
    .version(version)
    .showHelpAfterError("(add --help for what can be given)")
    .showSuggestionAfterError()
    .addHelpText("after", examples)
    .exitOverride();
}
