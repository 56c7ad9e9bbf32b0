import { expect, test } from "vitest";
import { placeName } from "./broker.ts";
import { RequestLog } from "./request-log.ts";

const place = { topic: "requests", partition: 0 };
const at = (offset: number) => ({ place: placeName(place), offset });
const read = (from: number, next: number) => ({
  ...{ ...place, from, next, stable: next, end: next },
  records: Array.from({ length: next - from }, (_, index) => ({
    ...{ offset: from + index, key: null, value: null, timestamp: 0 },
  })),
});

test("what an earlier member has answered is handed on before it is reached, and skipped when it is", () => {
  const log = new RequestLog();
  const committed = { offset: 4, note: "answered:1,2,3,5" };
  log.begin(place, committed, 0);
  expect(log.committable()).toEqual([{ ...place, ...committed }]);
  expect(log.take(read(4, 8)).map(({ offset }) => offset)).toEqual([4, 7]);
  for (const offset of [4, 7]) log.opened(at(offset));
  expect(log.committable()).toEqual([{ ...place, ...committed }]);
  log.answered(at(4));
  expect(log.committable()).toEqual([{ ...place, offset: 7, note: "answered:3,5" }]);
  expect(log.take(read(8, 20)).map(({ offset }) => offset)).toEqual([8, 9, 15, 16, 17, 18, 19]);
});

test("what retention has removed is not waited for", () => {
  const log = new RequestLog();
  log.begin(place, { offset: 4, note: "answered:1,2,3,5" }, 30);
  expect(log.committable()).toEqual([{ ...place, offset: 30 }]);
  expect(log.positions(() => true)).toEqual([{ ...place, offset: 30 }]);
});

test("reads of partitions that others have by now are dropped, as are those that are not what comes next", () => {
  const log = new RequestLog();
  log.begin(place, { offset: -1, note: "" }, 0);
  expect(log.take(read(5, 8))).toEqual([]);
  log.keepOnly([]);
  expect(log.take(read(0, 3))).toEqual([]);
  expect(log.committable()).toEqual([]);
});
