import { CodingNotFoundError } from "./design-errors.ts";
import { type Codes, decodeSequence, encodeSequence, reverseComplement } from "./sequence.ts";

/** A part of an amplicon that codes for protein. */
export interface Exon {
  /** First base in the amplicon, from 0. */
  start: number;
  /** Base after the last. */
  end: number;
  strand: "+" | "-";
  /** Sites of two bases each, where the amplicon shows them: GT after an exon, AG before it, in its own direction. */
  spliceSites: { kind: "donor" | "acceptor"; start: number }[];
}

/**
 * Finds the coding parts of an amplicon, on either strand, and the splice sites at their ends.
 *
 * An end of an exon counts as a splice site when the two bases beyond it are GT (donor, at its 3′ end) or AG (acceptor, at its 5′ end), as
 * in more than 98 % of introns (Burset, Seledtsov and Solovyev 2000, doi 10.1093/nar/28.21.4364); an exon that the amplicon cuts off has none.
 * @throws AlphabetError ("editing/alphabet"); CodingNotFoundError ("editing/coding-not-found") when a sequence is there never or twice
 */
export function locateExons(coding: readonly string[], amplicon: Codes, ampliconName: string): Exon[] {
  const text = decodeSequence(amplicon);
  return coding.map((sequence, index) => {
    const codes = encodeSequence(sequence, `coding sequence ${index + 1}`);
    const forward = placesOf(text, decodeSequence(codes));
    const reverse = placesOf(text, decodeSequence(reverseComplement(codes)));
    const places = [
      ...forward.map((start) => ({ start, strand: "+" as const })),
      ...reverse.filter((start) => !forward.includes(start)).map((start) => ({ start, strand: "-" as const })),
    ];
    const label = sequence.length <= 24 ? sequence : `${sequence.slice(0, 12)}…${sequence.slice(-9)}`;
    const [place] = places;
    if (place === undefined) throw new CodingNotFoundError(label, ampliconName, "is not");
    if (places.length > 1)
      throw new CodingNotFoundError(
        label,
        ampliconName,
        `is ${places.length} times (from base ${places.map(({ start }) => start + 1).join(" and ")})`,
      );
    const end = place.start + codes.length;
    return { ...place, end, spliceSites: spliceSites(text, place.start, end, place.strand) };
  });
}

function placesOf(text: string, part: string): number[] {
  const places: number[] = [];
  if (part === "") return places;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) places.push(at);
  return places;
}

function spliceSites(text: string, start: number, end: number, strand: "+" | "-"): Exon["spliceSites"] {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  const sites: Exon["spliceSites"] = [];
  if (before === (strand === "+" ? "AG" : "AC"))
    sites.push({ kind: strand === "+" ? "acceptor" : "donor", start: start - 2 });
  if (after === (strand === "+" ? "GT" : "CT")) sites.push({ kind: strand === "+" ? "donor" : "acceptor", start: end });
  return sites;
}
