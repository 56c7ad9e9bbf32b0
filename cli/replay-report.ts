import type { OutputDifference, ShadowReport, TopicComparison } from "@artesian/engine";

const widest = 160;

/** A replay's report in words, a line each. */
export function reportLines(report: ShadowReport): string[] {
  const { dag, from, old, new: next, tasks, deadLetters, topics, behind, equal } = report;
  const lines = [
    `${dag} · old ${old.version} (${old.sha256.slice(0, 12)}) beside new ${next.version} (${next.sha256.slice(0, 12)}), replayed from ${from}`,
    `tasks: ${tasks.reused} answered by recorded results, ${tasks.ran} run, ${tasks.failed} failed, ${tasks.waiting} waiting`,
    `dead letters: ${deadLetters.old} old, ${deadLetters.new} new`,
  ];
  if (behind > 0) lines.push(`${behind} records came meanwhile and are not compared.`);
  for (const topic of topics) lines.push("", ...topicLines(topic));
  lines.push("", equal ? "All outputs are equal." : verdict(report));
  return lines;
}

function topicLines(topic: TopicComparison): string[] {
  const { equal, changed, onlyOld, onlyNew, earlier, changedFields, examples } = topic;
  const fields = Object.entries(changedFields)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([name, keys]) => `${name} in ${keys}`);
  return [
    `${topic.topic}: ${equal} equal, ${changed} changed, ${onlyOld} only old, ${onlyNew} only new${earlier > 0 ? `, ${earlier} older than the replay` : ""}`,
    ...(fields.length > 0 ? [`  fields that differ: ${fields.join(", ")}`] : []),
    ...examples.flatMap(exampleLines),
  ];
}

function exampleLines({ kind, key, old, new: next }: OutputDifference): string[] {
  const text = (value: unknown): string => {
    const whole = JSON.stringify(value);
    return whole.length > widest ? `${whole.slice(0, widest)}…` : whole;
  };
  return [
    `  ${kind.replace("-", " ")}: ${key}`,
    ...(old === undefined ? [] : [`    - ${text(old)}`]),
    ...(next === undefined ? [] : [`    + ${text(next)}`]),
  ];
}

function verdict({ topics, tasks, behind }: ShadowReport): string {
  const differ = topics.filter(({ changed, onlyOld, onlyNew }) => changed + onlyOld + onlyNew > 0);
  const reasons = [
    ...(differ.length > 0 ? [`outputs of ${differ.map(({ topic }) => topic).join(", ")} differ`] : []),
    ...(tasks.waiting > 0 ? [`${tasks.waiting} tasks wait for somebody to serve them`] : []),
    ...(behind > 0 ? ["the live version is ahead"] : []),
  ];
  return `Not equal: ${reasons.join("; ")}.`;
}
