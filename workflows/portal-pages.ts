import { escapeHtml } from "@artesian/figures";
import type { PortalEntry, ProjectIndex, ProjectStatus, PublishedMatrix } from "./expression.schemas.ts";

const style = `:root{color-scheme:light dark;--ink:light-dark(#1a2129,#e6e9ec);--quiet:light-dark(#5c6670,#9aa4ae);--line:light-dark(#d8dee3,#39424b);--bad:light-dark(#b3261e,#ff8a80)}
body{font:14px/1.45 system-ui,sans-serif;color:var(--ink);max-width:1100px;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}code{font-size:12px}.quiet{color:var(--quiet)}.bad{color:var(--bad)}
figure{margin:1.5rem 0}figure img{max-width:100%;background:#fff}figcaption{color:var(--quiet)}`;

const words: Record<ProjectStatus, string> = {
  done: "✓ done",
  partial: "◐ in part",
  failed: "✗ failed",
  skipped: "– skipped",
  empty: "○ no matrix",
};

/** The page of a portal: every project with its status, what is skipped and why, what failed and why. Equal entries, equal bytes. */
export function portalHtml(projects: readonly PortalEntry[]): string {
  const count = (status: ProjectStatus): number => projects.filter((one) => one.status === status).length;
  const summary = (Object.keys(words) as ProjectStatus[])
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${words[status].slice(2)}`)
    .join(" · ");
  const rows = projects.map((one) => {
    const why =
      one.skip === null
        ? one.problem === null
          ? ""
          : `<span class="bad">${escapeHtml(one.problem.message)}</span> <code>${escapeHtml(one.problem.code)}</code>`
        : `${escapeHtml(one.skip.reason)}${one.skip.owner === null ? "" : ` <span class="quiet">(${escapeHtml(one.skip.owner)})</span>`}`;
    const name = `<a href="${encodeURIComponent(one.project)}/index.html">${escapeHtml(one.title ?? one.project)}</a>`;
    return `<tr><td>${name}${one.title === null ? "" : `<br><code>${escapeHtml(one.project)}</code>`}</td><td>${words[one.status]}</td>${numbers(one.matrices, one.cells, one.cellsKept, one.figures)}<td><code>${escapeHtml(one.contentDigest?.slice(0, 12) ?? "")}</code></td><td>${why}</td></tr>`;
  });
  return page(
    "Expression summaries",
    `<h1>Expression summaries</h1><p>${projects.length === 1 ? "One project" : `${projects.length} projects`}${summary === "" ? "" : `: ${summary}`}. The same as data: <a href="index.json">index.json</a>.</p>
<table><thead><tr><th>Project</th><th>Status</th><th class="n">Matrices</th><th class="n">Cells</th><th class="n">Cells kept</th><th class="n">Figures</th><th>Content</th><th>Why</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table>`,
  );
}

/** The page of a project: its matrices, their figures with text for those who do not see them, and every file to download. */
export function projectHtml(index: Omit<ProjectIndex, "files">): string {
  const title = index.title ?? index.project;
  const parts = [
    `<p><a href="../index.html">All projects</a></p><h1>${escapeHtml(title)}</h1><p>${words[index.status]}</p>`,
  ];
  if (index.skip !== null)
    parts.push(
      `<p>Skipped: ${escapeHtml(index.skip.reason)}${index.skip.owner === null ? "" : ` (${escapeHtml(index.skip.owner)})`}.</p>`,
    );
  if (index.problem !== null) parts.push(trouble(index.problem));
  for (const matrix of index.matrices) parts.push(matrixHtml(matrix));
  if (index.leftovers.length > 0)
    parts.push(
      `<h2>Other files</h2><ul>${index.leftovers.map(({ key, message }) => `<li><code>${escapeHtml(key)}</code>: ${escapeHtml(message)}</li>`).join("")}</ul>`,
    );
  return page(title, parts.join("\n"));
}

function matrixHtml(matrix: PublishedMatrix): string {
  const facts = [
    matrix.cells === null ? "" : `${count(matrix.cells)} cells, ${count(matrix.cellsKept)} kept`,
    matrix.genes === null ? "" : `${count(matrix.genes)} genes`,
    matrix.entries === null ? "" : `${count(matrix.entries)} entries`,
    matrix.format ?? "",
  ].filter((fact) => fact !== "");
  const parts = [`<h2>${escapeHtml(matrix.matrix)}</h2><p>${escapeHtml(facts.join(" · "))}</p>`];
  if (matrix.problem !== null) parts.push(trouble(matrix.problem));
  if (matrix.figuresOf !== null)
    parts.push(
      `<p class="bad">The figures are of an earlier content of this matrix, <code>${escapeHtml(matrix.figuresOf.slice(0, 12))}</code>.</p>`,
    );
  if (matrix.warnings.length > 0)
    parts.push(`<ul>${matrix.warnings.map(({ message }) => `<li>${escapeHtml(message)}</li>`).join("")}</ul>`);
  for (const split of matrix.splits) {
    const folder = encodeURIComponent(split.folder);
    if (split.column !== null)
      parts.push(
        `<h3>${escapeHtml(split.column)}: ${escapeHtml(split.value ?? "")}</h3><p>${count(split.cells)} cells, ${count(split.cellsKept)} kept</p>`,
      );
    for (const figure of split.figures) {
      const link = (ending: string): string => `${folder}/${encodeURIComponent(figure.id)}.${ending}`;
      const picture = figure.files.includes("svg")
        ? `<img src="${link("svg")}" alt="${escapeHtml(figure.alt)}" loading="lazy">`
        : `<p>${escapeHtml(figure.alt)}</p>`;
      const links = figure.files.map((ending) => `<a href="${link(ending)}">${ending}</a>`).join(" · ");
      parts.push(
        `<figure>${picture}<figcaption>${escapeHtml(figure.title)} (${links})</figcaption>${figure.problem === null ? "" : trouble(figure.problem)}</figure>`,
      );
    }
  }
  return parts.join("\n");
}

function trouble({ code, message }: { code: string; message: string }): string {
  return `<p class="bad">${escapeHtml(message)} <code>${escapeHtml(code)}</code></p>`;
}

function numbers(...values: (number | null)[]): string {
  return values.map((value) => `<td class="n">${count(value)}</td>`).join("");
}

function count(value: number | null): string {
  return value === null ? "" : value.toLocaleString("en");
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style></head><body>
${body}
</body></html>
`;
}
