import { expect, it } from "vitest";
import { threadOptions } from "./thread-options.ts";

it("keeps from threads what only a program given as text may have, and leaves all else to Node", () => {
  expect(threadOptions(["--input-type=module"])).toEqual({ execArgv: [] });
  expect(threadOptions(["--max-old-space-size=64"])).toEqual({});
});
