import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decompressed, gunzip } from "./gzip.ts";
import { folderPlace } from "./place-folder.ts";
import { openZip } from "./zip.ts";

async function* pieces(bytes: Uint8Array, size = 7919): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

describe("gunzip", () => {
  it("gives back what was compressed, in one member or many", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 100 }),
        async (members, size) => {
          const file = Buffer.concat(members.map((member) => gzipSync(member)));
          expect(await all(gunzip(pieces(file, size), { name: "a.gz" }))).toEqual(Buffer.concat(members));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps its pieces whole until the next is asked for, over many buffers", async () => {
    const content = Buffer.concat(
      Array.from({ length: 40 }, (_, i) => Buffer.concat([randomBytes(50_000), Buffer.alloc(30_000, i)])),
    );
    expect((await all(gunzip(pieces(gzipSync(content)), { name: "a.gz" }))).equals(content)).toBe(true);
  });

  it("says after how many bytes a file was cut off", async () => {
    const file = gzipSync(randomBytes(100_000));
    for (const length of [0, 5, 50_000, file.length - 1])
      await expect(all(gunzip(pieces(file.subarray(0, length)), { name: "a.gz" }))).rejects.toMatchObject({
        code: "data/truncated-gzip",
        readBytes: length,
      });
  });

  it("refuses damaged bytes, and tells them from cut ones", async () => {
    const file = gzipSync(randomBytes(100_000));
    file[60_000]! ^= 0xff;
    await expect(all(gunzip(pieces(file), { name: "a.gz" }))).rejects.toMatchObject({ code: "data/damaged-gzip" });
  });

  it("stops at a bomb long before its end", async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 2 ** 20));
    let written = 0;
    const attempt = (async () => {
      for await (const piece of gunzip(pieces(bomb, 1 << 14), { name: "b.gz" })) written += piece.length;
    })();
    await expect(attempt).rejects.toMatchObject({ code: "data/expansion", limit: 400 });
    expect(written).toBeLessThan(70 * 2 ** 20);
  });

  it("passes errors of its source on, and ends the source when nobody reads on", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield gzipSync(randomBytes(200_000)).subarray(0, 1000);
      throw new Error("the line is down");
    }
    await expect(all(gunzip(broken(), { name: "a.gz" }))).rejects.toThrow("the line is down");
    let ended = false;
    async function* long(): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(gzipSync(randomBytes(3_000_000)), 1000);
      } finally {
        ended = true;
      }
    }
    for await (const piece of gunzip(long(), { name: "a.gz" })) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => ended).toBe(true);
  });

  it("looks at the content, not at the name, to see whether there is anything to decompress", async () => {
    const text = Buffer.from("plain");
    expect(await all(decompressed(pieces(text, 1), { name: "a.gz" }))).toEqual(text);
    expect(await all(decompressed(pieces(gzipSync(text), 1), { name: "a.txt" }))).toEqual(text);
    expect(await all(decompressed(pieces(Buffer.alloc(0)), { name: "a.txt" }))).toEqual(Buffer.alloc(0));
  });
});

/** One member of blocked gzip. */
function blockOf(content: Uint8Array): Buffer {
  const body = deflateRawSync(content);
  const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0, 0, 0]);
  head.writeUInt16LE(head.length + body.length + 8 - 1, 16);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(content), 0);
  tail.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, body, tail]);
}

describe("gunzip of blocked gzip", () => {
  const contents = Array.from({ length: 70 }, (_, i) => randomBytes(1 + ((i * 7919) % 3000)));
  const file = Buffer.concat([...contents.map(blockOf), blockOf(new Uint8Array(0))]);
  const content = Buffer.concat(contents);

  it("gives its members in order, wherever the bytes are cut", async () => {
    for (const size of [20, 333, 7919, file.length])
      expect((await all(gunzip(pieces(file, size), { name: "a.gz" }))).equals(content)).toBe(true);
  });

  it("goes on with members of another kind behind it", async () => {
    const mixed = Buffer.concat([file, gzipSync("and more"), gzipSync(" still")]);
    for (const size of [61, 100_000])
      expect(
        (await all(gunzip(pieces(mixed, size), { name: "a.gz" }))).equals(
          Buffer.concat([content, Buffer.from("and more still")]),
        ),
      ).toBe(true);
  });

  it("tells cut and damaged files", async () => {
    for (const length of [file.length - 10, 50_000, 1000])
      await expect(all(gunzip(pieces(file.subarray(0, length)), { name: "a.gz" }))).rejects.toMatchObject({
        code: "data/truncated-gzip",
      });
    const damaged = Buffer.from(file);
    damaged.fill(0xee, 40_000, 40_100);
    await expect(all(gunzip(pieces(damaged), { name: "a.gz" }))).rejects.toMatchObject({ code: "data/damaged-gzip" });
  });

  it("ends quietly when nobody reads on, and when it is told to stop", async () => {
    for await (const piece of gunzip(pieces(file), { name: "a.gz" })) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await expect(
      all(gunzip(pieces(file), { name: "a.gz", signal: AbortSignal.abort(new Error("enough")) })),
    ).rejects.toThrow("enough");
  });
});

describe("openZip", () => {
  let folder = "";
  // Made by Python 3.11's zipfile: a.txt stored, deep/b.txt deflated.
  const made = Buffer.from(
    "UEsDBBQAAAAAAAAAIQCFEUoNCwAAAAsAAAAFAAAAYS50eHRoZWxsbyB3b3JsZFBLAwQUAAAACAAAACEAohzeWAoAAAAsAQAACgAAAGRlZXAvYi50eHRLTEpOSRzFRGEAUEsBAhQDFAAAAAAAAAAhAIURSg0LAAAACwAAAAUAAAAAAAAAAAAAAIABAAAAAGEudHh0UEsBAhQDFAAAAAgAAAAhAKIc3lgKAAAALAEAAAoAAAAAAAAAAAAAAIABLgAAAGRlZXAvYi50eHRQSwUGAAAAAAIAAgBrAAAAYAAAAAAA",
    "base64",
  );
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "artesian-zip-"));
    mkdirSync(join(folder, "x"));
    writeFileSync(join(folder, "x/a.zip"), made);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is a place: lists, describes, reads and streams ranges", async () => {
    const zip = await openZip(folderPlace(folder), "x/a.zip");
    expect((await Array.fromAsync(zip.list())).map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
      ["a.txt", 11],
      ["deep/b.txt", 300],
    ]);
    expect((await Array.fromAsync(zip.list("deep/"))).length).toBe(1);
    expect(Buffer.from(await zip.read("a.txt")).toString()).toBe("hello world");
    expect(Buffer.from(await zip.read("a.txt", { start: 6, end: 9 })).toString()).toBe("wor");
    expect(Buffer.from(await zip.read("deep/b.txt", { start: 298 })).toString()).toBe("cd");
    expect((await all(zip.stream("deep/b.txt"))).toString()).toBe("abcd".repeat(75));
    expect(await zip.stat("none")).toBeUndefined();
    await expect(zip.read("none")).rejects.toMatchObject({ code: "data/missing-file" });
    zip.close();
  });

  it("refuses more files than allowed, and a file that grows too much", async () => {
    const place = folderPlace(folder);
    await expect(openZip(place, "x/a.zip", { maxFiles: 1 })).rejects.toMatchObject({ code: "data/zip" });
    await expect(openZip(place, "x/none.zip")).rejects.toMatchObject({ code: "data/missing-file" });
  });
});
