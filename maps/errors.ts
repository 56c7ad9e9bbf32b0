/** Vectors or wells whose sizes do not fit together. */
export class MapShapeError extends Error {
  readonly code = "maps/shape";
  readonly part: string;
  readonly found: number;
  readonly expected: number;
  constructor(part: string, found: number, expected: number) {
    super(`${part}: found ${found}, expected ${expected}. Give one entry a well, and vectors of one length.`);
    this.part = part;
    this.found = found;
    this.expected = expected;
  }
}

/** A direction or similarity asked of a vector without length. */
export class ZeroVectorError extends Error {
  readonly code = "maps/zero-vector";
  readonly part: string;
  constructor(part: string) {
    super(`${part} has length 0, so it has no direction. Check that the wells differ from their controls.`);
    this.part = part;
  }
}

/** Controls that do not allow a phenoprint. */
export class PhenoprintRefusedError extends Error {
  readonly code = "maps/phenoprint-refused";
  readonly reason: string;
  readonly remedy: string;
  constructor(reason: string, remedy: string) {
    super(`No phenoprint: ${reason}. ${remedy}`);
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** A thread that scanned vectors ended before its work did. */
export class ScanThreadError extends Error {
  readonly code = "maps/scan-thread";
  readonly problem: string;
  constructor(problem: string) {
    super(
      `A thread that compared vectors failed: ${problem}. Most often memory ran out; use fewer threads and resume from the last block kept.`,
    );
    this.problem = problem;
  }
}

/** A row number that a group does not have. */
export class UnknownRowError extends Error {
  readonly code = "maps/unknown-row";
  readonly row: number;
  readonly rows: number;
  constructor(row: number, rows: number) {
    super(
      `The group has no row ${row}: its rows are 0 to ${rows - 1}. Look the perturbation up in this version of the group first.`,
    );
    this.row = row;
    this.rows = rows;
  }
}

/** A tile that a heat map does not have. */
export class UnknownTileError extends Error {
  readonly code = "maps/unknown-tile";
  readonly level: number;
  readonly tileRow: number;
  readonly tileColumn: number;
  constructor(level: number, tileRow: number, tileColumn: number, levels: number) {
    super(
      `The heat map has no tile ${level}/${tileRow}/${tileColumn}: its levels are 0 to ${levels - 1}. Ask for a level and tile that its list of levels names.`,
    );
    this.level = level;
    this.tileRow = tileRow;
    this.tileColumn = tileColumn;
  }
}

/** A file of gene sets that cannot be read. */
export class GeneSetError extends Error {
  readonly code = "maps/gene-set";
  readonly file: string;
  readonly line: number;
  constructor(file: string, line: number, problem: string) {
    super(
      `${file}, line ${line} ${problem}. A GMT file has one set a line: name, description and symbols, separated by tabs.`,
    );
    this.file = file;
    this.line = line;
  }
}

/** An enrichment asked of genes that cannot be enriched. */
export class EnrichmentError extends Error {
  readonly code = "maps/enrichment";
  readonly strangers: readonly string[];
  constructor(strangers: readonly string[]) {
    const shown = strangers.slice(0, 5).join(", ") + (strangers.length > 5 ? ` and ${strangers.length - 5} more` : "");
    super(
      strangers.length === 0
        ? "No gene was chosen. Choose at least one gene of the group."
        : `Not among the genes of the group: ${shown}. Choose among the group's genes, for its genes are what an enrichment is measured against.`,
    );
    this.strangers = strangers;
  }
}

/** Replication between experiments asked of a group that is not split by experiment. */
export class MissingSplitError extends Error {
  readonly code = "maps/no-split";
  constructor() {
    super(
      "This group is not split by experiment, so no pair can be replicated. Leave that step out (replicated: null), or build the group with its wells.",
    );
  }
}

/** A batch, or all of them, with too few controls to align on. */
export class TooFewControlsError extends Error {
  readonly code = "maps/too-few-controls";
  readonly part: string;
  readonly found: number;
  readonly expected: number;
  constructor(part: string, found: number, expected: number) {
    super(
      `Alignment on controls: ${part} has ${found} control units, expected at least ${expected}. Say which units are controls, or leave the batch out.`,
    );
    this.part = part;
    this.found = found;
    this.expected = expected;
  }
}

/** A table about the genome that lacks what it is read for. */
export class GenomeTableError extends Error {
  readonly code = "maps/genome-table";
  readonly file: string;
  readonly found: string;
  readonly expected: string;
  constructor(file: string, found: string, expected: string) {
    super(`${file}: found ${found}, expected ${expected}. Give UCSC's centromeres or cytobands, or NCBI's gene_info.`);
    this.file = file;
    this.found = found;
    this.expected = expected;
  }
}

/** A correction by chromosome arm for which no arm has enough genes. */
export class ArmCorrectionError extends Error {
  readonly code = "maps/arm-correction";
  readonly genes: number;
  readonly withArm: number;
  readonly largest: number;
  readonly expected: number;
  constructor(found: { genes: number; withArm: number; largest: number }, expected: number) {
    super(
      `Arm correction: of ${found.genes} genes ${found.withArm} have a known arm, and the arm with most unexpressed genes has ${found.largest}; expected more than ${expected}. Give arms and zFPKM values of the cell line by gene symbol, or leave the transformation out.`,
    );
    this.genes = found.genes;
    this.withArm = found.withArm;
    this.largest = found.largest;
    this.expected = expected;
  }
}

/** Units of which no perturbation is left for a map. */
export class NoRowsError extends Error {
  readonly code = "maps/no-rows";
  readonly units: number;
  readonly reasons: readonly string[];
  constructor(units: number, reasons: readonly string[]) {
    super(
      `No perturbation is left of ${units} units (dropped: ${reasons.join(", ") || "none"}). Loosen the filter, or check which units are said to be controls.`,
    );
    this.units = units;
    this.reasons = reasons;
  }
}

/** A file of known relations without the columns that name both ends. */
export class RelationsError extends Error {
  readonly code = "maps/relations";
  readonly source: string;
  readonly found: string;
  constructor(source: string, found: string) {
    super(
      `${source}: found columns ${found || "none"}, expected entity1 and entity2 with a gene symbol each. Rename them.`,
    );
    this.source = source;
    this.found = found;
  }
}

/** A table of names from which nothing can be learnt. */
export class PerturbationNamesError extends Error {
  readonly code = "maps/perturbation-names";
  readonly source: string;
  readonly found: readonly string[];
  constructor(source: string, found: readonly string[]) {
    super(
      `${source}: found columns ${found.join(", ") || "none"}, expected one that says of whom (perturbation, symbol, gene or compound) and at least one of ` +
        "name, synonyms, alias_symbol, prev_symbol, inchikey, smiles. Rename them.",
    );
    this.source = source;
    this.found = found;
  }
}

/** A file of a group store that is not what it should be. */
export class GroupFileError extends Error {
  readonly code = "maps/group-file";
  readonly file: string;
  readonly found: string;
  readonly expected: string;
  constructor(file: string, found: string, expected: string, options?: ErrorOptions) {
    super(
      `${file}: found ${found}, expected ${expected}. Publish the group again; an older version may be read meanwhile.`,
      options,
    );
    this.file = file;
    this.found = found;
    this.expected = expected;
  }
}

/** A group or version that a catalogue does not have. */
export class UnknownGroupError extends Error {
  readonly code = "maps/unknown-group";
  readonly group: string;
  readonly store: string;
  readonly known: readonly string[];
  constructor(group: string, store: string, known: readonly string[]) {
    super(
      `There is no group ${group} in ${store}; there ${known.length === 1 ? "is" : "are"} ${known.join(", ") || "none"}. Name one as ID or ID@VERSION.`,
    );
    this.group = group;
    this.store = store;
    this.known = known;
  }
}

/** Group versions that are worse than what they would replace. */
export class PromotionRefusedError extends Error {
  readonly code = "maps/promotion-refused";
  readonly store: string;
  readonly reasons: readonly string[];
  constructor(store: string, reasons: readonly string[]) {
    super(
      `Not published to ${store}: ${reasons.join("; ")}. Look at what changed in the inputs; --force publishes all the same, and says so.`,
    );
    this.store = store;
    this.reasons = reasons;
  }
}

/** A catalogue that others kept replacing. */
export class CatalogBusyError extends Error {
  readonly code = "maps/catalog-busy";
  readonly store: string;
  readonly tries: number;
  constructor(store: string, tries: number) {
    super(
      `The catalogue of ${store} was replaced by others ${tries} times in a row. Everything is uploaded: publish again.`,
    );
    this.store = store;
    this.tries = tries;
  }
}

/** A store that cannot be read while its group is asked for, and no copy of the group here. */
export class StoreUnreachableError extends Error {
  readonly code = "maps/store-unreachable";
  readonly store: string;
  readonly group: string;
  readonly problem: string;
  constructor(store: string, group: string, problem: string) {
    super(
      `${group} has no copy on this machine, and its store is out of reach: ${problem.replace(/\.$/, "")}. Groups with a copy still answer.`,
    );
    this.store = store;
    this.group = group;
    this.problem = problem;
  }
}

/** A copy that must stay. */
export class EvictionRefusedError extends Error {
  readonly code = "maps/eviction-refused";
  readonly group: string;
  readonly reason: string;
  constructor(group: string, reason: string) {
    super(`The copy of ${group} was kept: ${reason}. Evict another one, or ask again when that has changed.`);
    this.group = group;
    this.reason = reason;
  }
}

/** A question that compares all rows, asked of a group larger than may be in memory. */
export class GroupTooLargeError extends Error {
  readonly code = "maps/group-too-large";
  readonly group: string;
  readonly question: string;
  readonly sizeBytes: number;
  readonly mostBytes: number;
  constructor(group: string, question: string, sizeBytes: number, mostBytes: number) {
    super(
      `${group}: its vectors take ${Math.round(sizeBytes / 2 ** 20)} MiB, and ${question} may hold ${Math.round(mostBytes / 2 ** 20)} MiB here. Ask about fewer rows, or allow more memory where the server starts.`,
    );
    this.group = group;
    this.question = question;
    this.sizeBytes = sizeBytes;
    this.mostBytes = mostBytes;
  }
}

/** Something asked of a group by a name that none of its rows has. */
export class UnknownPerturbationError extends Error {
  readonly code = "maps/unknown-perturbation";
  readonly group: string;
  readonly asked: string;
  constructor(group: string, asked: string) {
    super(`${group} has no row "${asked}". Search for it, or ask why it is missing: artesian map why ${asked}.`);
    this.group = group;
    this.asked = asked;
  }
}

/** A question that needs what the group was published without. */
export class MissingKnowledgeError extends Error {
  readonly code = "maps/no-knowledge";
  readonly group: string;
  readonly what: string;
  readonly setting: string;
  constructor(group: string, what: string, setting: string) {
    super(
      `${group} was published without ${what}. Name them under "${setting}" in the map's configuration and build it again.`,
    );
    this.group = group;
    this.what = what;
    this.setting = setting;
  }
}

/** Expression levels that have no distribution. */
export class ExpressionLevelsError extends Error {
  readonly code = "maps/expression-levels";
  readonly source: string;
  readonly found: number;
  constructor(source: string, found: number) {
    super(
      `${source}: found ${found} levels above 0 that do not differ, expected those of many genes. Name the column of FPKM, TPM or mean counts, not logarithmic.`,
    );
    this.source = source;
    this.found = found;
  }
}
