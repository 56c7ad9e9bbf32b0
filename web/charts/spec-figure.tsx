import { useEffect, useRef, useState } from "react";
import type { TopLevelSpec } from "vega-lite";
import { noteLines } from "../model/figure-theme.ts";
import { Skeleton } from "../ui/states.tsx";
import { useTheme } from "../ui/theme.ts";
import { Note, useNote } from "./note.tsx";

/**
 * A figure drawn from its Vega-Lite specification, the same that made its SVG and PNG: it answers to the pointer and follows the
 * page's light and dark.
 */
export function SpecFigure(props: { spec: object; alt: string }) {
  const theme = useTheme();
  return <Drawing key={theme} {...props} />;
}

/** Colours are read when it is drawn: another theme is another drawing. */
function Drawing({ spec, alt }: { spec: object; alt: string }) {
  const box = useRef<HTMLDivElement>(null);
  const { note, show, hide } = useNote();
  const [state, setState] = useState<"loading" | "drawn" | { problem: string }>("loading");
  const hover = useRef({ show, hide });
  hover.current = { show, hide };
  useEffect(() => {
    let gone = false;
    let end: (() => void) | undefined;
    const draw = async (): Promise<void> => {
      const { drawSpec } = await import("./vega-view.ts");
      const element = box.current;
      if (gone || element === null) return;
      const stop = await drawSpec(element, structuredClone(spec) as TopLevelSpec, (at) => {
        if (at === undefined) return hover.current.hide();
        const text = noteLines(at.value).map((line) => <div key={line}>{line}</div>);
        hover.current.show({ currentTarget: element, target: element, ...at }, text);
      });
      if (gone) stop();
      else {
        end = stop;
        setState("drawn");
      }
    };
    draw().catch((error: unknown) => {
      if (!gone) setState({ problem: error instanceof Error ? error.message : String(error) });
    });
    return () => {
      gone = true;
      end?.();
    };
  }, [spec]);
  return (
    <div className="with-note">
      {state === "loading" ? <Skeleton height={240} /> : null}
      {typeof state === "object" ? <p className="warn-ink">This figure cannot be drawn here: {state.problem}</p> : null}
      <div ref={box} className="spec-figure" role="img" aria-label={alt} />
      <Note note={note} />
    </div>
  );
}
