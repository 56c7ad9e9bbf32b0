/** Vega-Lite specifications to SVG and PNG, and self-contained HTML reports. */
export { FigureError, PictureError } from "./errors.ts";
export { drawPng, type PngOptions } from "./png.ts";
export {
  escapeHtml,
  type Report,
  type ReportFigure,
  type ReportSection,
  type ReportTable,
  type ReportText,
  reportHtml,
  shortNumber,
} from "./report.ts";
export { drawSvg } from "./vega.ts";
