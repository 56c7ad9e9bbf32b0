import { randomUUID } from "node:crypto";
import { askCard, type CardKeeping, cardHtml, cardMarkdown, type HypothesisCard } from "@artesian/maps";
import { mapCardById, mapCardsOf, type StoredMapCard, saveMapCard, withdrawMapCard } from "@artesian/store";
import { z } from "zod";
import * as api from "./api.ts";
import type { App } from "./app-type.ts";
import { now, type ServerContext } from "./context.ts";
import { fromGroup, rowOf, sendFile } from "./map-requests.ts";
import { cardTold } from "./routes-map-hypotheses.ts";

/** Routes of kept hypotheses: keep one with its evidence, list, read, export, take back. */
export function mapCardRoutes(app: App, context: ServerContext): void {
  const params = z.object({ id: z.uuid() });
  app.get(
    "/api/v1/maps/cards",
    {
      schema: {
        summary: "Kept hypotheses, newest first",
        querystring: z.object({ group: z.string().max(300).optional(), q: z.string().max(300).optional() }),
        response: { 200: api.SavedCards },
      },
    },
    async (request) => {
      const { group, q } = request.query;
      const cards = await mapCardsOf(context.reader.db, { ...(group && { group }), ...(q && { q }) });
      return { cards: cards.map(cardSaved) };
    },
  );
  app.post(
    "/api/v1/maps/cards",
    {
      schema: {
        summary: "Keep a hypothesis with its evidence",
        body: api.SaveCardBody,
        response: { 200: api.SavedCardDetail },
      },
    },
    async (request, reply) => {
      const { group, a, b, note } = request.body;
      const card = await fromGroup(context, request, reply, group, async (lease, call) =>
        askCard(lease.view, await rowOf(lease, a, call), await rowOf(lease, b, call), call),
      );
      const id = randomUUID();
      const { statement } = card;
      saveMapCard(context.store, { id, group: card.group, statement, card, note, by: "local", at: now(context) });
      return detail(await mapCardById(context.reader.db, id));
    },
  );
  app.get(
    "/api/v1/maps/cards/:id",
    { schema: { summary: "A kept hypothesis", params, response: { 200: api.SavedCardDetail } } },
    async (request) => detail(await mapCardById(context.reader.db, request.params.id)),
  );
  app.post(
    "/api/v1/maps/cards/:id/withdraw",
    { schema: { summary: "Take a hypothesis back", params, response: { 200: api.SavedCardDetail } } },
    async (request) => {
      withdrawMapCard(context.store, { id: request.params.id, by: "local", at: now(context) });
      return detail(await mapCardById(context.reader.db, request.params.id));
    },
  );
  for (const [format, { type, write }] of Object.entries(FORMATS))
    app.get(
      `/api/v1/maps/cards/:id.${format}`,
      { schema: { summary: `A kept hypothesis as ${format}`, params } },
      async (request, reply) => {
        const saved = await mapCardById(context.reader.db, request.params.id);
        return sendFile(
          reply,
          `hypothesis-${saved.id}.${format}`,
          type,
          write(saved.card as HypothesisCard, keepingOf(saved)),
        );
      },
    );
}

const FORMATS = {
  json: {
    type: "application/json; charset=utf-8",
    write: (card: HypothesisCard, kept: CardKeeping) => `${JSON.stringify({ ...card, kept }, null, 1)}\n`,
  },
  md: { type: "text/markdown; charset=utf-8", write: cardMarkdown },
  html: { type: "text/html; charset=utf-8", write: cardHtml },
} as const;

const keepingOf = ({ by, at, note, withdrawn }: StoredMapCard): CardKeeping => ({ by, at, note, withdrawn });

function detail(saved: StoredMapCard): api.SavedCardDetail {
  return { saved: cardSaved(saved), card: cardTold(saved.card as HypothesisCard) };
}

function cardSaved({ id, group, statement, note, by, at, withdrawn }: StoredMapCard): api.SavedCard {
  const address = `/api/v1/maps/cards/${id}`;
  return {
    id,
    group,
    statement,
    note,
    state: withdrawn === null ? "open" : "withdrawn",
    by,
    at,
    withdrawn,
    files: { json: `${address}.json`, md: `${address}.md`, html: `${address}.html` },
  };
}
