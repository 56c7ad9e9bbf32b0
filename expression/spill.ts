/** All entries of a matrix in the order of cells, on disk and compact: about two bytes an entry of counts. */
export interface Spill {
  readonly cellCount: number;
  readonly entryCount: number;
  readonly sizeBytes: number;
  /** Gives the disk space back. Safe to call twice. */
  close(): void;
}
