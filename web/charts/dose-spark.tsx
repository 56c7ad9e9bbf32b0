import { formatFixed, formatNumber } from "../model/format.ts";

/** The cosine over rising doses; the line in the middle is 0. */
export function DoseSpark({ doses }: { doses: readonly { concentration: number; cosine: number }[] }) {
  const x = (k: number): number => 4 + (k / Math.max(1, doses.length - 1)) * 72;
  const y = (cosine: number): number => 10 - cosine * 9;
  return (
    <svg
      width={80}
      height={20}
      role="img"
      aria-label={doses.map((d) => `${formatNumber(d.concentration)} µM ${formatFixed(d.cosine, 2)}`).join(", ")}
    >
      <line className="gridline" x1={0} x2={80} y1={10} y2={10} />
      <polyline
        points={doses.map((d, k) => `${x(k)},${y(d.cosine)}`).join(" ")}
        fill="none"
        stroke="var(--accent)"
        strokeWidth={1.4}
      />
      {doses.map((d, k) => (
        <circle key={d.concentration} cx={x(k)} cy={y(d.cosine)} r={1.8} fill="var(--accent)" />
      ))}
    </svg>
  );
}
