import type { RunGraph as RunGraphData, RunNode } from "@artesian/server/api.ts";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { TableTwin } from "../model/csv.ts";
import { formatCount, formatProgress, formatRate } from "../model/format.ts";
import { corner, edgePath, type GraphLayout, NODE_HEIGHT, NODE_WIDTH, stepNode } from "../model/graph-layout.ts";
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

/** One box: what it is called, how many, how fast, what waits or failed. */
function NodeBox({ node, x, y }: { node: RunNode; x: number; y: number }) {
  const color = COLOR[node.state];
  const inner = NODE_WIDTH - 24;
  const share = node.total ? Math.min(1, node.done / node.total) : node.state === "done" ? 1 : 0;
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect
        className="frame-rect"
        width={NODE_WIDTH}
        height={NODE_HEIGHT}
        rx={7}
        fill="var(--surface)"
        stroke={node.state === "failed" ? "var(--fail)" : "var(--line-strong)"}
      />
      <rect width={3} height={NODE_HEIGHT - 14} y={7} rx={1.5} fill={color} />
      <text x={12} y={20} style={{ fontSize: 12.5, fontWeight: 600 }}>
        {node.label.length > 19 ? `${node.label.slice(0, 18)}…` : node.label}
      </text>
      {node.label.length <= 16 ? (
        <text x={NODE_WIDTH - 10} y={20} textAnchor="end" style={{ fontSize: 11, fill: "var(--ink-2)" }}>
          {formatRate(node.ratePerS)}
        </text>
      ) : null}
      <text x={12} y={40} style={{ fontSize: 12, fill: "var(--ink-2)" }}>
        {formatProgress(node.done, node.total)}
      </text>
      {node.failed > 0 ? (
        <text x={NODE_WIDTH - 10} y={40} textAnchor="end" style={{ fontSize: 11, fill: "var(--fail)" }}>
          ▲ {formatCount(node.failed)} failed
        </text>
      ) : node.state === "running" ? (
        <text x={NODE_WIDTH - 10} y={40} textAnchor="end" style={{ fontSize: 11, fill: "var(--ink-soft)" }}>
          lag {formatCount(node.lag)}
        </text>
      ) : null}
      <rect x={12} y={52} width={inner} height={5} rx={2.5} fill="var(--sunken)" />
      <rect x={12} y={52} width={inner * share} height={5} rx={2.5} fill={color} />
    </g>
  );
}

/** A node in words. */
const nodeWords = (node: RunNode): string =>
  [
    node.label,
    node.state,
    formatProgress(node.done, node.total),
    node.failed > 0 ? `${node.failed} failed` : "",
    node.lag > 0 ? `lag ${node.lag}` : "",
    formatRate(node.ratePerS),
  ]
    .filter((part) => part !== "")
    .join(", ");

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
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
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
        style={{ width: "100%", minWidth: Math.min(layout.width, layout.width * 0.72), maxWidth: layout.width * 1.15 }}
        role="group"
        aria-label="graph of the run"
        onKeyDown={onKeyDown}
      >
        {graph.edges.map((edge) => {
          const from = places.get(edge.from);
          const to = places.get(edge.to);
          return from && to ? (
            <path
              key={`${edge.from}→${edge.to}`}
              d={edgePath(from, to)}
              fill="none"
              stroke="var(--line-strong)"
              strokeWidth={1.5}
            />
          ) : null;
        })}
        {layout.nodes.map((place) => {
          const node = nodes.get(place.id);
          if (!node) return null;
          const { x, y } = corner(place);
          return (
            <Link
              key={place.id}
              href={props.hrefOf(place.id)}
              data-node={place.id}
              aria-label={nodeWords(node)}
              aria-current={props.selected === place.id ? "true" : undefined}
            >
              <title>{nodeWords(node)}</title>
              <NodeBox node={node} x={x} y={y} />
            </Link>
          );
        })}
      </svg>
    </div>
  );
}
