/**
 * The browser application of Artesian. The pages are built with Vite and served by the server; what is exported here is their pure
 * logic, which other rooms and tests may use: how numbers are written, how colours and axes map, how an address holds a view,
 * how live events make answers stale.
 */
export { cssColor, diverging, inkOn, viridis } from "./model/color.ts";
export { twinToCsv } from "./model/csv.ts";
export {
  formatAge,
  formatCount,
  formatDose,
  formatDuration,
  formatInterval,
  formatNumber,
  formatPercent,
  formatRate,
} from "./model/format.ts";
export { faultGlyph, faultLabel, roleGlyph, wellGlyph } from "./model/glyph.ts";
export { addStale, isStale, reduceLive } from "./model/live.ts";
export { neighbourWell, plateShape, stepWell, wellAt, wellPosition } from "./model/plate-layout.ts";
export { linearScale, logScale, logTicks, niceTicks, scaleBarUm } from "./model/scale.ts";
export { changeParams, parseParams } from "./model/url-state.ts";
