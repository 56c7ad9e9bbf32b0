import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wellName, wellOf } from "./plate-lines.ts";
import { type PlateReadings, readPlateReader } from "./plate-reader.ts";
import { columnOf, rowOf } from "./table.ts";

const read = (content: string | Uint8Array): PlateReadings => readPlateReader(content, { source: "P1.csv" });
const rows = ({ table }: PlateReadings) => Array.from({ length: table.rowCount }, (_, row) => rowOf(table, row));
const lines = (...all: string[]): string => `${all.join("\n")}\n`;
const numbers = (count: number, from = 1): string => Array.from({ length: count }, (_, i) => i + from).join(",");
const letters = "ABCDEFGHIJKLMNOP".split("");

/** As MARS writes a 96-well plate: a head of pairs, mode, title, and a comma at the end of the line of columns. */
const bmg = lines(
  "User: USER,Path: C:\\Program Files (x86)\\BMG\\CLARIOstar\\User\\Data,Test run no.: 445",
  "Test name: viability,Date: 14/05/2026,Time: 15:29:50",
  "",
  "ID1: screen 7,ID2: Plate 1,",
  "Absorbance",
  "",
  "Raw Data  (450)",
  "",
  `,${numbers(12)},`,
  ...letters.slice(0, 8).map((letter, row) => `${letter},${numbers(12, row * 12 + 1)}`),
);

describe("a grid", () => {
  it("is the smallest export: columns above rows", () => {
    const found = read(lines(",1,2,3", "A,0.1,0.2,OVER", "B,,-3e-1,"));
    expect(rows(found).map(({ well, value, note }) => [well, value, note])).toEqual([
      ["A01", 0.1, null],
      ["A02", 0.2, null],
      ["A03", null, "OVER"],
      ["B02", -0.3, null],
    ]);
    expect(found).toMatchObject({ measures: ["value"], plates: [], format: { wells: 6 }, instrument: null });
  });

  it("of BMG MARS has its title as the measure, and what the export says of itself", () => {
    const found = read(bmg);
    expect(found).toMatchObject({
      instrument: "BMG Labtech",
      format: { wells: 96, rows: 8, columns: 12 },
      measures: ["Raw Data (450)"],
      about: { "Test name": "viability", "Test run no.": "445", ID1: "screen 7", ID2: "Plate 1", Date: "14/05/2026" },
    });
    expect(found.table.rowCount).toBe(96);
    expect(rows(found)[95]).toMatchObject({ well: "H12", value: 96 });
  });

  it("of half a 384-well plate is of a 384-well plate", () => {
    expect(read(lines(`,${numbers(24)}`, `B,,${numbers(22, 2)},`)).format.wells).toBe(384);
    expect(read(lines(`,${numbers(48)}`, "AF,,,,4")).format.wells).toBe(1536);
  });

  it("of Tecan i-control is named by its label and has its temperature", () => {
    const found = read(
      lines(
        "\ufeffApplication: Tecan i-control\t\t\t\tTecan i-control , 1.9.17.0",
        "Device: infinite 200Pro\t\t\t\tSerial number: 1202007079",
        "Label: MUF",
        "Mode\t\t\t\tFluorescence Top Reading",
        "Excitation Wavelength\t\t\t\t360\tnm",
        "",
        "\tTemperature: 23.1 °C",
        "<>\t1\t2\t3",
        "A\t1221\t1463\tOVER",
        "B\t1387\t1416\t#SAT",
        "",
        "End Time:\t1/9/2026 3:42:39 AM",
      ),
    );
    expect(found).toMatchObject({ instrument: "Tecan", measures: ["MUF"], about: { "Serial number": "1202007079" } });
    expect(rows(found)[0]).toMatchObject({ well: "A01", temperature_c: 23.1, value: 1221 });
    expect(rows(found).map(({ note }) => note)).toEqual([null, null, "OVER", null, null, "#SAT"]);
  });

  it("of BioTek Gen5 has the name of the read behind each row, and a line a read", () => {
    const found = read(
      lines(
        "Reader Type:\tSynergy H1",
        "Results",
        "\t1\t2\t3",
        "A\t0.1\t0.2\t0.3\t450",
        "\t1.1\t1.2\t1.3\t540",
        "B\t0.4\t0.5\t0.6\t450",
        "\t1.4\t1.5\t1.6\t540",
      ),
    );
    expect(found).toMatchObject({ instrument: "BioTek", measures: ["450", "540"] });
    expect(rows(found).filter(({ measure, well }) => measure === "540" && well === "B03")).toMatchObject([
      { value: 1.6 },
    ]);
  });

  it("after grid is one measure each, of one cycle each, or told apart by a number", () => {
    const grid = [",1,2,3", "A,1,2,3"];
    expect(read(lines("OD600", ...grid, "", "GFP", ...grid)).measures).toEqual(["OD600", "GFP"]);
    expect(read(lines("OD600", ...grid, "", "OD600", ...grid)).measures).toEqual(["OD600", "OD600 2"]);
    const cycles = read(
      lines("Raw Data (600)", "Cycle 1 (0 s)", ...grid, "", "Raw Data (600)", "Cycle 2 (5 min 30 s)", ...grid),
    );
    expect(cycles.measures).toEqual(["Raw Data (600)"]);
    expect(rows(cycles).map(({ cycle, time_s }) => [cycle, time_s])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [2, 330],
      [2, 330],
      [2, 330],
    ]);
  });
});

