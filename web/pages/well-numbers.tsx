import type { WellDetail } from "@artesian/server/api.ts";
import { formatNumber } from "../model/format.ts";
import { faultGlyph, faultLabel, GLYPH_CHARACTER } from "../model/glyph.ts";
import { defaultChannels } from "../model/site-address.ts";
import { list } from "../model/url-state.ts";
import { rowsAtAGlance } from "../model/well-numbers.ts";
import { useUrlState } from "../ui/use-url.ts";

/** The numbers of a well beside its pictures: one column a site, flags marked by their shape. */
export function WellNumbers({ well }: { well: WellDetail }) {
  const { params, change } = useUrlState();
  if (well.numbers.length === 0)
    return <p className="dim">No numbers yet: they come when the images of a site are in.</p>;
  const names = well.channels.map((channel) => channel.name);
  const all = params.numbers === "all";
  const channels = list(params, "channels")?.filter((name) => names.includes(name)) ?? defaultChannels(names);
  const rows = all ? well.numbers : rowsAtAGlance(well.numbers, { metric: params.metric, channels });
  return (
    <section className="scroll-x" aria-label="numbers by site">
      <table className="data">
        <caption className="visually-hidden">Numbers of well {well.well} by site</caption>
        <thead>
          <tr>
            <th scope="col">metric, site</th>
            {well.sites.map((site) => (
              <th key={site.site} scope="col" className="num">
                {site.site}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.metric}.${row.channel ?? ""}`}>
              <td>
                {row.label}
                {row.channel ? <span className="faint"> {row.channel}</span> : null}
                {row.unit ? <span className="faint"> ({row.unit})</span> : null}
              </td>
              {well.sites.map((site, index) => {
                const flag = row.flags[index] ?? null;
                return (
                  <td
                    key={site.site}
                    className={`num ${flag ? "warn-ink" : ""}`}
                    title={flag ? faultLabel(flag) : undefined}
                  >
                    {flag ? `${GLYPH_CHARACTER[faultGlyph(flag)]} ` : ""}
                    {formatNumber(row.values[index])}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        className="btn quiet"
        aria-expanded={all}
        onClick={() => change({ numbers: all ? null : "all" }, { replace: true })}
      >
        {all ? "fewer numbers" : `all ${well.numbers.length} numbers`}
      </button>
    </section>
  );
}
