import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delimiterOf, fieldsOf, textLines } from "./text-lines.ts";

async function linesOf(text: string | Uint8Array, size: number): Promise<string[]> {
  const bytes = Buffer.from(text as Uint8Array);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return (await Array.fromAsync(textLines(pieces(), "a.csv"))).flat();
}

describe("textLines", () => {
  it("gives every line once, wherever the bytes are cut", async () => {
    const line = fc.string({ unit: fc.constantFrom("a", "β", "😀", ",", " "), minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (lines, size, windows) => {
          const text = lines.join(windows ? "\r\n" : "\n");
          expect(await linesOf(text, size)).toEqual(lines);
          expect(await linesOf(`\ufeff${text}\n\n`, size)).toEqual(lines);
        },
      ),
    );
  });

  it("puts a line of many pieces together in time that grows with its length", async () => {
    const long = "1,".repeat(5_000_000);
    const start = performance.now();
    expect(await linesOf(`${long}\n${long}`, 1 << 12)).toEqual([long, long]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("refuses a line beyond all measure", async () => {
    await expect(linesOf(Buffer.alloc(70 * 2 ** 20, "1"), 1 << 20)).rejects.toMatchObject({
      code: "expression/text-matrix",
      line: 1,
    });
  });
});

describe("fieldsOf", () => {
  it("takes quotes off and keeps what is inside", () => {
    expect(fieldsOf('a,"b, ""c""",,"d"', ",")).toEqual(["a", 'b, "c"', "", "d"]);
    expect(fieldsOf("a\tb", "\t")).toEqual(["a", "b"]);
    expect(["a\tb,c", "a,b;c", "a;b", "a"].map(delimiterOf)).toEqual(["\t", ",", ";", "\t"]);
  });
});
