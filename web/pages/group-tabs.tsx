import { groupPath } from "../model/map-address.ts";
import { Tabs } from "../ui/parts.tsx";

const TABS = [
  { key: "map", label: "Map", page: "" },
  { key: "hypotheses", label: "Hypotheses", page: "/hypotheses" },
  { key: "health", label: "Benchmarks and health", page: "/health" },
  { key: "why", label: "Why is X missing?", page: "/why" },
] as const;

/** Pages of one group version. */
export function GroupTabs({ group, current }: { group: string; current: (typeof TABS)[number]["key"] }) {
  return (
    <Tabs
      label="pages of this group"
      tabs={TABS.map(({ key, label, page }) => ({ label, href: groupPath(group, page), current: key === current }))}
    />
  );
}