describe("a list", () => {
  it("has a measure a column of numbers, and leaves texts out", () => {
    const found = read(
      lines("Well,Content,OD450,OD540", "A1,Blank B,0.05,0.04", "a02,Sample X1,1.5,OVRFLW", "H12,Sample X2,,0.3"),
    );
    expect(found).toMatchObject({ measures: ["OD450", "OD540"], format: { wells: 96 } });
    expect(rows(found).map(({ well, measure, value, note }) => [well, measure, value, note])).toEqual([
      ["A01", "OD450", 0.05, null],
      ["A01", "OD540", 0.04, null],
      ["A02", "OD450", 1.5, null],
      ["A02", "OD540", null, "OVRFLW"],
      ["H12", "OD540", 0.3, null],
    ]);
  });

  it("of several plates keeps which, and times and cycles", () => {
    const found = read(
      lines("Barcode;Well;Cycle;Time [min];OD", "P1;A1;1;0;0,1", "P1;A1;2;10;0,2", "P2;A1;1;0,5;1e-1"),
    );
    expect(found.plates).toEqual(["P1", "P2"]);
    expect(rows(found).map(({ plate, cycle, time_s, value }) => [plate, cycle, time_s, value])).toEqual([
      ["P1", 1, 0, 0.1],
      ["P1", 2, 600, 0.2],
      ["P2", 1, 30, 0.1],
    ]);
  });

  it("of BMG's kinetics has rows and columns apart, line breaks in its head, and a line of times", () => {
    const found = read(
      lines(
        '"Well\nRow","Well\nCol","Content","Raw Data (600)","Raw Data (600)"',
        ",,Time,0 h 0 min,0 h 10 min",
        "A,1,Sample X1,0.10,0.20",
        "B,12,Sample X2,0.30,0.40",
      ),
    );
    expect(found.measures).toEqual(["Raw Data (600)"]);
    expect(rows(found).map(({ well, time_s, value }) => [well, time_s, value])).toEqual([
      ["A01", 0, 0.1],
      ["A01", 600, 0.2],
      ["B12", 0, 0.3],
      ["B12", 600, 0.4],
    ]);
  });
});

describe("kinetics", () => {
  const expected = [
    ["A01", 1, 0, 37.2, 0.1],
    ["B01", 1, 0, 37.2, 0.3],
    ["A01", 2, 300, 37, 0.4],
    ["B01", 2, 300, 37, null],
  ];
  const told = (found: PlateReadings) =>
    rows(found).map(({ well, cycle, time_s, temperature_c, value }) => [well, cycle, time_s, temperature_c, value]);

  it("of Tecan may have a line a cycle", () => {
    const found = read(
      lines("OD600", "Cycle Nr.,Time [s],Temp. [°C],A1,B1", "1,0,37.2,0.1,0.3", "2,300,37,0.4,OVER", "", "End Time:,x"),
    );
    expect(found.measures).toEqual(["OD600"]);
    expect(told(found)).toEqual(expected);
  });

  it("or a line a well, which is the same", () => {
    const found = read(
      lines("OD600", "Cycle Nr.,1,2", "Time [s],0,300", "Temp. [°C],37.2,37", "A1,0.1,0.4", "B1,0.3,OVER"),
    );
    expect(told(found).sort()).toEqual([...expected].sort());
  });

  it("of Gen5 have the read in the heading of its temperature, and times as on a clock", () => {
    const found = read(lines("Time\tT° OD:600\tA1\tA2", "0:05:00\t30.0\t0.1\t0.2", "0:15:00\t30.1\t0.3\t0.4"));
    expect(found.measures).toEqual(["OD:600"]);
    expect(rows(found)[3]).toMatchObject({ well: "A02", time_s: 900, temperature_c: 30.1, value: 0.4 });
  });
});

