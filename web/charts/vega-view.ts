/** Vega itself, in a chunk of its own that a page loads with its first specified figure. */
import { type EventListenerHandler, logger, Error as OnlyErrors, parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { figureTheme } from "../model/figure-theme.ts";

/** Where the pointer is on a mark that has something to say; undefined when it left. */
export type OnHover = (hover: { clientX: number; clientY: number; value: unknown } | undefined) => void;

/**
 * Draws a Vega-Lite specification into an element as SVG. Its data stand inline; nothing is loaded, and no text is run as code
 * (vega-interpreter), so that the page's content policy stays closed.
 * @returns ends the drawing
 * @throws Error with Vega's words when the specification cannot be drawn
 */
export async function drawSpec(
  element: HTMLElement,
  specification: TopLevelSpec,
  onHover: OnHover,
): Promise<() => void> {
  const style = getComputedStyle(document.documentElement);
  const config = figureTheme((name) => style.getPropertyValue(name).trim());
  // The card that a figure stands in has its title already; what Vega-Lite only remarks is for those who write figures.
  const { title: _, ...untitled } = specification as TopLevelSpec & { title?: unknown };
  const { spec } = compile(untitled as TopLevelSpec, { config, logger: logger(OnlyErrors) });
  const view = new View(parse(spec, undefined, { ast: true }), {
    renderer: "svg",
    container: element,
    expr: expressionInterpreter,
    logLevel: OnlyErrors,
    loader: offline(),
    hover: true,
    tooltip: (_handler: unknown, event: MouseEvent, _item: unknown, value: unknown) =>
      onHover(
        value === null || value === undefined || value === ""
          ? undefined
          : { clientX: event.clientX, clientY: event.clientY, value },
      ),
  });
  const leave: EventListenerHandler = () => onHover(undefined);
  view.addEventListener("mouseout", leave);
  await view.runAsync();
  element.querySelector("svg")?.setAttribute("data-export", "");
  return () => {
    view.finalize();
    element.replaceChildren();
  };
}

function offline() {
  const refuse = (): Promise<never> => Promise.reject(new Error("figures take their data inline; loading is refused"));
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse, options: {}, fileAccess: false };
}
