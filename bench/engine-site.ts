import { compile, type Plan, type Runtime } from "@artesian/engine";

export const channels = ["DNA", "ER", "RNA", "AGP", "Mito", "Golgi"];

/** One image → complete site → one task node: the seed's shape, 8 partitions. */
export function sitePlan(withTask: boolean): Plan {
  return compile({
    name: "bench",
    partitions: 8,
    graph: {
      images: { type: "topic-stream", "topic-name": "images", key: "{experiment}/{plate}/{well}/{site}" },
      metadata: { type: "topic-table", "topic-name": "metadata" },
      sites: {
        type: "stream-operation",
        inputs: ["images", "metadata"],
        function: {
          "group-complete": {
            by: ["experiment", "plate", "well", "site"],
            member: ["channel"],
            expect: { table: "metadata", key: "{experiment}", field: "channels" },
            collect: "images",
          },
        },
      },
      ...(withTask ? { features: { type: "external-task", stream: "sites", "task-name": "extract" } } : {}),
    },
  });
}

/** Sites that have been put out. */
export function complete(runtime: Runtime): number {
  return runtime.partitions("bench.sites").reduce((sum, { next }) => sum + next, 0);
}
