import { useId } from "react";
import { type DivergingName, gradientStops } from "../model/color.ts";

/** A colour scale with its ends; what is clipped and where values are missing stands beside it. */
export function ColorLegend(props: {
  kind: "viridis" | DivergingName;
  low: string;
  high: string;
  note?: string;
  width?: number;
}) {
  const id = useId();
  const width = props.width ?? 190;
  return (
    <span className="row">
      <span className="mono dim">{props.low}</span>
      <svg width={width} height="12" role="img" aria-label={`colour scale from ${props.low} to ${props.high}`}>
        <defs>
          <linearGradient id={id}>
            {gradientStops(props.kind).map((stop) => (
              <stop key={stop.offset} offset={stop.offset} stopColor={stop.color} />
            ))}
          </linearGradient>
        </defs>
        <rect width={width} height="12" rx="3" fill={`url(#${id})`} />
      </svg>
      <span className="mono dim">{props.high}</span>
      {props.note ? <span className="faint">{props.note}</span> : null}
    </span>
  );
}
