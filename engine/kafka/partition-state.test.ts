import { expect, test } from "vitest";
import { platePlan } from "../fixtures/plate.ts";
import { copyGroup, type GroupState, openGroup } from "../group-state.ts";
import { PartitionState } from "./partition-state.ts";

const plan = platePlan();
const store = "plates.sites";

function group(key: string, members: Record<string, object>): GroupState {
  const made = openGroup({ id: key }, 1, 2);
  for (const [member, value] of Object.entries(members)) made.members.set(member, { ...value });
  return made;
}

function put(state: PartitionState, key: string, value: GroupState, due?: number, lookup = "E1"): void {
  const timers = due === undefined ? [] : [{ node: "sites", kind: "wall" as const, key, due }];
  state.write("plates", [{ store, key, value, lookup }], timers, [], []);
}

/** What another worker restores from the changelog. */
function restored(states: readonly PartitionState[]): PartitionState {
  const copy = new PartitionState(plan, new Map());
  for (const state of states) {
    for (const record of state.takeChanges()())
      copy.restore({ ...record, offset: 0, value: record.value === null ? null : Buffer.from(record.value) });
  }
  copy.finishRestore();
  return copy;
}

test("groups are what they were, however long nobody has touched them and however many there are", () => {
  const state = new PartitionState(plan, new Map());
  const count = 20_000;
  for (let index = 0; index < count; index++)
    put(state, `k${index}`, group(`k${index}`, { a: { index } }), 100 + index);
  state.takeChanges()();
  // a group of long ago goes on, another one is looked at only
  const first = copyGroup(state.get(store, "k0") as GroupState);
  first.members.set("b", { late: true });
  put(state, "k0", first);
  expect([...(state.get(store, "k0") as GroupState).members]).toEqual([
    ["a", { index: 0 }],
    ["b", { late: true }],
  ]);
  expect(state.get(store, "k7")).toEqual(group("k7", { a: { index: 7 } }));
  expect(state.find(store, "E1").length).toBe(count);
  expect(state.takeDue(100, 99)).toBeUndefined();
  expect(state.takeDue(100, 100)).toEqual({ store, key: "k0", kind: "wall" });
  expect(state.takeDue(100, 100)).toBeUndefined();
});

test("a restored partition has the entries, look-ups and times of the one that wrote its changelog, large groups too", () => {
  const state = new PartitionState(plan, new Map());
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`m${index}`, { index }]));
  put(state, "large", group("large", many), 50);
  put(state, "small", group("small", { a: {} }), 60);
  put(state, "gone", group("gone", {}));
  state.write("plates", [{ store, key: "gone", value: undefined }], [], [], []);
  const copy = restored([state]);
  expect([...(copy.get(store, "large") as GroupState).members]).toEqual(Object.entries(many));
  expect(copy.find(store, "E1")).toEqual(["large", "small"]);
  expect(copy.get(store, "gone")).toBeUndefined();
  expect([copy.nextClosing, copy.takeDue(55, 55), copy.takeDue(55, 55)]).toEqual([
    50,
    { store, key: "large", kind: "wall" },
    undefined,
  ]);
});

test("what was finished long ago keeps its place, and its members are read back from there", () => {
  const state = new PartitionState(plan, new Map());
  const ref = { topic: "plates.sites", partition: 0, offset: -1 };
  const record = { key: "k", value: { complete: true }, timestamp: 0 };
  for (let index = 0; index < 10_000; index++) {
    const key = `k${index}`;
    const of = index === 0 ? ref : { ...ref };
    state.write("plates", [{ store, key, value: group(key, { a: {} }), refers: 0 }], [], [of], [record]);
    if (index === 0) ref.offset = 77;
    else of.offset = index;
    if (index % 100 === 0) state.takeChanges()();
  }
  state.takeChanges()();
  expect((state.get(store, "k0") as GroupState).emitted).toEqual({ topic: "plates.sites", partition: 0, offset: 77 });
  expect((state.get(store, "k0") as GroupState).loaded).toBe(false);
});

test("groups that nobody has touched for a while are text that is written once, and their times can still be changed", () => {
  const state = new PartitionState(plan, new Map(), 2);
  for (let index = 0; index < 8; index++) put(state, `k${index}`, group(`k${index}`, { a: { index } }), 100 + index);
  state.setDue(store, "k0", "wall", 500);
  const written = new Map(
    state
      .takeChanges()()
      .map(({ key, value }) => [key, value]),
  );
  expect(written.size).toBe(8);
  expect(String(written.get(`${store}\u0000k0`)).split("\n")[0]).toBe('["E1",500,null,null]');
  expect(state.takeDue(100, 100)).toBeUndefined();
  expect(state.takeDue(101, 101)).toEqual({ store, key: "k1", kind: "wall" });
  expect(state.takeDue(500, 106)?.key).toBe("k2");
  expect(state.get(store, "k0")).toEqual(group("k0", { a: { index: 0 } }));
  // what was taken by its time alone is not changed
  expect(state.changes).toBe(0);
});

test("open groups that wait for no row are found, as those that wait for one are, cold and restored too", () => {
  const state = new PartitionState(plan, new Map(), 1);
  for (const key of ["c", "a", "b"]) put(state, key, group(key, {}), undefined, "");
  put(state, "row", group("row", {}), undefined, "E1");
  const done = { topic: "plates.sites", partition: 0, offset: 5 };
  const record = { key: "b", value: {}, timestamp: 0 };
  state.write("plates", [{ store, key: "b", value: group("b", {}), refers: 0 }], [], [done], [record]);
  for (const one of [state, restored([state])]) {
    expect(one.open(store)).toEqual(["a", "c", "row"]);
    expect([one.find(store, ""), one.find(store, "E1"), one.lookups(store)]).toEqual([["a", "c"], ["row"], ["", "E1"]]);
  }
});

test("a changelog that has every time of an entry in its first line, as it once did, is read", () => {
  const state = new PartitionState(plan, new Map());
  const open = '{"fields":{"id":"k"},"generation":0,"times":[1,1,2,2],"members":[["a",{"index":1}]]}';
  state.restore({
    offset: 0,
    key: `${store}\u0000k`,
    value: Buffer.from(`["",null,null,null]\n${open}`),
    timestamp: 0,
  });
  state.finishRestore();
  expect(state.get(store, "k")).toEqual(group("k", { a: { index: 1 } }));
  expect([state.open(store), state.nextDue, state.nextClosing]).toEqual([["k"], undefined, undefined]);
});
