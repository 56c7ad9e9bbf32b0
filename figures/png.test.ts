import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Resvg } from "@resvg/resvg-js";
import { afterAll, describe, expect, it } from "vitest";
import { drawPng, drawSvg } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-png-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const specification = {
  title: "Rescue, µM",
  width: 120,
  height: 80,
  data: {
    values: [
      { dose: 0.1, rescue: 0.2 },
      { dose: 1, rescue: 0.9 },
    ],
  },
  mark: "line" as const,
  encoding: {
    x: { field: "dose", type: "quantitative" as const },
    y: { field: "rescue", type: "quantitative" as const },
  },
};

const svgOf = (inside: string, size = 'width="40" height="20"'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${size}>${inside}</svg>`;

/** Width and height that a PNG's header says. */
function sizeOf(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return [view.getUint32(16), view.getUint32(20)];
}

/** The pixels, of shape (height, width, RGBA), as the rasteriser reads the PNG back. */
function pixelsOf(png: Uint8Array): Buffer {
  const [width, height] = sizeOf(png);
  const uri = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const image = `<image href="${uri}" width="${width}" height="${height}"/>`;
  return new Resvg(svgOf(image, `width="${width}" height="${height}"`)).render().pixels;
}

function differing(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [pixelsOf(a), pixelsOf(b)];
  expect(one.length).toBe(other.length);
  let count = 0;
  for (let at = 0; at < one.length; at += 4) if (one.readUInt32LE(at) !== other.readUInt32LE(at)) count++;
  return count;
}

describe("drawPng", () => {
  it("draws a specification and the SVG made of it alike, the same bytes each time", async () => {
    const png = await drawPng(specification);
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(Buffer.compare(png, await drawPng(await drawSvg(specification)))).toBe(0);
    expect(Buffer.compare(png, await drawPng(specification))).toBe(0);
  });
  it("has as many pixels as the scale says", async () => {
    expect(sizeOf(await drawPng(svgOf("")))).toEqual([80, 40]);
    expect(sizeOf(await drawPng(svgOf(""), { scale: 0.5 }))).toEqual([20, 10]);
    expect(sizeOf(await drawPng(svgOf(""), { scale: 3 }))).toEqual([120, 60]);
  });
  it("is white unless another background is asked for", async () => {
    const corner = async (background?: string) => [
      ...pixelsOf(await drawPng(svgOf(""), background === undefined ? {} : { background })).subarray(0, 4),
    ];
    expect(await corner()).toEqual([255, 255, 255, 255]);
    expect(await corner("transparent")).toEqual([0, 0, 0, 0]);
    expect(await corner("#1a2129")).toEqual([0x1a, 0x21, 0x29, 255]);
  });
  it("draws the text: title, axis titles and labels", async () => {
    const svg = await drawSvg(specification);
    const texts = (svg.match(/<text[\s\S]*?<\/text>/g) ?? []).filter((text) => !text.includes('opacity="0"'));
    expect(texts.length).toBeGreaterThan(6);
    const whole = await drawPng(svg);
    for (const text of texts) expect(differing(whole, await drawPng(svg.replace(text, "")))).toBeGreaterThan(10);
  });
  it.each(["Inter, system-ui, sans-serif", "Inter", "serif", "No Such Font", "system-ui"])(
    "sets text asked for in %s in the typeface that it brings along",
    async (family) => {
      const word = (name: string) => drawPng(svgOf(`<text x="2" y="15" font-family="${name}">C05 µ</text>`));
      expect(differing(await word(family), await drawPng(svgOf("")))).toBeGreaterThan(50);
      expect(differing(await word(family), await word("DejaVu Sans"))).toBe(0);
    },
  );
  it("knows bold, slanted and fixed-width letters", async () => {
    const word = (style: string) => drawPng(svgOf(`<text x="2" y="15" ${style}>will</text>`));
    const plain = await word("");
    for (const style of [
      'font-weight="600"',
      'font-style="italic"',
      'font-family="monospace"',
      "font-family='\"JetBrains Mono\", ui-monospace, monospace'",
    ])
      expect(differing(plain, await word(style))).toBeGreaterThan(20);
  });
  it("opens no file that an SVG names, and takes images that it holds", async () => {
    const path = join(root, "private.png");
    const red = await drawPng(svgOf('<rect width="40" height="20" fill="red"/>'));
    writeFileSync(path, red);
    const inside = `<image href="data:image/png;base64,${Buffer.from(red).toString("base64")}" width="40" height="20"/>`;
    expect(differing(await drawPng(svgOf(inside)), await drawPng(svgOf("")))).toBe(80 * 40);
    const nested = Buffer.from(svgOf(`<image href="${path}" width="40" height="20"/>`)).toString("base64");
    const within = await drawPng(svgOf(`<image href="data:image/svg+xml;base64,${nested}" width="40" height="20"/>`));
    expect(differing(within, await drawPng(svgOf("")))).toBe(0);
    for (const attribute of [
      `href="${path}"`,
      `xlink:href='${path}'`,
      `href="file://${path}"`,
      `href = "&#47;${path.slice(1)}"`,
      'href="https://example.org/a.png"',
    ]) {
      const svg = svgOf(`<image ${attribute} width="40" height="20"/>`);
      await expect(drawPng(svg)).rejects.toMatchObject({ code: "figures/picture" });
    }
    await expect(drawPng(`<!DOCTYPE svg [<!ENTITY p "${path}">]>${svgOf("")}`)).rejects.toThrow("declares entities");
  });
  it.each<[string, string, number]>([
    ["no SVG", "well,dose\nB02,1\n", 1],
    ["an SVG that stops", "<svg", 1],
    ["too many pixels", svgOf("", 'width="20000" height="20000"'), 1],
    ["no scale", svgOf(""), 0],
    ["a scale that is no number", svgOf(""), Number.NaN],
  ])("refuses %s", async (_, svg, scale) => {
    await expect(drawPng(svg, { scale })).rejects.toMatchObject({ code: "figures/picture" });
  });
  it("names the largest scale that would do", async () => {
    await expect(drawPng(svgOf("", 'width="1000" height="1000"'), { scale: 100 })).rejects.toThrow("a scale up to 8");
  });
  it("says what a specification lacks as drawSvg does", async () => {
    await expect(drawPng({ mark: "nonsense", data: { values: [] }, encoding: {} } as never)).rejects.toMatchObject({
      code: "figures/specification",
    });
  });
  it("can be called off", async () => {
    for (const ms of [undefined, 0]) {
      const stop = new AbortController();
      const drawn = drawPng(specification, { signal: stop.signal, scale: 12 });
      if (ms === undefined) stop.abort();
      else setTimeout(() => stop.abort(), ms);
      await expect(drawn).rejects.toMatchObject({ name: "AbortError" });
    }
    const before = drawPng("no SVG, which nobody sees any more", { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ name: "AbortError" });
  });
});

it("draws one figure after the other for one caller who may call it off", async () => {
  const { signal } = new AbortController();
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>';
  const first = await drawPng(svg, { signal });
  expect(await drawPng(svg, { signal })).toEqual(first);
});

it("draws pictures that are asked for at once, each its own, without those that nobody wants any more", async () => {
  const stop = new AbortController();
  const drawn = Array.from({ length: 6 }, (_, i) =>
    drawPng(svgOf("", `width="${10 + i}" height="10"`), i === 3 ? { signal: stop.signal } : {}),
  );
  const refused = drawPng("no SVG");
  stop.abort();
  const outcomes = await Promise.allSettled([...drawn, refused]);
  expect(
    outcomes.map((outcome) => (outcome.status === "fulfilled" ? sizeOf(outcome.value)[0] : outcome.reason.name)),
  ).toEqual([20, 22, 24, "AbortError", 28, 30, "Error"]);
});

it("keeps no process alive that has its picture", async () => {
  const program = `import { drawPng } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    console.log((await drawPng('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')).length > 50);`;
  const args = ["--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  expect(stdout).toBe("true\n");
});
