/** An image by its place on the plate. */
export interface ImagePlace {
  plate: string;
  well: string;
  site: number;
  channel: string;
}

/** Key of an image's place: one image of one channel of one site. */
export function placeKey(place: ImagePlace): string {
  return `${place.plate}/${place.well}/${place.site}/${place.channel}`;
}

/** "ch5", "Channel5", "w5" and "5" are one channel. */
export function plainChannel(channel: string): string {
  return channel.toLowerCase().replace(/^(?:channel|chan|ch|w|c)[ _-]?(?=\d)/, "");
}
