import { dag } from "@artesian/engine";

/** What a microscope tells of each image as it is written. */
interface Image {
  plate: string;
  well: string;
  channel: string;
  exposureMs: number;
  tiles: { focus: number }[];
}

const counts = dag("blurred-plates", {
  partitions: 2,
  description: "Images and blurred tiles of each plate, by the minute.",
});

const images = counts
  .stream<Image>("images", { key: ["plate"] })
  .dedupe("new-images", { by: ["plate", "well", "channel"] })
  .map("judged", ({ plate, exposureMs, tiles }) => ({
    plate,
    exposureMs,
    blurredTiles: tiles.filter(({ focus }) => focus < 0.2).length,
  }));

images
  .window("per-minute", {
    by: ["plate"],
    sizeMs: 60_000,
    graceMs: 10_000,
    count: "images",
    sum: { blurred: "blurredTiles" },
    max: { longestMs: "exposureMs" },
  })
  .filter("blurred", ({ blurred, images: all }) => blurred > all)
  .publish("alarms", "blurred_plates");

/** The workflow as data, and its functions by name: what `artesian dag` reads of this file. */
export const { document, functions } = counts.build();
