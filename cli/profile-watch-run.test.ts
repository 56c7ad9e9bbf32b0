import { expect, it, vi } from "vitest";
import { tellNews } from "./profile-watch-run.ts";

it("says each line once, when it comes, and a trouble once", async () => {
  vi.useFakeTimers();
  try {
    const said: string[] = [];
    const looks: (string[] | Error)[] = [
      ["P1: kept"],
      ["P1: kept", "P2: kept"],
      new Error("locked"),
      new Error("locked"),
    ];
    const stop = tellNews({ say: (line) => said.push(line) }, async () => {
      const lines = looks.shift() ?? [];
      if (lines instanceof Error) throw lines;
      return lines;
    });
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(said).toEqual(["P1: kept"]);
    await vi.advanceTimersByTimeAsync(6000);
    await stop();
    await vi.advanceTimersByTimeAsync(6000);
    expect(said).toEqual(["P1: kept", "P2: kept", expect.stringMatching(/^trouble: locked/)]);
  } finally {
    vi.useRealTimers();
  }
});
