import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { executorsFile } from "@artesian/executors";
import { openReader, openStore } from "@artesian/store";
import { dataFolder } from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { addDagOptions } from "./dag-document.ts";
import { kafkaPlace, withEngineOptions } from "./engine-options.ts";
import { EXIT, UsageError } from "./exit.ts";
import { portNumber } from "./experiment-options.ts";
import { hostPages, untilStopped } from "./host.ts";
import { imageRootsOf } from "./image-roots.ts";
import { ownMaps } from "./map-serve.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { serveKafka } from "./serve-kafka.ts";

export function registerServe(program: Command, { output, exit }: CommandContext): void {
  const several = (value: string, before: string[] = []): string[] => [...before, value];
  const serve = program
    .command("serve")
    .description(
      "Show the pages of a data folder: experiments, plates, hits, maps, runs. With --engine kafka also work on what comes, as one of several processes.",
    )
    .option("--data <dir>", "data folder: the --out of a run, or the --data of watch", "artesian-data")
    .option("--host <address>", "address to listen on; others than loopback need an identity provider", "127.0.0.1")
    .option("--port <n>", "port; default: 8080, or the next free one")
    .option(
      "--maps <place>",
      "where maps are published: a folder or s3://bucket/prefix (default: maps/ of the data folder)",
    )
    .option(
      "--images <dir>",
      "folder whose images pages may show, beside those of results that are there; repeatable",
      several,
    );
  addDagOptions(withEngineOptions(serve))
    .option(
      "--workflow <name|file>",
      "on Kafka: workflow that runs, one of the product's or a document; repeatable (default: phenomics)",
      several,
    )
    .option("--tasks <module>", "on Kafka: module that exports `tasks` for documents")
    .option(
      "--executors <file>",
      `on Kafka: executors that nodes of documents name (default: ${executorsFile} in the data folder)`,
    )
    .option(
      "--workers <n>",
      "on Kafka: threads that run tasks here; 0 leaves those of threads and executors to artesian worker (default: 2)",
    )
    .action(async (flags: ServeFlags) => {
      const kafka = kafkaPlace(flags);
      if (kafka !== undefined) return serveKafka(flags, kafka, { output, exit });
      for (const name of ["workflow", "tasks", "executors", "functions", "schemas", "workers"] as const)
        if (flags[name] !== undefined)
          throw new UsageError(`--${name}: pages alone run nothing. Give --engine kafka with it.`);
      const dir = resolve(flags.data);
      const folder = dataFolder(dir);
      if (!existsSync(folder.store)) {
        if (flags.maps === undefined && !existsSync(ownMaps(dir)))
          throw new UsageError(
            `${flags.data}: there are no results in this folder. Make some: artesian demo, or artesian run phenomics --images DIR --out ${flags.data}. For maps alone: artesian serve --maps PLACE`,
          );
        mkdirSync(dir, { recursive: true });
        output.say(`${flags.data}: a new data folder, for the hypotheses that people keep.`);
      }
      const store = openStore(folder.store);
      const reader = openReader(folder.store);
      const host = await hostPages(
        {
          dir,
          store,
          reader,
          imageRoots: [...imageRootsOf(store), ...(flags.images ?? []).map((path) => resolve(path))],
          host: flags.host,
          port: portNumber(flags.port),
          ...(flags.maps === undefined ? {} : { maps: flags.maps }),
        },
        output,
      );
      output.data(host.url);
      output.say("Ctrl-C stops it.");
      await untilStopped();
      await host.close();
      await reader.close();
      store.close();
      exit(EXIT.done);
    });
}
