import { expect, it } from "vitest";
import { compile } from "../compile.ts";
import { layoutOf } from "./layout.ts";

it.each([[{ executor: "cluster" }], [{ executor: "lease" }], [{ resources: { cpu: 2 } }]])(
  "a task that asks for %j, which Kafka's workers do not keep, is refused with its node's name",
  (more) => {
    const plan = compile({
      name: "t",
      graph: {
        wells: { type: "topic-stream", "topic-name": "wells" },
        ran: { type: "external-task", stream: "wells", "task-name": "ran", ...more },
      },
    });
    expect(() => layoutOf(plan)).toThrow(/"ran" cannot run on Kafka: .*(executor|resources)/);
  },
);
