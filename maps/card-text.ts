import type { HypothesisCard } from "./hypothesis-card.ts";

/** One table of a card: a title, a header and rows of text. */
interface CardTable {
  title: string;
  header: string[];
  rows: string[][];
}

const number = (value: number): string => value.toFixed(3);
const percent = (value: number): string => `${value.toFixed(1)} %`;

/** A card as Markdown, for a notebook, an issue or a paper's supplement. */
export function cardMarkdown(card: HypothesisCard): string {
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
  return `${[`# ${cell(card.statement)}`, cell(leadOf(card)), ...tables, caveats && `## Caveats\n\n${caveats}`]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

/** A card as a page of its own, without scripts or anything to load. */
export function cardHtml(card: HypothesisCard): string {
  const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const cell = (text: string): string => text.replace(/[&<>"]/g, (sign) => signs[sign]!);
  const tables = tablesOf(card).map(
    ({ title, header, rows }) =>
      `<h2>${cell(title)}</h2>\n<table>\n<thead><tr>${header.map((text) => `<th scope="col">${cell(text)}</th>`).join("")}</tr></thead>\n<tbody>\n${rows
        .map((row) => `<tr>${row.map((text) => `<td>${cell(text)}</td>`).join("")}</tr>`)
        .join("\n")}\n</tbody>\n</table>`,
  );
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
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 0.75rem; text-align: left; }
</style>
</head>
<body>
<h1>${cell(card.statement)}</h1>
<p>${cell(leadOf(card))}</p>
${[...tables, ...caveats].join("\n")}
</body>
</html>
`;
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
