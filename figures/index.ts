/** Vega-Lite specifications to SVG, and self-contained HTML reports. */
export { FigureError } from "./errors.ts";
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