describe("an export in another encoding", () => {
  const text = lines("Temperature: 23.5 °C", ",1,2,3", "A,1,2,3");
  const latin = Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  const wide = Buffer.from(`\ufeff${text}`, "utf16le");
  it.each([
    ["UTF-8", Buffer.from(text)],
    ["Windows-1252", latin],
    ["UTF-16", wide],
    ["Windows line ends", Buffer.from(text.replaceAll("\n", "\r\n"))],
  ])("is read the same: %s", (_, bytes) => {
    expect(rows(read(bytes))[0]).toMatchObject({ well: "A01", temperature_c: 23.5, value: 1 });
  });
});

describe("what cannot be read", () => {
  it.each([
    ["prose", "hello\nworld", "P1.csv, line 1: there are no readings: neither a grid (1 2 3 … above A B C …)"],
    ["nothing", "", "P1.csv, line 1: there are no readings"],
    [
      "text in a number's place",
      lines("x", ",1,2,3", "A,1,2,3", "B,1,two,3"),
      'line 4: row B, column 2: "two" is no reading',
    ],
    ["a row twice", lines(",1,2,3", "A,1,2,3", "A,1,2,3"), "line 3: row A comes twice in one grid, first in line 2"],
    [
      "a row that is too long",
      lines(",1,2,3", "A,1,2,3", "B,1,2,3,4"),
      "line 3: row B has more than the grid's 3 columns",
    ],
    ["a well twice", lines("Well,OD", "A1,1", "A01,2"), 'line 3: well A01 has a second "OD", the first is in line 2'],
    ["a well that no plate has", lines("Well,OD", "A1,1", "AG1,2"), 'line 3: "AG1 2" begins with no well of a plate'],
    ["mixed decimals", lines("Well;OD", "A1;1.5", "A2;1,5", "A3;2.5"), "a decimal point, this one a comma"],
    [
      "more readings than cycles",
      lines("Cycle Nr.,1,2", "Time [s],0,9", "A1,1,2,3"),
      "line 3: well A1 has more readings",
    ],
  ])("says so with its line: %s", (_, text, said) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: "data/plate-reader", message: expect.stringContaining(said) }) as Error,
    );
  });

  it("is told with that error whatever it is, and nothing else", () => {
    const cell = fc.oneof(
      fc.constantFrom("Well", "A1", "B", "1", "2", "3", "<>", "Time [s]", "Cycle Nr.", "", "0.5"),
      fc.string(),
    );
    const text = fc.array(
      fc.array(cell, { maxLength: 6 }).map((cells) => cells.join(",")),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(text, (all) => {
        try {
          expect(read(all.join("\n")).table.rowCount).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: "data/plate-reader" });
        }
      }),
      { numRuns: 500 },
    );
  });
});

it("gives every value back, whether it was written as a grid, a list, or over time, in any separator and decimal sign", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((number) => Number(number.toPrecision(6)));
  const plates = fc.array(fc.array(value, { minLength: 12, maxLength: 12 }), { minLength: 2, maxLength: 8 });
  const form = fc.constantFrom("grid", "list", "down", "across");
  fc.assert(
    fc.property(plates, form, fc.constantFrom(",", ";", "\t"), fc.boolean(), (plate, shape, sign, comma) => {
      const decimal = comma && sign !== ",";
      const said = (number: number): string => (decimal ? String(number).replace(".", ",") : String(number));
      const all = plate.flatMap((row, r) => row.map((number, c) => ({ well: `${letters[r]}${c + 1}`, number })));
      const across = [
        ["Cycle", ...all.map(({ well }) => well)],
        ["1", ...all.map(({ number }) => said(number))],
      ];
      const written = {
        grid: [
          ["", ...Array.from({ length: 12 }, (_, c) => String(c + 1))],
          ...plate.map((row, r) => [letters[r], ...row.map(said)]),
        ],
        list: [["Well", "OD"], ...all.map(({ well, number }) => [well, said(number)])],
        down: [["Cycle", "1"], ...all.map(({ well, number }) => [well, said(number)])],
        across,
      }[shape];
      const found = read(written.map((cells) => cells.join(sign)).join("\n"));
      const values = columnOf(found.table, "value")?.values;
      expect([...(values ?? [])]).toEqual(all.map(({ number }) => (Object.is(number, -0) ? 0 : number)));
      expect(rows(found).map(({ well }) => well)).toEqual(
        all.map(({ well }) => wellName(wellOf(well) as { row: number; column: number })),
      );
    }),
  );
});

it("names every well of the largest plate, and reads the name back", () => {
  for (let row = 0; row < 32; row++)
    for (let column = 0; column < 48; column++) expect(wellOf(wellName({ row, column }))).toEqual({ row, column });
  expect(wellName({ row: 31, column: 47 })).toBe("AF48");
  expect([wellOf("AG01"), wellOf("A49"), wellOf("A0"), wellOf("7")]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
