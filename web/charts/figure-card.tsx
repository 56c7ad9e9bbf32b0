import { useSpec } from "../api/queries.ts";
import { Answer, Skeleton } from "../ui/states.tsx";
import { SpecFigure } from "./spec-figure.tsx";

/** A figure that the server has as specification and files. */
export interface FigureFiles {
  title: string;
  alt: string;
  /** Addresses; null when there is no such file. */
  spec: string | null;
  svg: string | null;
  png: string | null;
  csv: string | null;
  /** Why it could not be made. */
  problem?: { code: string; message: string } | null;
}

/** Everything that a figure can be taken as. */
export function FigureLinks({ figure }: { figure: Pick<FigureFiles, "spec" | "svg" | "png" | "csv"> | undefined }) {
  const files = [
    ["SVG", figure?.svg],
    ["PNG", figure?.png],
    ["CSV", figure?.csv],
    ["Vega-Lite", figure?.spec],
  ] as const;
  return files.map(([label, url]) =>
    url ? (
      <a key={label} className="btn quiet" href={url} download>
        {label}
      </a>
    ) : null,
  );
}

/** A figure drawn from its specification, with its files. */
export function FigureCard({ figure }: { figure: FigureFiles }) {
  const spec = useSpec(figure.spec);
  return (
    <section className="card" aria-label={figure.title}>
      <div className="hd">
        <h2>{figure.title}</h2>
        <span className="row push tools">
          <FigureLinks figure={figure} />
        </span>
      </div>
      <div className="bd">
        {figure.problem ? (
          <p className="warn-ink">
            <span className="mono">{figure.problem.code}</span> {figure.problem.message}
          </p>
        ) : (
          <Answer query={spec} skeleton={<Skeleton height={240} />}>
            {(found) => <SpecFigure spec={found} alt={figure.alt} />}
          </Answer>
        )}
      </div>
    </section>
  );
}
