import type { Table } from "@artesian/data";
import { cellText, writeCsv } from "@artesian/data";

/** A picture in a report, with the data behind it. */
export interface ReportFigure {
  kind: "figure";
  /** A whole SVG document or an image as a data URI. */
  svg?: string;
  imageUri?: string;
  /** What a person who cannot see the picture needs to know. */
  alt: string;
  caption: string;
  data?: Table;
  /** Names the CSV download, without ending. */
  name: string;
}

export interface ReportTable {
  kind: "table";
  caption: string;
  table: Table;
  name: string;
  /** Significant digits of numbers on the page (the CSV keeps all). Default 4. */
  digits?: number;
}

export interface ReportText {
  kind: "text";
  text: string;
}

export interface ReportSection {
  heading: string;
  blocks: (ReportFigure | ReportTable | ReportText)[];
}

export interface Report {
  title: string;
  /** The findings, one sentence each, on top. */
  summary: string[];
  sections: ReportSection[];
  /** "How this was made": run, inputs, parameters, code version. */
  provenance: Readonly<Record<string, string>>;
}

/**
 * One self-contained HTML page: no scripts, nothing loaded, every picture with its data as CSV and every number's origin at the
 * end. Follows the reader's light or dark setting and prints well.
 */
export function reportHtml(report: Report): string {
  const sections = report.sections
    .map(
      (section) =>
        `<section><h2>${escapeHtml(section.heading)}</h2>${section.blocks.map(blockHtml).join("\n")}</section>`,
    )
    .join("\n");
  const provenance = Object.entries(report.provenance)
    .map(
      ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td class="mono">${escapeHtml(value)}</td></tr>`,
    )
    .join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(report.title)}</title><style>${style}</style></head><body>
<header><h1>${escapeHtml(report.title)}</h1><ul class="summary">${report.summary.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul></header>
${sections}
<section><h2>How this was made</h2><table>${provenance}</table></section>
</body></html>
`;
}

function blockHtml(block: ReportFigure | ReportTable | ReportText): string {
  if (block.kind === "text") return `<p>${escapeHtml(block.text)}</p>`;
  if (block.kind === "table") {
    return `<figure><figcaption>${escapeHtml(block.caption)} ${csvLink(block.table, block.name)}</figcaption><div class="scroll">${tableHtml(block.table, block.digits ?? 4)}</div></figure>`;
  }
  const picture =
    block.svg === undefined
      ? `<img src="${escapeHtml(block.imageUri ?? "")}" alt="${escapeHtml(block.alt)}">`
      : `<div role="img" aria-label="${escapeHtml(block.alt)}">${block.svg.replace(/^<\?xml[^>]*\?>/, "")}</div>`;
  const link = block.data === undefined ? "" : csvLink(block.data, block.name);
  return `<figure>${picture}<figcaption>${escapeHtml(block.caption)} ${link}</figcaption></figure>`;
}

function csvLink(table: Table, name: string): string {
  const content = Buffer.from(writeCsv(table)).toString("base64");
  return `<a download="${escapeHtml(name)}.csv" href="data:text/csv;base64,${content}">CSV</a>`;
}

function tableHtml(table: Table, digits: number): string {
  const head = table.columns
    .map((column) => `<th scope="col"${column.kind === "number" ? ' class="num"' : ""}>${escapeHtml(column.name)}</th>`)
    .join("");
  const rows: string[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    const cells = table.columns.map((column) => {
      const text = cellText(column, row) ?? "";
      if (column.kind === "text") return `<td>${escapeHtml(text)}</td>`;
      return `<td class="num">${text === "" ? "" : shortNumber(Number(text), digits)}</td>`;
    });
    rows.push(`<tr>${cells.join("")}</tr>`);
  }
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** A number in few significant digits, without an exponent where a person would not write one. */
export function shortNumber(value: number, digits: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString("en");
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) return value.toExponential(digits - 1);
  return String(Number(value.toPrecision(digits)));
}

/** Text made safe to stand in HTML content and attribute values. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

const style = `
:root{color-scheme:light dark;--ink:#1a2129;--ink-2:#55606d;--bg:#f7f8fa;--surface:#fff;--line:#e2e6eb;--accent:#0b7285}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--ink-2:#a3afbb;--bg:#0f1419;--surface:#161c23;--line:#26303a;--accent:#3bc9db}}
body{font:14px/1.5 Inter,system-ui,sans-serif;color:var(--ink);background:var(--bg);max-width:1080px;margin:0 auto;padding:24px;font-variant-numeric:tabular-nums}
h1{font-size:22px}h2{font-size:16px;margin-top:28px}.summary li{margin:4px 0}
figure{background:var(--surface);border:1px solid var(--line);border-radius:8px;margin:12px 0;padding:12px}figcaption{color:var(--ink-2)}
figure svg,figure img{max-width:100%;height:auto}@media(prefers-color-scheme:dark){figure svg{background:#fff;border-radius:6px}}
.scroll{overflow:auto;max-height:480px}table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:500;color:var(--ink-2)}
th,td{padding:3px 10px;border-bottom:1px solid var(--line);vertical-align:top}.num{text-align:right}.mono{font-family:ui-monospace,monospace;overflow-wrap:anywhere}a{color:var(--accent)}
@media print{body{max-width:none;padding:0}.scroll{max-height:none}}
`;
