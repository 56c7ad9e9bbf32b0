/** What every heat map of similarities lets a reader choose: order, palette, a pair to let go of. All of it is in the address. */
import type { DivergingName } from "../model/color.ts";
import type { MapOrder } from "../model/heatmap.ts";
import { choice, type Params } from "../model/url-state.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { useKeys } from "../ui/keys.ts";
import { useUrlState } from "../ui/use-url.ts";

export const heatOrder = (params: Params): MapOrder => choice(params, "order", ["clustered", "similarity", "given"]);
export const heatPalette = (params: Params): DivergingName => choice(params, "palette", ["red-blue", "orange-purple"]);

/** Keys of a heat map: another palette, no pair. */
export function useHeatKeys(): void {
  const { params, change } = useUrlState();
  useKeys({
    p: {
      label: "other palette (colour-blind safe)",
      run: () => change({ palette: heatPalette(params) === "red-blue" ? "orange-purple" : null }, { replace: true }),
    },
    Escape: { label: "let go of the pair", run: () => change({ row: null, column: null }) },
  });
}

/** @param focus what "by similarity" means, once it is known */
export function OrderChoice({ focus }: { focus: string | undefined }) {
  const { params, change } = useUrlState();
  return (
    <Segmented
      label="order"
      value={heatOrder(params)}
      options={[
        { value: "clustered", label: "clustered" },
        { value: "similarity", label: focus === undefined ? "by similarity" : `by similarity to ${focus}` },
        { value: "given", label: "as given" },
      ]}
      onChange={(value) => change({ order: value === "clustered" ? null : value }, { replace: true })}
    />
  );
}

export function PaletteChoice() {
  const { params, change } = useUrlState();
  return (
    <Select
      label="palette"
      hideLabel
      value={heatPalette(params)}
      options={[
        { value: "red-blue", label: "red / blue" },
        { value: "orange-purple", label: "orange / purple" },
      ]}
      onChange={(value) => change({ palette: value === "red-blue" ? null : value }, { replace: true })}
    />
  );
}
