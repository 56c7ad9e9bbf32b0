/** An application whose maps are in a bucket and that hears of news through Redis, over wires that can be cut. */
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { publishGroups } from "@artesian/maps";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import { type BreakableWire, breakableWire } from "./breakable-wire.ts";
import { type MapApplication, serve } from "./map-application.ts";

/** The application with the wires that it hangs on. */
export interface OutageApplication extends MapApplication {
  bucket: BreakableWire;
  redis: BreakableWire;
}

/** @returns undefined without an S3 server and a Redis: `scripts/services up s3`, `scripts/services up redis` */
export async function outageApplication(): Promise<OutageApplication | undefined> {
  const [server, redisUrl] = [s3Server(), process.env.ARTESIAN_REDIS];
  if (server === undefined || redisUrl === undefined) return undefined;
  const uri = `s3://${await makeBucket(server, "outage")}/${randomUUID()}`;
  await publishGroups(openPlace(uri, server.env), preparedMap().groups);
  const [bucket, redis] = [await breakableWire(server.env.AWS_ENDPOINT_URL!), await breakableWire(redisUrl)];
  const env = {
    ...server.env,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${bucket.port}`,
    ARTESIAN_REDIS: `redis://127.0.0.1:${redis.port}`,
  };
  const app = await serve(mkdtempSync(join(tmpdir(), "artesian-e2e-outage-")), ["--maps", uri], env);
  return {
    ...app,
    bucket,
    redis,
    async stop() {
      await app.stop();
      await Promise.all([bucket.cut(), redis.cut()]);
    },
  };
}
