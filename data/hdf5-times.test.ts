import { expect, it } from "vitest";
import { lookup3 } from "./hdf5-times.ts";

it("hashes as Jenkins' own driver does", () => {
  expect(lookup3(new Uint8Array(0))).toBe(0xdeadbeef);
  expect(lookup3(new TextEncoder().encode("Four score and seven years ago"))).toBe(0x17770551);
});
