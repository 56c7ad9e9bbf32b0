import type { HypothesisCard } from "./hypothesis-card.ts";

/** One table of a card: a title, a header and rows of text. */
interface CardTable {
  title: string;
  header: string[];
  rows: string[][];
}

const number = (value: number): string => value.toFixed(3);
const percent = (value: number): string => `${value.toFixed(1)} %`;

/** Who kept a card, when and why. */
export interface CardKeeping {
  by: string;
  /** ISO 8601. */
  at: string;
  note: string;
  withdrawn?: { by: string; at: string } | null;
}

/** A card as Markdown, for a notebook, an issue or a paper's supplement. */
export function cardMarkdown(card: HypothesisCard, kept?: CardKeeping): string {
  const cell = (text: string): string => text.replace(/([\\|*_`<>[\]])/g, "\\$1").replace(/\s+/g, " ");
  const tables = tablesOf(card).map(({ title, header, rows }) =>
    [
      `## ${cell(title)}`,
      "",
      `| ${header.map(cell).join(" | ")} |`,
      `|${header.map(() => "---").join("|")}|`,
      ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
    ].join("\n"),
  );
  const caveats = card.caveats.map((caveat) => `- ${cell(caveat)}`).join("\n");
  const keeping =
    kept === undefined ? [] : [...(kept.note === "" ? [] : [`> ${cell(kept.note)}`]), cell(keptWords(kept))];
  return `${[
    `# ${cell(card.statement)}`,
    ...keeping,
    cell(leadOf(card)),
    ...tables,
    caveats && `## Caveats\n\n${caveats}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

/** A card as a page of its own, without scripts or anything to load; light or dark as its reader's system is, and light on paper. */
export function cardHtml(card: HypothesisCard, kept?: CardKeeping): string {
  const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const cell = (text: string): string => text.replace(/[&<>"]/g, (sign) => signs[sign]!);
  const tables = tablesOf(card).map(
    ({ title, header, rows }) =>
      `<h2>${cell(title)}</h2>\n<table>\n<thead><tr>${header.map((text) => `<th scope="col">${cell(text)}</th>`).join("")}</tr></thead>\n<tbody>\n${rows
        .map((row) => `<tr>${row.map((text) => `<td>${cell(text)}</td>`).join("")}</tr>`)
        .join("\n")}\n</tbody>\n</table>`,
  );
  const keeping =
    kept === undefined
      ? ""
      : `${kept.note === "" ? "" : `<blockquote>${cell(kept.note)}</blockquote>\n`}<p class="quiet">${cell(keptWords(kept))}</p>\n`;
  const caveats =
    card.caveats.length === 0
      ? []
      : [`<h2>Caveats</h2>\n<ul>\n${card.caveats.map((caveat) => `<li>${cell(caveat)}</li>`).join("\n")}\n</ul>`];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${cell(card.statement)}</title>
<style>
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1a2129; --quiet: #55606d; --line: #c9d0d8; }
@media (prefers-color-scheme: dark) { :root { --paper: #161c23; --ink: #e6ebf0; --quiet: #a3afbb; --line: #384552; } }
@media print { :root { --paper: #ffffff; --ink: #1a2129; --quiet: #55606d; --line: #c9d0d8; } }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink); }
blockquote { margin: 0 0 1rem; padding-left: 1rem; border-left: 3px solid var(--line); }
.quiet { color: var(--quiet); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.75rem; text-align: left; }
</style>
</head>
<body>
<h1>${cell(card.statement)}</h1>
${keeping}<p>${cell(leadOf(card))}</p>
${[...tables, ...caveats].join("\n")}
</body>
</html>
`;
}

function keptWords({ by, at, withdrawn }: CardKeeping): string {
  const taken = withdrawn ? `; withdrawn by ${withdrawn.by} on ${withdrawn.at.slice(0, 10)}` : "";
  return `Kept by ${by} on ${at.slice(0, 10)}${taken}.`;
}

function leadOf({ group, cosine, percentile, known }: HypothesisCard): string {
  const sources = [...new Set(known.map(({ source }) => source))];
  const published = sources.length === 0 ? "No published relation is known." : `Known from ${sources.join(", ")}.`;
  return `Cosine ${number(cosine)}, percentile ${percentile.toFixed(1)} of all pairs of ${group}. ${published}`;
}

function tablesOf(card: HypothesisCard): CardTable[] {
  const tables: CardTable[] = [
    {
      title: "Trust",
      header: ["perturbation", "verdict"],
      rows: card.ends.map(({ label, trust }) => [label, trust.sentence]),
    },
  ];
  for (const { symbol, doses, trend } of card.ends) {
    if (doses.length === 0) continue;
    const said = trend === null ? "" : `, tau ${trend.tau.toFixed(2)}, p ${trend.p.toPrecision(2)}`;
    tables.push({
      title: `Doses of ${symbol}${said}`,
      header: ["dose (µM)", "cosine", "percentile", "strength"],
      rows: doses.map((dose) => [
        String(dose.concentration),
        number(dose.cosine),
        percent(dose.percentile),
        number(dose.strength),
      ]),
    });
  }
  if (card.experiments !== null && card.experiments.length > 0) {
    tables.push({
      title: "Experiments",
      header: ["experiment", "cosine", "percentile"],
      rows: card.experiments.map(({ experiment, cosine, percentile }) => [
        experiment,
        number(cosine),
        percent(percentile),
      ]),
    });
  }
  if (card.known.length > 0) {
    tables.push({
      title: "Published",
      header: ["source", "reference", "relation"],
      rows: card.known.map(({ a, b, source, reference }) => [source, reference ?? "", `${a} – ${b}`]),
    });
  }
  if (card.sharedSets.length > 0)
    tables.push({ title: "Shared gene sets", header: ["set"], rows: card.sharedSets.map((name) => [name]) });
  return tables;
}
