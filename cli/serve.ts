import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openReader, openStore, type Store } from "@artesian/store";
import { dataFolder } from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { portNumber } from "./experiment-options.ts";
import { hostPages, untilStopped } from "./host.ts";

interface ServeFlags {
  data: string;
  host: string;
  port?: string;
  maps?: string;
}

export function registerServe(program: Command, { output, exit }: CommandContext): void {
  program
    .command("serve")
    .description("Show the pages of a data folder: experiments, plates, hits, maps, runs.")
    .option("--data <dir>", "data folder: the --out of a run, or the --data of watch", "artesian-data")
    .option("--host <address>", "address to listen on; others than loopback need an identity provider", "127.0.0.1")
    .option("--port <n>", "port; default: 8080, or the next free one")
    .option(
      "--maps <place>",
      "where maps are published: a folder or s3://bucket/prefix (default: maps/ of the data folder)",
    )
    .action(async (flags: ServeFlags) => {
      const dir = resolve(flags.data);
      const folder = dataFolder(dir);
      if (!existsSync(folder.store)) {
        throw new UsageError(
          `${flags.data}: there are no results in this folder. Make some: artesian demo, or artesian run phenomics --images DIR --out ${flags.data}`,
        );
      }
      const store = openStore(folder.store);
      const reader = openReader(folder.store);
      const host = await hostPages(
        {
          dir,
          store,
          reader,
          imageRoots: imageRootsOf(store),
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

/** The folders that hold the images a store knows: nothing else of the machine is shown. */
export function imageRootsOf(store: Store): string[] {
  const folders = store.all("SELECT DISTINCT rtrim(path, replace(path, '/', '')) AS folder FROM image");
  return folders.map((row) => String(row.folder)).filter((folder) => folder !== "");
}
