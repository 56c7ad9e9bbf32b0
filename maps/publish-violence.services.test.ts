import { openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { seededRandom } from "@artesian/numerics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BreakingProxy, breakingProxy } from "./breaking-proxy.test-support.ts";
import { checkCatalog } from "./group-store.test-support.ts";
import { preparedMap } from "./prepared-map.test-support.ts";
import { openCatalog, publishGroups } from "./publish-groups.ts";
import { publishViolence } from "./publish-violence.test-support.ts";

const slow = process.env.ARTESIAN_SLOW === "1";
const server = s3Server();

if (server === undefined) {
  it.skip("6 tests of publishing to a bucket need an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  const { env } = server;
  const bucket = await makeBucket(server, "violence");

  publishViolence("a bucket", {
    makePlace: async (name) => ({
      place: openPlace(`s3://${bucket}/${name}`, env),
      uri: `s3://${bucket}/${name}`,
      env,
    }),
    kills: slow ? 200 : 4,
    crowd: slow ? { processes: 20, each: 1 } : { processes: 2, each: 5 },
  });

  describe("a bucket that breaks", () => {
    let proxy: BreakingProxy;
    beforeAll(async () => {
      proxy = await breakingProxy(env.AWS_ENDPOINT_URL!);
    });
    afterAll(() => proxy.close());
    const placesOf = (name: string) => ({
      behind: openPlace(`s3://${bucket}/${name}`, { ...env, AWS_ENDPOINT_URL: proxy.endpoint }),
      direct: openPlace(`s3://${bucket}/${name}`, env),
    });

    it("is gone in the middle: the error says so, readers have the old catalogue, and publishing again goes on", async () => {
      const { behind, direct } = placesOf("gone");
      const before = preparedMap().groups;
      await publishGroups(behind, before);
      const { catalog: old } = await openCatalog(direct);
      const random = seededRandom(9);
      for (let trial = 1; trial <= (slow ? 20 : 4); trial++) {
        const after = preparedMap({ label: `Trial ${trial}`, seed: 2 }).groups;
        const total = after.reduce((sum, { prepared }) => {
          const sizes = Object.values(prepared.manifest.files).map(({ sizeBytes }) => sizeBytes);
          return sum + sizes.reduce((a, b) => a + b, 0);
        }, 0);
        proxy.goAfter(1 + random.below(total / 2));
        const error = await publishGroups(behind, after, { force: true }).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        expect(error).toMatchObject({ code: "data/store-unreachable" });
        expect(String(error)).toContain("Nothing was lost: try again when it is back.");
        await expect(openCatalog(behind)).rejects.toMatchObject({ code: "data/store-unreachable" });
        const { catalog } = await checkCatalog(direct);
        expect(catalog.revision).toBe(old.revision + trial - 1);
        proxy.back();
        expect((await publishGroups(behind, after, { force: true })).created).toHaveLength(2);
      }
      expect((await checkCatalog(direct)).catalog.groups[0]!.versions.length).toBe(1 + (slow ? 20 : 4));
    }, 300_000);

    it("breaks connections for a moment: what broke is tried again, and nobody notices", async () => {
      const { behind, direct } = placesOf("moment");
      const { groups } = preparedMap();
      const { breaks } = proxy;
      proxy.goAfter(20_000);
      const publishing = publishGroups(behind, groups);
      const watch = setInterval(() => {
        if (proxy.breaks > breaks) proxy.back();
      }, 1);
      try {
        expect((await publishing).created).toHaveLength(2);
      } finally {
        clearInterval(watch);
      }
      expect(proxy.breaks).toBe(breaks + 1);
      const files = groups.flatMap(({ prepared }) => Object.keys(prepared.manifest.files));
      expect((await checkCatalog(direct)).files).toBe(files.length);
    }, 60_000);

    it("loses its answer to the swap of the catalogue: the version entered once, by the call that asked", async () => {
      const { behind, direct } = placesOf("answer");
      const first = await publishGroups(behind, preparedMap().groups, { publication: "first" });
      expect(first.created).toHaveLength(2);
      proxy.loseAnswer((method, path) => method === "PUT" && path.includes("catalog.json"));
      const after = preparedMap({ label: "After" }).groups;
      const second = await publishGroups(behind, after, { publication: "second" });
      expect(proxy.lost).toBe(1);
      expect(second.created).toHaveLength(2);
      const { catalog } = await checkCatalog(direct);
      expect(catalog).toEqual(second.catalog);
      expect(catalog.revision).toBe(first.catalog.revision + 1);
    }, 60_000);

    it("loses its answer while another publishes the same: one of the two entered it", async () => {
      const { behind, direct } = placesOf("both");
      proxy.loseAnswer((method, path) => method === "PUT" && path.includes("catalog.json"));
      const { groups } = preparedMap();
      const both = await Promise.all([
        publishGroups(behind, groups, { publication: "one" }),
        publishGroups(direct, groups, { publication: "other" }),
      ]);
      expect(both.flatMap(({ created }) => created)).toHaveLength(2);
      expect((await checkCatalog(direct)).catalog.revision).toBe(1);
    }, 60_000);
  });
}
