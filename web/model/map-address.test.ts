import { expect, test } from "vitest";
import {
  carriedOver,
  groupPath,
  heatLabel,
  isKeptList,
  isLongList,
  mapHref,
  members,
  memberText,
  rowName,
  splitGroup,
} from "./map-address.ts";

test("a group's address names its version when a link is to stay what it is", () => {
  expect(splitGroup("u2os")).toEqual({ id: "u2os", version: undefined });
  expect(splitGroup("u2os@3f9c")).toEqual({ id: "u2os", version: "3f9c" });
  expect(groupPath("u2os@3f9c", "/health")).toBe("/maps/groups/u2os@3f9c/health");
  expect(mapHref("a b", ["gene:TSC2", "C 4"])).toBe("/maps/groups/a%20b?rows=gene:TSC2,C%204");
});

test("lists in an address hold each member once, in order", () => {
  expect(members("TSC2, NF2,,TSC2")).toEqual(["TSC2", "NF2"]);
  expect(members(undefined)).toEqual([]);
  const names = ["compound:2,4-dinitrophenol", "50% serum", "a%2Cb", "TSC2"];
  expect(members(memberText(names))).toEqual(names);
  const href = mapHref("u2os", names);
  expect(members(new URL(href, "http://localhost").searchParams.get("rows")!)).toEqual(names);
});

test("a list that is too long for an address is told from one that is not, and a kept one from a name", () => {
  expect(isLongList(["TSC2", "NF2"])).toBe(false);
  expect(isLongList(Array.from({ length: 10_000 }, (_, k) => `G${k}`))).toBe(true);
  expect(isKeptList(`list:${"0a".repeat(32)}`)).toBe(true);
  expect(isKeptList("list:TSC2")).toBe(false);
  expect(carriedOver(`?rows=list:${"0a".repeat(32)},7`)).toBe(`?rows=list:${"0a".repeat(32)}`);
});

test("what goes over to another version are names and how things are shown, never its numbers of rows", () => {
  expect(carriedOver("?order=given&row=12&column=3&rows=TSC2,7,gene:NF2&view=1,2,3&cut=6")).toBe(
    "?cut=6&order=given&rows=TSC2,gene:NF2",
  );
  expect(carriedOver("?a=1&b=2&rows=1,2&terms=2")).toBe("");
  expect(carriedOver("?of=17&name=12")).toBe("?name=12");
});

test("a row of one experiment says so", () => {
  expect(rowName({ symbol: "TSC2", concentration: null, experiment: "E1" })).toBe("TSC2 (E1)");
});

test("a compound's row is called by its dose in the unit that fits", () => {
  expect(rowName({ symbol: "C4", concentration: 0.03 })).toBe("C4 30 nM");
  expect(rowName({ symbol: "TSC2", concentration: null })).toBe("TSC2");
  const row = {
    row: 3,
    perturbation: "compound:C4",
    type: "compound",
    symbol: "C4",
    label: "C4 at 3 µM",
    concentration: 3,
    units: 4,
    experiment: null,
    arm: null,
    consistencyP: null,
    strength: 1,
  } as const;
  expect(heatLabel(row)).toEqual({ row: 3, label: "C4 3 µM", perturbation: "compound:C4", type: "compound", dose: 3 });
});
