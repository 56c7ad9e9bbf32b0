import { describe, expect, it } from "vitest";
import { ABSENCES, publishAbsences } from "../absences.test-support.ts";
import { memoryPlace, preparedMap } from "../prepared-map.test-support.ts";
import { publishGroups } from "../publish-groups.ts";
import { askMissing, missingSentence, type PageSettings } from "./ask-missing.ts";
import { openMapService } from "./map-service.ts";

async function asked(name: string, settings?: PageSettings, store = memoryPlace()) {
  if (store.files.size === 0) await publishGroups(store, preparedMap().groups);
  const service = await openMapService({ store });
  const lease = await service.lease("demo");
  const told = await askMissing(service, lease, name, settings);
  lease.release();
  await service.close();
  return { told, sentence: missingSentence(lease.view.name, told), name: lease.view.name };
}

describe("why something is missing", () => {
  it.each(ABSENCES)("has its true cause first: $kind", async ({ asked: name, step, says, remedy }) => {
    const store = memoryPlace();
    await publishAbsences(store);
    const { told, sentence } = await asked(name, undefined, store);
    expect(told.rows).toEqual([]);
    expect([told.failed, told.remedy]).toEqual([step, remedy]);
    expect(told.sentence).toContain(says);
    expect(sentence).toContain(says);
    expect(sentence).toContain(remedy);
  });

  it("is told with its rows when it is there", async () => {
    const { told, sentence } = await asked("GENE:g0003");
    expect(sentence).toMatch(/^demo@[0-9a-f]{16}: gene:G0003 of 4 units\.$/);
    expect(told).toMatchObject({ failed: null, sentence: "G0003 is on the map: nothing hides it.", otherVersions: [] });
  });

  it("is the name when nothing is called so, with what comes close", async () => {
    const { told } = await asked("G00X");
    expect(told.failed).toBe("name");
    expect(told.sentence).toContain("close to it are gene:G0001");
  });

  it("is a setting of the page when the row is there and not shown", async () => {
    expect((await asked("G0003", { type: "compound" })).told).toMatchObject({
      failed: "settings",
      remedy: "Show rows of every kind.",
    });
    expect((await asked("G0003", { rows: [0] })).told.sentence).toContain("the rows chosen");
  });

  it("is the source when only another version had it, which is named", async () => {
    const store = memoryPlace();
    const first = await publishGroups(store, preparedMap().groups);
    await publishGroups(store, preparedMap({ genes: 18 }).groups, { force: true });
    const { told, sentence } = await asked("G0024", undefined, store);
    expect(told.failed).toBe("source");
    const older = `demo@${first.catalog.groups[0]!.current}`;
    expect(told.otherVersions).toEqual([older]);
    expect(sentence).toContain(`Other versions have it: ${older}.`);
  });
});
