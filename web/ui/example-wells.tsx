import type { ExampleWell } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { formatDose } from "../model/format.ts";

/** A column of cells side by side: its heading and its picture. */
export interface ExampleColumn {
  title: string;
  well: ExampleWell;
}

/** What stands under a picture: the dose, or the name of what has none. */
export const exampleTitle = (well: ExampleWell, name: string): string =>
  well.doseUm === null ? name : formatDose(well.doseUm);

/** Pictures in the order of their doses. */
export const byDose = (wells: readonly ExampleWell[]): ExampleWell[] =>
  [...wells].sort((a, b) => (a.doseUm ?? 0) - (b.doseUm ?? 0));

/** Cells of different treatments side by side; each leads to its well. */
export function SideBySide({ columns, size = 360 }: { columns: readonly ExampleColumn[]; size?: number }) {
  return (
    <div className="side-by-side">
      {columns.map(({ title, well }) => (
        <figure key={`${title}${well.plate}${well.well}${well.site}`}>
          <Link href={well.href}>
            <img
              src={withSize(well.imageUrl, size)}
              alt={`cells of ${well.plate} ${well.well}, ${title}`}
              loading="lazy"
              decoding="async"
            />
          </Link>
          <figcaption>
            <b>{title}</b>
            <br />
            <span className="mono faint">
              {well.plate} {well.well}
            </span>
          </figcaption>
        </figure>
      ))}
    </div>
  );
}

/** Thumbnails are asked for in the size in which they are shown; stored objects have the size they have. */
function withSize(url: string, size: number): string {
  if (url.includes("/objects/") || url.includes("size=")) return url;
  return `${url}${url.includes("?") ? "&" : "?"}size=${size}`;
}
