import { expect, test } from "vitest";
import { defineError } from "./define-error.ts";

class LockedError extends defineError("engine/locked", (dir: string, pid: number) => [
  `${dir} is in use by process ${pid}.`,
  { dir, pid, retryable: false as const },
]) {}

class ReadError extends defineError("data/read", (path: string, cause?: unknown) => [
  `${path}?`,
  { path },
  { cause },
]) {}

test("a defined error is an Error of its own class, with a code, a message and its data", () => {
  const error = new LockedError("data", 12);
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(LockedError);
  expect(error).not.toBeInstanceOf(ReadError);
  expect({ ...error, message: error.message }).toEqual({
    code: "engine/locked",
    message: "data is in use by process 12.",
    dir: "data",
    pid: 12,
    retryable: false,
  });
  expect(error.stack).toContain("define-error.test.ts");
});

test("its types are literal: what a caller narrows by", () => {
  const error = new LockedError("data", 12);
  const code: "engine/locked" = error.code;
  const pid: number = error.pid;
  // @ts-expect-error: data is not to be changed
  error.pid = 13;
  // @ts-expect-error: the constructor wants all of what it tells
  expect(() => new LockedError("data")).not.toThrow();
  expect([code, pid]).toEqual(["engine/locked", 12]);
});

test("it keeps its cause", () => {
  const cause = new Error("gone");
  expect(new ReadError("a.csv", cause).cause).toBe(cause);
});
