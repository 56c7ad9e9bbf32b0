import type { RunGraph as RunGraphData, RunNode } from "@artesian/server/api.ts";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { TableTwin } from "../model/csv.ts";
import { formatCount, formatProgress, formatRate } from "../model/format.ts";
import { type BoxSize, corner, edgePath, type GraphLayout, stepNode } from "../model/graph-layout.ts";
import { Skeleton } from "../ui/states.tsx";

const COLOR = { failed: "var(--fail)", running: "var(--run)", done: "var(--ok)", waiting: "var(--wait)" } as const;

/** The boxes of a graph as a table. */
export const graphTwin = (graph: RunGraphData): TableTwin => ({
  columns: [
    { key: "label", label: "node" },
    { key: "kind", label: "kind" },
    { key: "state", label: "state" },
    { key: "done", label: "done" },
    { key: "total", label: "expected" },
    { key: "failed", label: "failed" },
    { key: "cached", label: "from cache" },
    { key: "lag", label: "lag" },
    { key: "ratePerS", label: "rate", unit: "1/s" },
    { key: "oldestAgeMs", label: "oldest age", unit: "ms" },
  ],
  rows: graph.nodes.map((node) => ({ ...node, tasks: null })),
});

/** What stands at the right of the counts: failures before lag. */
function Outcome({ node, x, y }: { node: RunNode; x: number; y: number }) {
  if (node.failed > 0)
    return (
      <text x={x} y={y} textAnchor="end" style={{ fontSize: 11, fill: "var(--fail)" }}>
        ▲ {formatCount(node.failed)} failed
      </text>
    );
  if (node.state !== "running") return null;
  return (
    <text x={x} y={y} textAnchor="end" style={{ fontSize: 11, fill: "var(--ink-soft)" }}>
      lag {formatCount(node.lag)}
    </text>
  );
}

/** One box: what it is called, how many, how fast, what waits or failed. */
function NodeBox({ node, box, x, y }: { node: RunNode; box: BoxSize; x: number; y: number }) {
  const color = COLOR[node.state];
  const { width, height, narrow } = box;
  const inner = width - 22;
  const share = node.total ? Math.min(1, node.done / node.total) : node.state === "done" ? 1 : 0;
  const rate = formatRate(node.ratePerS);
  // About 6.6 px a letter at 12.5 px: a longer name is set smaller rather than cut.
  const room = narrow ? inner : inner - (rate === "" ? 0 : rate.length * 6 + 8);
  const nameSize = Math.max(9.5, Math.min(12.5, (room / Math.max(1, node.label.length)) * 1.86));
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect
        className="frame-rect"
        width={width}
        height={height}
        rx={7}
        fill="var(--surface)"
        stroke={node.state === "failed" ? "var(--fail)" : "var(--line-strong)"}
      />
      <rect width={3} height={height - 14} y={7} rx={1.5} fill={color} />
      <text x={12} y={20} style={{ fontSize: nameSize, fontWeight: 600 }}>
        {node.label}
      </text>
      <text x={12} y={narrow ? 37 : 40} style={{ fontSize: narrow ? 11.5 : 12, fill: "var(--ink-2)" }}>
        {formatProgress(node.done, node.total)}
      </text>
      {narrow ? (
        <text x={12} y={53} style={{ fontSize: 11, fill: "var(--ink-2)" }}>
          {rate}
        </text>
      ) : (
        <text x={width - 10} y={20} textAnchor="end" style={{ fontSize: 11, fill: "var(--ink-2)" }}>
          {rate}
        </text>
      )}
      <Outcome node={node} x={width - 10} y={narrow ? 53 : 40} />
      <rect x={12} y={height - 17} width={inner} height={5} rx={2.5} fill="var(--sunken)" />
      <rect x={12} y={height - 17} width={inner * share} height={5} rx={2.5} fill={color} />
    </g>
  );
}

/** The pipeline from left to right, one box a node and never one an image; a box opens its tasks. */
export function RunGraph(props: {
  graph: RunGraphData;
  hrefOf: (node: string) => string;
  selected?: string | undefined;
}) {
  const { graph } = props;
  const shape = JSON.stringify([graph.nodes.map((n) => n.id), graph.edges]);
  const [layout, setLayout] = useState<GraphLayout | undefined>();
  const box = useRef<SVGSVGElement>(null);
  useEffect(() => {
    let current = true;
    const [ids, edges] = JSON.parse(shape) as [string[], { from: string; to: string }[]];
    void import("./place-graph.ts").then(({ placeGraph }) => {
      if (current) setLayout(placeGraph(ids, edges));
    });
    return () => {
      current = false;
    };
  }, [shape]);
  if (!layout) return <Skeleton height={320} label="placing the graph" />;
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const onKeyDown = (event: KeyboardEvent<SVGSVGElement>): void => {
    if (!event.key.startsWith("Arrow")) return;
    const from = (event.target as Element).getAttribute("data-node");
    if (from === null) return;
    event.preventDefault();
    const to = stepNode(from, event.key, layout.nodes);
    box.current?.querySelector<SVGAElement>(`[data-node="${CSS.escape(to)}"]`)?.focus();
  };
  return (
    <div className="graph-box">
      {/* The drawing keeps its natural size: it scrolls rather than shrinks below reading size. */}
      <svg
        ref={box}
        data-export=""
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        style={{ width: "100%", minWidth: layout.width * 0.8, maxWidth: layout.width * 1.15 }}
        role="group"
        aria-label="graph of the run"
        onKeyDown={onKeyDown}
      >
        {layout.edges.map((edge) => {
          // Tables feed many nodes with what they look up; their edges step back behind the stream's.
          const lookup = nodes.get(edge.from)?.kind === "topic-table";
          return (
            <path
              key={`${edge.from}→${edge.to}`}
              d={edgePath(edge.points)}
              fill="none"
              stroke={lookup ? "var(--line)" : "var(--line-strong)"}
              strokeWidth={lookup ? 1.2 : 1.5}
              strokeDasharray={lookup ? "4 3" : undefined}
            />
          );
        })}
        {layout.nodes.map((place) => {
          const node = nodes.get(place.id);
          if (!node) return null;
          const { x, y } = corner(place, layout.box);
          return (
            <Link
              key={place.id}
              href={props.hrefOf(place.id)}
              data-node={place.id}
              aria-current={props.selected === place.id ? "true" : undefined}
            >
              <NodeBox node={node} box={layout.box} x={x} y={y} />
            </Link>
          );
        })}
      </svg>
    </div>
  );
}
