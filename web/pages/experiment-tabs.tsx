import { path } from "../model/url-state.ts";
import { Tabs } from "../ui/parts.tsx";

/** The tabs of an experiment. */
export type ExperimentTab = "overview" | "plates" | "profiles" | "hits" | "edits" | "map";

/** The tabs of an experiment as links. */
export function ExperimentTabs({ experiment, current }: { experiment: string; current: ExperimentTab }) {
  const tabs: readonly [ExperimentTab, string, string][] = [
    ["overview", "Overview", path("experiments", experiment)],
    ["plates", "Plates", path("experiments", experiment, "plates")],
    ["profiles", "Profiles", path("experiments", experiment, "profiles")],
    ["hits", "Hits", path("experiments", experiment, "hits")],
    ["edits", "Edits", path("experiments", experiment, "edits")],
    ["map", "Map", path("experiments", experiment, "map")],
  ];
  return <Tabs label="experiment" tabs={tabs.map(([id, label, href]) => ({ label, href, current: id === current }))} />;
}
