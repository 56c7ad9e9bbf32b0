import { createElement, useEffect, useState } from "react";
import { formatFixed } from "../model/format.ts";
import { Skeleton } from "../ui/states.tsx";
import type { Structure } from "./molecule.ts";

/** A compound's structure from its SMILES, with formula and mass. */
export function StructureDrawing({ smiles, name }: { smiles: string; name: string }) {
  const [state, setState] = useState<Structure | "loading" | { problem: string }>("loading");
  useEffect(() => {
    let gone = false;
    setState("loading");
    import("./molecule.ts")
      .then(({ structureOf }) => structureOf(smiles))
      .then(
        (structure) => !gone && setState(structure),
        (error: unknown) => !gone && setState({ problem: error instanceof Error ? error.message : String(error) }),
      );
    return () => {
      gone = true;
    };
  }, [smiles]);
  if (state === "loading") return <Skeleton height={150} label={`structure of ${name}`} />;
  if ("problem" in state) return <p className="warn-ink">Its SMILES cannot be drawn: {state.problem}</p>;
  const { box, shapes, formula, mass } = state;
  return (
    <figure className="structure">
      <svg
        viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
        width={box.width}
        height={box.height}
        role="img"
        aria-label={`structure of ${name}, ${formula}`}
        data-export=""
      >
        {shapes.map(({ kind, attributes, text }, k) =>
          createElement(kind, { ...attributes, key: k }, ...(text === "" ? [] : [text])),
        )}
      </svg>
      <figcaption className="dim">
        {formula} · {formatFixed(mass, 1)} g/mol
      </figcaption>
    </figure>
  );
}
