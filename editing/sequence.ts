import { AlphabetError } from "./errors.ts";

/** A sequence as one byte a base: A 0, C 1, G 2, T 3, N 4. Of shape (length). */
export type Codes = Uint8Array;

/** Code of a base that is not known. */
export const UNKNOWN = 4;

const letters = "ACGTN";
const complements = Uint8Array.of(3, 2, 1, 0, 4);

/** Code of each ASCII byte; 255 for what is no base. Small letters count as large ones, U as T. */
export const codeOfByte: Uint8Array = (() => {
  const codes = new Uint8Array(256).fill(255);
  for (const [letter, code] of [...letters].map((letter, code) => [letter, code] as const)) {
    codes[letter.charCodeAt(0)] = code;
    codes[letter.toLowerCase().charCodeAt(0)] = code;
  }
  codes["U".charCodeAt(0)] = 3;
  codes["u".charCodeAt(0)] = 3;
  return codes;
})();

/**
 * A sequence as codes.
 * @param what named in the error, "amplicon FANCF"
 * @throws AlphabetError ("editing/alphabet") on anything but A, C, G, T, U, N in either case, with its position from 1
 * @example encodeSequence("acgTN", "read") // Uint8Array [0, 1, 2, 3, 4]
 */
export function encodeSequence(text: string, what: string): Codes {
  const codes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    const code = byte < 256 ? codeOfByte[byte]! : 255;
    if (code === 255) throw new AlphabetError(what, text[i]!, i + 1);
    codes[i] = code;
  }
  return codes;
}

/** Codes as capital letters. */
export function decodeSequence(codes: Codes, from = 0, to = codes.length): string {
  let text = "";
  for (let i = from; i < to; i++) text += letters[codes[i]!];
  return text;
}

/** The opposite strand, read from its own 5′ end. */
export function reverseComplement(codes: Codes): Codes {
  const turned = new Uint8Array(codes.length);
  for (let i = 0; i < codes.length; i++) turned[codes.length - 1 - i] = complements[codes[i]!]!;
  return turned;
}
