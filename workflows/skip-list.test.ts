import { expect, it } from "vitest";
import { readSkipList } from "./skip-list.ts";

it("reads the original's plain list: a project a line", () => {
  const text = "4a95101c-9ffc-4f30-a809-f04518a23803\r\n\n# a remark, with a comma\nP2 \n";
  expect([...readSkipList(text, "blacklist")]).toEqual([
    ["4a95101c-9ffc-4f30-a809-f04518a23803", { reason: "on the skip list", owner: null }],
    ["P2", { reason: "on the skip list", owner: null }],
  ]);
});

it("reads owner and reason behind a project, and a table with a header", () => {
  expect(readSkipList("P1, Ada # 3 GB, fails\nP2 # no counts\n", "f").get("P1")).toEqual({
    reason: "3 GB, fails",
    owner: "Ada",
  });
  const table = readSkipList('Project,Owner,Reason\nP1,Ada,"3 GB, fails"\nP2,,\n', "f.csv");
  expect([...table.values()]).toEqual([
    { reason: "3 GB, fails", owner: "Ada" },
    { reason: "on the skip list", owner: null },
  ]);
});

it.each([
  [", Ada\n", "f, line 1: there is no project"],
  ["P1\nP 2\n", 'f, line 2: "P 2" is no project\'s name'],
  ["P1,a,b\n", "f, line 1: there is more than a project and an owner"],
  ["project\nP1\n,\n", "line 3"],
])("names the line of %j that cannot be used", (text, message) => {
  expect(() => readSkipList(text, "f")).toThrow(message);
});
