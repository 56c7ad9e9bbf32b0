import fc from "fast-check";
import { expect, it } from "vitest";
import { decimalOf, numberOf, readCell } from "./csv-cell.ts";
import { readRows } from "./csv-reader.ts";

const slow = process.env.ARTESIAN_SLOW === "1";

function fast(text: string): number {
  const bytes = new TextEncoder().encode(`${text},`);
  return decimalOf(bytes, 0, text.length);
}

/** Through the reader, as one cell of a row. */
function read(text: string): number {
  const rows = { file: "cell.csv", width: 2, rowCount: 0, values: new Float64Array(2), line: 1 };
  readRows(new TextEncoder().encode(`${text},1\n`), rows, true);
  return rows.values[0]!;
}

const NASTY = [
  "0",
  "-0",
  "0.0",
  "00012",
  "1",
  "-1",
  "+7",
  ".5",
  "5.",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "9007199254740995",
  "123456789012345678",
  "1234567890123456789012",
  "0.1",
  "0.30000000000000004",
  "1e400",
  "-1e400",
  "1e-400",
  "5e-324",
  "4.9406564584124654e-324",
  "2.4703282292062327e-324",
  "2.2250738585072011e-308",
  "2.2250738585072014e-308",
  "1.7976931348623157e308",
  "1.7976931348623159e308",
  "1e22",
  "1e23",
  "8.41e21",
  "9.5e-7",
  "1.2345678901234567e-05",
  "6.0221407599999999e23",
  "0.000000000000000000000000012345678901234567",
  "2.5000000000000000000000000000001",
  "0.50000000000000005551115123125782702118158340454101562",
  "1E5",
  "1e+5",
  "1e05",
  "000000000000000000000000000000.1",
  "100000000000000000000000",
];

it.each(NASTY)("reads %s as Number() does", (text) => {
  expect(read(text)).toBe(Number(text));
  expect(numberOf(text)).toBe(Number(text));
});

it("reads missing markers, infinities and spaces, and tells text from them", () => {
  for (const text of ["", "nan", "NaN", "None", "null", "NA"]) expect(readCell(text).kind).toBe("missing");
  expect(["inf", "-inf", "Infinity", "+INF"].map(numberOf)).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
  expect(numberOf(" 1.5 ")).toBe(1.5);
  for (const text of ["0x10", "1_000", "1,5", "1e", "e5", "-", ".", "--1", "1.2.3", "12a"]) {
    expect(readCell(text).kind).toBe("text");
    expect(read(text.replace(",", ";"))).toBeNaN();
  }
});

it("reads every double exactly, however it is written", () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(double, fc.integer({ min: 1, max: 21 }), (value, digits) => {
      for (const text of [String(value), value.toPrecision(digits), value.toExponential(Math.min(digits, 20))]) {
        if (!Object.is(read(text), Number(text))) throw new Error(`${text} was read as ${read(text)}`);
      }
    }),
    { numRuns: slow ? 500_000 : 5000 },
  );
});

it("reads random doubles of the magnitudes that measurements have exactly, millions in the slow form", () => {
  const bits = new Uint32Array(2);
  const double = new Float64Array(bits.buffer);
  let state = 12345;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  let wrong = 0;
  const count = slow ? 10_000_000 : 200_000;
  for (let i = 0; i < count; i++) {
    bits[0] = random();
    bits[1] = random();
    const scaled = (random() / 2 ** 32 + random() / 2 ** 64) * 10 ** ((i % 14) - 8);
    const value = i % 3 === 0 && Number.isFinite(double[0]!) ? double[0]! : scaled;
    const text = i % 5 === 0 ? value.toPrecision((i % 21) + 1) : String(value);
    if (!Object.is(fast(text), Number(text))) wrong++;
  }
  expect(wrong).toBe(0);
});

it("decides ties and their neighbours, which lie halfway between two doubles", () => {
  let state = 1;
  for (let i = 0; i < 2000; i++) {
    state = (state * 48271) % 2147483647;
    // a 54-bit odd integer lies exactly between two doubles
    const odd = (2n ** 53n + BigInt(state) * 4194301n) | 1n;
    for (const near of [odd - 1n, odd, odd + 1n]) {
      const digits = near.toString();
      for (const text of [digits, `${digits}.0`, `${digits.slice(0, 9)}.${digits.slice(9)}`, `${digits}e-3`])
        expect(read(text)).toBe(Number(text));
    }
  }
});
