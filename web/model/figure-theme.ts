/** The look of specified figures: the same quiet chrome as our own charts, read from the page's tokens so that it follows light and dark. */
import type { Config } from "vega-lite";

/** Vega-Lite's configuration from the page's tokens. @param token the value of a CSS custom property, such as `--ink-2` */
export function figureTheme(token: (name: string) => string): Config {
  const quiet = token("--ink-2");
  const line = token("--line-strong");
  return {
    background: "transparent",
    font: token("--font"),
    axis: {
      gridColor: token("--line"),
      domainColor: line,
      tickColor: line,
      labelColor: quiet,
      titleColor: quiet,
      titleFontWeight: 500,
    },
    legend: { labelColor: quiet, titleColor: quiet, titleFontWeight: 500 },
    title: { color: token("--ink"), fontWeight: 600, anchor: "start" },
    text: { color: token("--ink") },
    view: { stroke: null },
  };
}

/** A tooltip's value as lines of words: fields of an object one a line, nothing for an empty one. */
export function noteLines(value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value !== "object") return [String(value)];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, field]) =>
    field === null || field === undefined || field === "" ? [] : [`${name}: ${String(field)}`],
  );
}
