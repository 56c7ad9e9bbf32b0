import { readFile } from "node:fs/promises";
import { guessNuclei, readPlane } from "@artesian/imaging";
import { type Inventory, namedNuclei } from "@artesian/workflows";
import type { Output } from "./output.ts";

const SITES_TO_LOOK_AT = 3;

/** Without a channel whose name says so: the one that looks like nuclei on a few sites. */
export async function recogniseNuclei(
  images: Inventory["images"],
  channels: readonly string[] | undefined,
  output: Output,
): Promise<string | undefined> {
  const all = channels ?? [...new Set(images.map(({ place }) => place.channel))];
  if (namedNuclei(all) !== undefined) return undefined;
  const bySite = Map.groupBy(images, ({ place }) => `${place.plate}/${place.well}/${place.site}`);
  const complete = [...bySite.values()].filter((site) => site.length === all.length);
  const step = Math.max(1, Math.floor(complete.length / SITES_TO_LOOK_AT));
  const sites = complete.filter((_, index) => index % step === 0).slice(0, SITES_TO_LOOK_AT);
  const readable = await Promise.all(
    sites.map((site) =>
      Promise.all(
        site.map(async ({ path, place }) => ({
          channel: place.channel,
          plane: await readPlane(await readFile(path), { name: path }),
        })),
      ).catch(() => []),
    ),
  );
  const best = guessNuclei(readable)[0];
  if (best !== undefined)
    output.say(
      `note: channel ${best.channel} is taken for the nuclei, since it shows the roundest objects; --nuclei says otherwise.`,
    );
  return best?.channel;
}
