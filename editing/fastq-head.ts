import { NotFastqError } from "./errors.ts";

/** Bytes by which other formats are told. */
export const HEAD_BYTES = 64;

/** What other files begin with, as bytes or as text. */
const beginnings: readonly [string | RegExp, string][] = [
  ["BAM\u0001", "a BAM file: write its reads with samtools fastq"],
  ["CRAM", "a CRAM file: write its reads with samtools fastq"],
  [/^@(?:HD|SQ|RG|PG|CO)\t/, "a SAM file: write its reads with samtools fastq"],
  [/^[>;]/, "a FASTA file, which has no qualities"],
  [/^\s*</, "an HTML or XML page, often what a server says instead of the file: download it again"],
  [/^\s*[{[]/, "JSON"],
  ["\u001f\u008b", "compressed twice: decompress it once"],
  ["PK", "a zip archive: unpack it"],
  ["BZh", "compressed with bzip2: decompress it or use gzip"],
  ["\u00fd7zXZ", "compressed with xz: decompress it or use gzip"],
  ["\u0028\u00b5\u002f\u00fd", "compressed with zstd: decompress it or use gzip"],
  ["\u0089HDF", "an HDF5 file"],
  ["\u00ff\u00fe", "UTF-16: save it as plain text"],
  ["\u00fe\u00ff", "UTF-16: save it as plain text"],
];

/**
 * Looks at a file's first bytes.
 * @returns how many of them are a byte order mark
 * @throws NotFastqError (editing/not-fastq)
 */
export function lookAtHead(head: Uint8Array, file: string): number {
  const mark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const text = Buffer.from(head.subarray(mark, HEAD_BYTES)).toString("latin1");
  const known = beginnings.find(([begin]) => (typeof begin === "string" ? text.startsWith(begin) : begin.test(text)));
  if (known !== undefined) throw new NotFastqError(file, known[1]);
  if (text.trim() !== "" && !/^\s*@/.test(text))
    throw new NotFastqError(file, `something that begins with ${JSON.stringify(text.slice(0, 20))}`);
  return mark;
}
