/** The class of one cause: its `code`, and the data that its message was made of. */
export type ErrorClass<Code extends string, Given extends readonly unknown[], Data> = new (
  ...given: Given
) => Error & { readonly code: Code } & Readonly<Data>;

/**
 * Makes the class of one cause, to be extended under the name that callers catch.
 * @param code `room/cause`, listed in docs/errors.md
 * @param tell what the constructor's arguments are: the message, fields that programs may want, and a cause
 * @example
 * class LockedError extends defineError("engine/locked", (dir: string, pid: number) => [
 *   `${dir} is in use by process ${pid}. Stop that process, or use another folder.`,
 *   { dir, pid },
 * ]) {}
 * new LockedError("data", 12).code; // "engine/locked"
 */
export function defineError<const Code extends string, Given extends readonly unknown[], Data extends object>(
  code: Code,
  tell: (...given: Given) => readonly [message: string, data: Data, options?: ErrorOptions | undefined],
): ErrorClass<Code, Given, Data> {
  const made = class extends Error {
    readonly code = code;
    constructor(...given: Given) {
      const [message, data, options] = tell(...given);
      super(message, options);
      Object.assign(this, data);
    }
  };
  return made as unknown as ErrorClass<Code, Given, Data>;
}
