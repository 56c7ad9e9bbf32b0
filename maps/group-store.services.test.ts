import { openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { it } from "vitest";
import { groupStoreSuite } from "./group-store.test-support.ts";

const server = s3Server();

if (server === undefined) {
  it.skip("7 tests of group stores need an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  const bucket = await makeBucket(server, "groups");
  groupStoreSuite("a bucket", async (name) => openPlace(`s3://${bucket}/${name}`, server.env));
}
