/** What can go wrong between a page and its server: a class a cause. Every one can be shown: code, message, what to do. */

/** Anything that a page can tell its reader about a failed request. */
export abstract class PageError extends Error {
  abstract readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** What to do, when there is something. */
  readonly hint: string | undefined;
  constructor(message: string, status: number, hint?: string) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** The server refused or failed, and said why; the code is the server's own. */
export class ServerAnswerError extends PageError {
  readonly code: string;
  constructor(code: string, message: string, status: number, hint?: string) {
    super(message, status, hint);
    this.code = code;
  }
}

/** The server failed and did not say why in the way that all its routes do. */
export class UnexplainedAnswerError extends PageError {
  readonly code = "web/unexplained-answer";
  readonly address: string;
  constructor(address: string, status: number) {
    super(`${address} answered ${status} without a code and a message.`, status, "The server's log has the request.");
    this.address = address;
  }
}

/** No answer: the server is stopped or the network is away. */
export class UnreachableError extends PageError {
  readonly code = "web/unreachable";
  readonly address: string;
  constructor(address: string) {
    super(
      `No answer from the server for ${address}.`,
      0,
      "Is artesian still running? The page goes on by itself when it answers again.",
    );
    this.address = address;
  }
}

/** An answer that is no JSON: something else listens at this address. */
export class NotJsonError extends PageError {
  readonly code = "web/not-json";
  readonly address: string;
  constructor(address: string, status: number) {
    super(
      `${address} answered ${status} with something that is not JSON; a JSON document was expected.`,
      status,
      "Does another program or a proxy listen at this port?",
    );
    this.address = address;
  }
}

/** An image that cannot be loaded or decoded. */
export class ImageLoadError extends PageError {
  readonly code = "web/image-load";
  readonly address: string;
  constructor(address: string) {
    super(
      `The image ${address} could not be loaded.`,
      0,
      "Open the well again; its images may have been removed since.",
    );
    this.address = address;
  }
}

/** A fault of the page itself. */
export class PageFaultError extends PageError {
  readonly code = "web/page-fault";
  constructor(cause: unknown) {
    super(
      cause instanceof Error ? cause.message : String(cause),
      0,
      "Reload the page; if it comes again, report it with its address.",
    );
    this.cause = cause;
  }
}

/** Any thrown value as an error that can be shown. */
export const asPageError = (error: unknown): PageError =>
  error instanceof PageError ? error : new PageFaultError(error);
