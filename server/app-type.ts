import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { RequestError } from "./errors.ts";

/** Fastify with zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A name in an address. */
export const Id = z.string().min(1).max(200);

/** Lists are paged: `after` is the `next` of the page before. */
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.string().max(200).optional(),
});

/** Rows to leave out, from the `after` of a list that is paged by position. */
export function paging(query: z.infer<typeof Paging>): { limit: number; offset: number } {
  const offset = Number(query.after ?? 0);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RequestError(
      400,
      "server/invalid-request",
      `after=${query.after} is not the "next" of a page.`,
      "Leave it out to start at the first page.",
    );
  }
  return { limit: query.limit, offset };
}
