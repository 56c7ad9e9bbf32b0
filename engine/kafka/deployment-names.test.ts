import fc from "fast-check";
import { expect, test } from "vitest";
import { topicOfPlan, topicOnKafka } from "./deployment-names.ts";

const inputs = new Set(["images", "metadata"]);

test("a prefix begins every name, a shadow all but those of inputs", () => {
  const names = { prefix: "lab-", shadow: "v2-", inputs };
  expect(["images", "screen.sites", "screen-changelog"].map((topic) => topicOnKafka(topic, names))).toEqual([
    "lab-images",
    "lab-v2-screen.sites",
    "lab-v2-screen-changelog",
  ]);
});

test("without either, names are the workflow's own", () => {
  expect(topicOnKafka("screen.sites", { inputs })).toBe("screen.sites");
});

test("every name on Kafka leads back to the workflow's", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  fc.assert(
    fc.property(name, name, fc.oneof(name, fc.constantFrom(...inputs)), (prefix, shadow, topic) => {
      const names = { prefix, shadow, inputs };
      fc.pre(!inputs.has(shadow + topic) || inputs.has(topic));
      expect(topicOfPlan(topicOnKafka(topic, names), names)).toBe(topic);
    }),
  );
});
