/**
 * The heat map on the graphics card. Tiles of signed bytes are layers of one R8I array texture and are uploaded once; order, variant and
 * palette are small textures beside them, so that reordering and recolouring upload no tile. Coarser levels, in the order drawn, are
 * made on the card from the tiles when order, variant or tiles changed.
 */
import { TILE_EDGE } from "@artesian/maps/similarity-tiles.ts";
import { type HeatCells, type HeatPreview, type HeatShown, isWhole, standIn } from "../model/heat-cells.ts";
import { type HeatView, levelOfView } from "../model/heat-view.ts";
import type { HeatColors, HeatRenderer } from "./heat-renderer.ts";
import { COARSE, FINEST, GATHER, REDUCE, VERTEX } from "./heat-shaders.ts";

/** Width of textures that hold one number a row or column; the shaders know it too. */
const LINE = 1024;
/** Coarsest level: a cell for 4,096 × 4,096. */
const ALL_LEVELS = 12;
/** A map of more tiles is not made coarser before all of it is here. */
const FEW_LAYERS = 9;
/** Texture units. */
const UNIT = { tiles: 0, rowOrder: 1, columnOrder: 2, here: 3, table: 4, spread: 5, palette: 6, source: 7 } as const;
type Unit = keyof typeof UNIT;
const VARIANT = { raw: 0, z: 1, percentile: 2 } as const;

interface Program {
  program: WebGLProgram;
  at: (name: string) => WebGLUniformLocation | null;
}
interface Level {
  texture: WebGLTexture;
  columns: number;
  rows: number;
}

/**
 * @param anyway also where the processor plays the graphics card, which a plain canvas does several times as fast
 * @returns undefined where WebGL2 is missing or holds fewer tiles than the map has
 */
