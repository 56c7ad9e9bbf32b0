/** What can go wrong between the page and its server; each cause has its own code. */

/** The server answered with an error, or not at all. `code` is the server's own, or one of "web/…". */
export class AnswerError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly status: number;
  /** @param status HTTP status; 0 when no answer came */
  constructor(code: string, message: string, status: number, hint?: string) {
    super(message);
    this.name = "AnswerError";
    this.code = code;
    this.status = status;
    this.hint = hint;
  }
}

/** No answer: the server is stopped or the network is away. */
export const unreachable = (address: string): AnswerError =>
  new AnswerError(
    "web/unreachable",
    `No answer from the server for ${address}.`,
    0,
    "Is artesian still running? The page goes on by itself when it answers again.",
  );

/** An answer that is no JSON: something else listens at this address. */
export const notJson = (address: string, status: number): AnswerError =>
  new AnswerError(
    "web/not-json",
    `${address} answered ${status} with something that is not JSON; a JSON document was expected.`,
    status,
    "Does another program or a proxy listen at this port?",
  );

/** An image that cannot be loaded or decoded. */
export const imageFailed = (address: string): AnswerError =>
  new AnswerError(
    "web/image-failed",
    `The image ${address} could not be loaded.`,
    0,
    "Reload the page, or open the well again.",
  );
