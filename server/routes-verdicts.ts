import { randomUUID } from "node:crypto";
import {
  plateOverview,
  postVerdict,
  standingVerdict,
  undoVerdict,
  VerdictNotFoundError,
  verdictsOf,
} from "@artesian/store";
import { z } from "zod";
import * as api from "./api.ts";
import { type App, Id } from "./app-type.ts";
import { now, type ServerContext } from "./context.ts";
import { NotFoundError, RequestError } from "./errors.ts";
import { experimentOf } from "./routes-store.ts";

/** Routes of reviewers' verdicts: history, post, undo. */
export function verdictRoutes(app: App, context: ServerContext): void {
  const params = z.object({ experiment: Id });
  const answer = async (experimentId: string, id: string): Promise<api.VerdictAnswer> => {
    const all = await verdictsOf(context.reader.db, experimentId);
    const verdict = all.find((candidate) => candidate.id === id);
    if (verdict === undefined) throw new VerdictNotFoundError(experimentId, id);
    const same = all.filter(
      (other) => other.plate === verdict.plate && other.well === verdict.well && other.site === verdict.site,
    );
    return { verdict, standing: standingVerdict(same) };
  };
  app.get(
    "/api/v1/experiments/:experiment/verdicts",
    { schema: { summary: "Reviewers' verdicts, newest first", params, response: { 200: api.VerdictHistory } } },
    async (request) => {
      const experiment = await experimentOf(context, request.params.experiment);
      return { verdicts: await verdictsOf(context.reader.db, experiment.id) };
    },
  );
  app.post(
    "/api/v1/experiments/:experiment/verdicts",
    { schema: { summary: "Give a verdict", params, body: api.VerdictBody, response: { 200: api.VerdictAnswer } } },
    async (request) => {
      const experiment = await experimentOf(context, request.params.experiment);
      const { plate, well, site, verdict, note } = request.body;
      const known = (await plateOverview(context.reader.db, experiment)).some((candidate) => candidate.plate === plate);
      if (!known) throw new NotFoundError("plate", `${plate} in experiment ${experiment.id}`);
      if (well === null && site !== null)
        throw new RequestError(
          400,
          "server/invalid-request",
          "A verdict on a site needs its well.",
          "Send the well's name, such as C05.",
        );
      const id = randomUUID();
      postVerdict(context.store, {
        id,
        experimentId: experiment.id,
        plate,
        well,
        site,
        verdict,
        note,
        by: "local",
        at: now(context),
      });
      return answer(experiment.id, id);
    },
  );
  app.post(
    "/api/v1/experiments/:experiment/verdicts/:id/undo",
    {
      schema: {
        summary: "Take a verdict back",
        params: params.extend({ id: z.string().max(80) }),
        response: { 200: api.VerdictAnswer },
      },
    },
    async (request) => {
      const { experiment, id } = request.params;
      undoVerdict(context.store, { experimentId: experiment, id, by: "local", at: now(context) });
      return answer(experiment, id);
    },
  );
}
