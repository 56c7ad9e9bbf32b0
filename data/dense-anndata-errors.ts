/** A file that is not AnnData as profiles need it. */
export class AnnDataError extends Error {
  readonly code = "data/anndata";
  readonly source: string;
  readonly problem: string;
  constructor(source: string, problem: string) {
    super(`${source}: ${problem}`);
    this.source = source;
    this.problem = problem;
  }
}
