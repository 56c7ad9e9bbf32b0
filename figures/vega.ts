import { parse, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { FigureError } from "./errors.ts";

/** The look that every figure shares: quiet chrome, colour for data, system fonts so that a figure needs no download. */
const theme: Config = {
  background: "transparent",
  font: "Inter, system-ui, sans-serif",
  axis: {
    gridColor: "#e2e6eb",
    domainColor: "#c9d0d8",
    tickColor: "#c9d0d8",
    labelColor: "#55606d",
    titleColor: "#55606d",
    titleFontWeight: 500,
  },
  legend: { labelColor: "#55606d", titleColor: "#55606d", titleFontWeight: 500 },
  title: { color: "#1a2129", fontWeight: 600, anchor: "start" },
  view: { stroke: null },
  range: { category: ["#0b7285", "#e8590c", "#5f3dc4", "#2b8a3e", "#c2255c", "#b08900", "#1864ab", "#868e96"] },
};

/**
 * Draws a Vega-Lite specification (https://vega.github.io/vega-lite/) as an SVG document, without a browser.
 * @param specification with its data inline: nothing is loaded over the network or from files
 * @returns the same text on every call, whatever was drawn before
 * @throws FigureError (figures/specification) naming what Vega-Lite or Vega refused
 * @example await drawSvg({ data: { values: [{ x: 1, y: 2 }] }, mark: "point", encoding: { x: { field: "x" }, y: { field: "y" } } })
 */
export async function drawSvg(specification: TopLevelSpec): Promise<string> {
  const problems: string[] = [];
  const collect = (...messages: readonly unknown[]): void => {
    problems.push(messages.map(String).join(" "));
  };
  const logger = quietLogger(collect);
  let view: View | undefined;
  try {
    const { spec } = compile(specification, { config: theme, logger });
    view = new View(parse(spec), { renderer: "none", loader: offline() });
    return numberedIds(await view.toSVG());
  } catch (error) {
    throw new FigureError([...problems, error instanceof Error ? error.message : String(error)].join("; "));
  } finally {
    view?.finalize();
  }
}

/** Vega counts the gradients and clips of a process; here those of a picture are counted, in the order in which they appear. */
function numberedIds(svg: string): string {
  const numbers = new Map<string, string>();
  return svg.replace(/(id="|url\(#)(gradient_|clip)\d+(?=[")])/g, (found, before: string, kind: string) => {
    const name = found.slice(before.length);
    const number = numbers.get(name) ?? `${kind}${numbers.size}`;
    numbers.set(name, number);
    return `${before}${number}`;
  });
}

function quietLogger(onError: (...messages: readonly unknown[]) => void) {
  const logger = {
    level: () => logger,
    error: (...messages: readonly unknown[]) => {
      onError(...messages);
      return logger;
    },
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger as never;
}

function offline() {
  const refuse = (): Promise<never> => Promise.reject(new Error("figures take their data inline; loading is refused"));
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse } as never;
}