export function glHeatmap(canvas: HTMLCanvasElement, cells: HeatCells, anyway = false): HeatRenderer | undefined {
  const layers = cells.tileRows * cells.tileColumns;
  const probe = document.createElement("canvas").getContext("webgl2");
  if (probe === null) return undefined;
  const large = Math.max(cells.rows, cells.columns) / 2;
  const isSoftware = /swiftshader|llvmpipe|software|basic render/i.test(String(probe.getParameter(probe.RENDERER)));
  const fits =
    (anyway || !isSoftware) &&
    (cells.isFarOnly ? 1 : layers) <= (probe.getParameter(probe.MAX_ARRAY_TEXTURE_LAYERS) as number) &&
    (cells.isFarOnly ? 1 : large) <= (probe.getParameter(probe.MAX_TEXTURE_SIZE) as number);
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  // A canvas has one kind of context for ever: its own is taken only when the map fits.
  const gl = fits ? canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true }) : null;
  if (gl === null) return undefined;
  const programs = [FINEST, COARSE, GATHER, REDUCE].map((source) => compile(gl, source));
  const [finest, coarse, gather, reduce] = programs as [Program, Program, Program, Program];
  const vertices = gl.createVertexArray();
  const framebuffer = gl.createFramebuffer();
  const textures = new Map<Unit, WebGLTexture>();
  const textureOf = (unit: Unit): void => {
    const target = unit === "tiles" ? gl.TEXTURE_2D_ARRAY : gl.TEXTURE_2D;
    gl.activeTexture(gl.TEXTURE0 + UNIT[unit]);
    const known = textures.get(unit);
    if (known !== undefined) {
      gl.bindTexture(target, known);
      return;
    }
    const texture = gl.createTexture();
    textures.set(unit, texture);
    gl.bindTexture(target, texture);
    nearest(gl, target);
  };
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  textureOf("tiles");
  gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.R8I, TILE_EDGE, TILE_EDGE, cells.isFarOnly ? 1 : layers);
  const here = new Uint8Array(layers);
  let levels: Level[] = [];
  let previewTexture: WebGLTexture | undefined;
  let isFresh = false;
  let colors: HeatColors | undefined;
  let variant = 0;
  let places = { rows: 0, columns: 0 };

  const putHere = (): void => {
    textureOf("here");
    gl.texImage2D(
      gl.TEXTURE_2D,
      0,
      gl.R8UI,
      cells.tileColumns,
      cells.tileRows,
      0,
      gl.RED_INTEGER,
      gl.UNSIGNED_BYTE,
      here,
    );
  };
  const putLine = (unit: Unit, values: Uint32Array | Float32Array, channels: 1 | 2): void => {
    const height = Math.max(1, Math.ceil(values.length / channels / LINE));
    const isWhole = values instanceof Uint32Array;
    const padded = isWhole ? new Uint32Array(LINE * height) : new Float32Array(LINE * height * channels);
    padded.set(values);
    textureOf(unit);
    if (isWhole) gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32UI, LINE, height, 0, gl.RED_INTEGER, gl.UNSIGNED_INT, padded);
    else gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, LINE, height, 0, gl.RG, gl.FLOAT, padded);
  };
  const use = ({ program, at }: Program): void => {
    // biome-ignore lint/correctness/useHookAtTopLevel: WebGL's word, not React's
    gl.useProgram(program);
    gl.bindVertexArray(vertices);
    for (const [name, unit] of Object.entries(UNIT)) gl.uniform1i(at(name), unit);
    gl.uniform1i(at("tileColumns"), cells.tileColumns);
    gl.uniform1i(at("variant"), variant);
  };
  const bindSource = (texture: WebGLTexture): void => {
    gl.activeTexture(gl.TEXTURE0 + UNIT.source);
    gl.bindTexture(gl.TEXTURE_2D, texture);
  };
  const putPreview = ({ columns, rows, bytes }: HeatPreview): void => {
    if (previewTexture !== undefined) return;
    previewTexture = gl.createTexture();
    bindSource(previewTexture);
    nearest(gl, gl.TEXTURE_2D);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8I, columns, rows, 0, gl.RED_INTEGER, gl.BYTE, bytes);
  };
  /** Levels 1 … `last`, each a pass over the one before. */
  const makeLevels = (last: number): void => {
    if (!isFresh) for (const { texture } of levels) gl.deleteTexture(texture);
    if (!isFresh) levels = [];
    isFresh = true;
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    while (levels.length < last) {
      const finer = levels.at(-1) ?? { ...places, texture: undefined };
      const [columns, rows] = [Math.ceil(finer.columns / 2), Math.ceil(finer.rows / 2)];
      const texture = gl.createTexture();
      bindSource(texture);
      nearest(gl, gl.TEXTURE_2D);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8I, columns, rows);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      const pass = finer.texture === undefined ? gather : reduce;
      use(pass);
      // The texture that is written must not stand where one is read.
      gl.activeTexture(gl.TEXTURE0 + UNIT.source);
      gl.bindTexture(gl.TEXTURE_2D, finer.texture ?? null);
      gl.uniform2i(pass.at("finer"), finer.columns, finer.rows);
      gl.viewport(0, 0, columns, rows);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      levels.push({ texture, columns, rows });
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  };

  return {
    kind: "webgl2",
    setTile: (index) => {
      const tile = cells.tiles[index];
      if (tile === undefined) return;
      textureOf("tiles");
      gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, index, TILE_EDGE, TILE_EDGE, 1, gl.RED_INTEGER, gl.BYTE, tile);
      here[index] = 1;
      putHere();
      isFresh = false;
    },
    setOrder: (rows, columns) => {
      putLine("rowOrder", rows, 1);
      putLine("columnOrder", columns, 1);
      places = { rows: rows.length, columns: columns.length };
      isFresh = false;
    },
    setShown: (shown: HeatShown) => {
      variant = VARIANT[shown.variant];
      textureOf("table");
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8I, 256, 1, 0, gl.RED_INTEGER, gl.BYTE, shown.table);
      putLine("spread", shown.spread, 2);
      isFresh = false;
    },
    setColors: (next) => {
      colors = next;
      textureOf("palette");
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, next.palette);
    },
    draw: (view: HeatView, width: number, height: number, pixelRatio: number) => {
      if (colors === undefined || places.rows === 0 || places.columns === 0) return;
      const [w, h] = [Math.max(1, Math.round(width * pixelRatio)), Math.max(1, Math.round(height * pixelRatio))];
      if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
      const fine = Math.min(levelOfView(view.cell, pixelRatio), ALL_LEVELS);
      // Levels of a map that is still coming would be made anew with each tile.
      const preview = standIn(cells, fine);
      const level = preview?.level ?? fine;
      if (preview !== undefined) putPreview(preview);
      else if (layers > FEW_LAYERS && !isWhole(cells) && (level > 0 || cells.isFarOnly)) {
        // A large map of which nothing can be shown yet.
        gl.viewport(0, 0, w, h);
        gl.clearColor(colors.sunken[0] / 255, colors.sunken[1] / 255, colors.sunken[2] / 255, 1);
        gl.clear(gl.COLOR_BUFFER_BIT);
        return;
      } else if (level > 0) makeLevels(level);
      const pass = level > 0 ? coarse : finest;
      use(pass);
      if (level > 0) {
        bindSource(preview === undefined ? levels[level - 1]!.texture : previewTexture!);
        gl.uniform1i(pass.at("level"), level);
      }
      const cell = view.cell * pixelRatio;
      gl.viewport(0, 0, w, h);
      gl.uniform3f(pass.at("window"), view.x, view.y, cell);
      gl.uniform2f(pass.at("count"), places.columns, places.rows);
      gl.uniform1f(pass.at("targetHeight"), h);
      gl.uniform1f(pass.at("gap"), view.cell >= 7 ? (0.8 * pixelRatio) / cell : 0);
      for (const name of ["surface", "sunken", "line"] as const) {
        const [r, g, b] = colors[name];
        gl.uniform3f(pass.at(name), r / 255, g / 255, b / 255);
      }
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    dispose: () => {
      for (const texture of [...textures.values(), ...levels.map(({ texture: one }) => one)]) gl.deleteTexture(texture);
      if (previewTexture !== undefined) gl.deleteTexture(previewTexture);
      for (const { program } of programs) gl.deleteProgram(program);
      gl.deleteFramebuffer(framebuffer);
      gl.deleteVertexArray(vertices);
    },
  };
}

function nearest(gl: WebGL2RenderingContext, target: number): void {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}

/** @throws Error with the compiler's words: a fault of these programs, not of the data */
function compile(gl: WebGL2RenderingContext, fragment: string): Program {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(`The heat map's program cannot be linked: ${gl.getProgramInfoLog(program)}`);
  const known = new Map<string, WebGLUniformLocation | null>();
  const at = (name: string): WebGLUniformLocation | null => {
    if (!known.has(name)) known.set(name, gl.getUniformLocation(program, name));
    return known.get(name) ?? null;
  };
  return { program, at };
}
