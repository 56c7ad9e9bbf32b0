import { expect, it } from "vitest";
import { violentDelivery } from "./fixtures/functions/violence.ts";

const slow = process.env.ARTESIAN_SLOW === "1";
const size = slow
  ? { objects: 9000, older: 600, replaced: 400, poison: 40, kills: 8 }
  : { objects: 300, older: 40, replaced: 20, poison: 5, kills: 3 };

it(`${size.objects} objects told of three times in any order, some older, some replaced, under ${size.kills} kills: each version at most once, the newest once, dead letters the poison ones`, {
  timeout: 300_000,
}, async () => {
  const report = await violentDelivery({ ...size, seed: 7 });
  expect(report.wrong).toEqual([]);
  expect(report).toMatchObject({ deadLetters: size.poison });
  expect(report.killed).toBeGreaterThan(0);
  expect(report.applied).toBeGreaterThanOrEqual(size.objects - size.poison);
  if (slow) {
    expect(report.events).toBeGreaterThanOrEqual(10_000);
    // Processor time does not depend on what else the machine does.
    expect(report.cpuSeconds ?? report.seconds).toBeLessThanOrEqual(60);
  }
});
