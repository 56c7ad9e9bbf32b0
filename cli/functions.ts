import type { Command } from "commander";
import type { CommandContext } from "./command.ts";

const declared: [string, string, string] = [
  "--functions <path>",
  "declared functions: a YAML or JSON file, or a folder of them",
  "functions.yml",
];
const data: [string, string, string] = ["--data <dir>", "data folder with the ledger", "artesian-data"];

/** Commands about functions that run when an object appears. */
export function registerFunctions(program: Command, context: CommandContext): void {
  const functions = program
    .command("functions")
    .description("Small functions that run when an object appears in a folder or bucket, once for each version of it.");
  functions
    .command("list")
    .description("Declared functions with trigger, digest and what they were asked.")
    .option(...declared)
    .option(...data)
    .option("--json", "one JSON document on stdout")
    .action(async (flags) => (await import("./functions-list.ts")).functionsList(flags, context));
  functions
    .command("test")
    .description("Run a function on an object and show what comes of it; neither ledger nor store change.")
    .argument("<function>", "its name in the declarations")
    .argument("[object]", "a file, or s3://bucket/key")
    .option("--event <file>", "a notification as stores send it, in place of an object; - reads standard input")
    .option("--place <place>", "the watched place that a file lies in; default: the trigger's, else the working folder")
    .option("--anyway", "also when its trigger does not want the object")
    .option(...declared)
    .option(...data)
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", testHelp)
    .action(async (id, object, flags) =>
      (await import("./functions-test.ts")).functionsTest(id, object, flags, context),
    );
  functions
    .command("replay")
    .description("Tell functions of objects again: dead letters, or what is there now in a place.")
    .argument("[place]", "a folder, or s3://bucket/prefix")
    .option("--dead-letters", "requests that failed, instead of a place")
    .option("--function <id>", "only this function")
    .option("--prefix <text>", "only keys that start so, below the place")
    .option("--since <instant>", "only objects that changed from then on: 2026-11-20 or 2026-11-20T08:30:00Z")
    .option("--until <instant>", "only objects that changed before")
    .option("--force", "apply again what was applied already")
    .option(...declared)
    .option(...data)
    .option("--workers <n>", "worker threads", "2")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", replayHelp)
    .action(async (place, flags) => (await import("./functions-replay.ts")).functionsReplay(place, flags, context));
  functions
    .command("watch")
    .description("Run functions on what is in folders and buckets and on what comes; pages meanwhile.")
    .argument("<place...>", "folders, or s3://bucket/prefix")
    .option(...declared)
    .option(...data)
    .option("--sweep <s>", "seconds between two listings of a bucket, which repair what no notification told of", "60")
    .option("--stable <s>", "a folder's file is complete when it stood still for so long", "1")
    .option("--events <host:port>", "a door of its own for notifications of stores: POST http://HOST:PORT/events")
    .option("--events-token-file <file>", "who may send them; needed when others reach that address")
    .option("--host <address>", "address of the pages; others than loopback need an identity provider", "127.0.0.1")
    .option("--port <n>", "port; default: 8080, or the next free one")
    .option("--workers <n>", "worker threads", "2")
    .addHelpText("after", watchHelp)
    .action(async (places, flags) => (await import("./functions-watch.ts")).functionsWatch(places, flags, context));
}

const testHelp = `
Examples:
  $ artesian functions test plate-readings incoming/E1/P1.csv
  $ artesian functions test plate-readings s3://plates/E1/P1.csv --functions functions.yml

Exit code 0 when the function returned, 1 when it failed, 3 when its trigger does not want the object.`;

const replayHelp = `
Examples:
  $ artesian functions replay --dead-letters
  $ artesian functions replay incoming --prefix E1/ --function plate-readings --force

Where functions run already, their process does it; else they run here until all is done. Exit code 1 when something failed.`;

const watchHelp = `
Examples:
  $ artesian functions watch incoming --functions functions.yml
  $ artesian functions watch s3://plates/raw --events 0.0.0.0:9070 --events-token-file token

Stores on this machine may also send their notifications to /api/v1/functions/events of the pages. What changes in a declaration or a
handler counts from the next start.`;
