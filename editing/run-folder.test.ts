import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRunSheet, runFolderState } from "./run-folder.ts";

const table = "name,fastq_r1,fastq_r2\nS1,fastq/S1_R1.fastq.gz,fastq/S1_R2.fastq.gz\n02,./S2_R1.fastq.gz,\n";
const v1 = `[Header],,
IEMFileVersion,4,
[Reads],,
151,,
151,,
[Data],,
Sample_ID,Sample_Name,index
A1,EMX1_rep1,ACGT
A2,,TTTT
`;
const v2 = `[Header]
FileFormatVersion,2

[Reads]
Read1Cycles,151
[BCLConvert_Data]
Lane,Sample_ID,Index
1,EMX1-a,ACGT
2,EMX1-a,ACGT
`;
const promised = (text: string) => readRunSheet(text, "SampleSheet.csv").files.map(({ name }) => name);

describe("a sample sheet", () => {
  it("as a table promises the files of its columns", () => {
    expect(promised(table)).toEqual(["fastq/S1_R1.fastq.gz", "fastq/S1_R2.fastq.gz", "S2_R1.fastq.gz"]);
    expect(readRunSheet(table, "x").samples).toEqual(["S1", "02"]);
  });

  it("of Illumina promises what demultiplexing makes of its samples, once for all lanes", () => {
    expect(promised(v1)).toEqual([
      "EMX1_rep1_S*_R1_001.fastq.gz",
      "EMX1_rep1_S*_R2_001.fastq.gz",
      "A2_S*_R1_001.fastq.gz",
      "A2_S*_R2_001.fastq.gz",
    ]);
    expect(promised(v2)).toEqual(["EMX1-a_S*_R1_001.fastq.gz"]);
    const [file] = readRunSheet(v1, "x").files;
    expect(
      ["Data/EMX1-rep1_S12_L001_R1_001.fastq.gz", "EMX1_rep1_S1_R1_001.fastq.gz", "XEMX1_rep1_S1_R1_001.fastq.gz"].map(
        (path) => file?.is(path),
      ),
    ).toEqual([true, true, false]);
  });

  it.each([
    ["no column of reads", "name,file\nA,a.fastq\n", "SampleSheet.csv, line 1: has no column for reads"],
    ["a line without a file", "name,fastq\nA,a.fastq\nB,\n", "line 3: names no file of reads"],
    ["a file elsewhere", "fastq\ns3://other/a.fastq\n", "is not below the sheet's folder"],
    ["a file above", "fastq\na/../../b.fastq\n", "is not below the sheet's folder"],
    ["no samples", "name,fastq\n", "lists no sample"],
    ["no section of samples", "[Header]\nx,1\n", "has no section [Data]"],
    ["no identities", "[Data]\nName\nA\n", "line 2: has no column Sample_ID"],
    ["a sample without a name", "[Data]\nSample_ID\nA\nB\n,x\n", "line 5: names no sample"],
  ])("that cannot be used is named with its line: %s", (_, text, said) => {
    expect(() => readRunSheet(text, "SampleSheet.csv")).toThrow(
      expect.objectContaining({ code: "editing/run-sheet", message: expect.stringContaining(said) }) as Error,
    );
  });
});

describe("a run folder", () => {
  const sheet = readRunSheet(table, "x");
  const all = sheet.files.map(({ name }) => name);

  it("is whole when its last file is there, whatever the sheet promises", () => {
    expect(runFolderState(["RTAComplete.txt"], sheet)).toEqual({
      complete: true,
      because: "RTAComplete.txt",
      missing: [],
    });
    expect(runFolderState(["done.flag"], sheet, ["done.flag"]).complete).toBe(true);
    expect(runFolderState(["sub/RTAComplete.txt"], sheet).complete).toBe(false);
  });

  it("is whole with exactly the files of its sheet, in any order, and names those that are missing", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(all), fc.array(fc.string()), (some, others) => {
        const state = runFolderState([...others.filter((path) => !all.includes(path)), ...some], sheet);
        expect(state.missing).toEqual(all.filter((name) => !some.includes(name)));
        expect(state.complete).toBe(some.length === all.length);
      }),
    );
  });
});
