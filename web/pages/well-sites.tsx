import type { WellDetail } from "@artesian/server/api.ts";
import { SiteView } from "../charts/site-view.tsx";
import { defaultChannels } from "../model/site-address.ts";
import { list, toggleMember } from "../model/url-state.ts";
import { parseView, viewText, WHOLE, zoomAt } from "../model/view-box.ts";
import { useKeys } from "../ui/keys.ts";
import { useUrlState } from "../ui/use-url.ts";

/** The sites of a well: mixed channels, or every channel on its own; pan and zoom are linked. */
export function WellSites({ well }: { well: WellDetail }) {
  const { params, change } = useUrlState();
  const names = well.channels.map((channel) => channel.name);
  const on = list(params, "channels")?.filter((name) => names.includes(name)) ?? defaultChannels(names);
  const outlines = params.outlines === "1";
  const auto = params.contrast === "auto";
  const split = params.split === "1";
  const view = parseView(params.view);
  const set = (patch: Record<string, string | null>): void => change(patch, { replace: true });
  const toggle = (name: string): void => set({ channels: toggleMember(on, name, names).join(",") || "none" });
  const toggleFlag = (name: string, now: boolean, value: string): void => set({ [name]: now ? null : value });
  const setView = (next: typeof view): void => set({ view: viewText(next) ?? null });

  useKeys({
    ...Object.fromEntries(
      names
        .slice(0, 9)
        .map((name, index) => [String(index + 1), { label: `channel ${name} on or off`, run: () => toggle(name) }]),
    ),
    o: { label: "outlines on or off", run: () => toggleFlag("outlines", outlines, "1") },
    a: { label: "contrast: automatic or shared by the plate", run: () => toggleFlag("contrast", auto, "auto") },
    s: { label: "channels mixed or side by side", run: () => toggleFlag("split", split, "1") },
    "+": { label: "zoom in", run: () => setView(zoomAt(view, 1.5, 0.5, 0.5)) },
    "-": { label: "zoom out", run: () => setView(zoomAt(view, 1 / 1.5, 0.5, 0.5)) },
    "0": { label: "whole image", run: () => setView(WHOLE) },
  });
  const settings = { windows: auto ? undefined : well.windows, outlines, view, pixelSizeUm: well.pixelSizeUm };
  const siteTag = (site: number): string => `site ${site}`;
  return (
    <>
      {split ? (
        <div
          className="sites"
          style={{ gridTemplateColumns: `repeat(${Math.max(2, well.sites.length)}, minmax(0, 1fr))` }}
        >
          {well.channels.flatMap((channel) =>
            well.sites.map((site) => (
              <SiteView
                key={`${site.site}.${channel.name}`}
                site={site}
                channels={[channel]}
                settings={{ ...settings, channels: [channel.name] }}
                tag={`${channel.name} · ${siteTag(site.site)}`}
                onView={setView}
              />
            )),
          )}
        </div>
      ) : (
        <div className="sites">
          {well.sites.map((site) => (
            <SiteView
              key={site.site}
              site={site}
              channels={well.channels}
              settings={{ ...settings, channels: on }}
              tag={siteTag(site.site)}
              onView={setView}
            />
          ))}
        </div>
      )}
      <div className="row" style={{ gap: 4 }}>
        {well.channels.map((channel, index) => (
          <button
            key={channel.name}
            type="button"
            className="chip"
            aria-pressed={on.includes(channel.name)}
            onClick={() => toggle(channel.name)}
          >
            <i className="swatch" style={{ background: `var(--ch-${channel.colour})` }} />
            {channel.name} <span className="key">{index + 1}</span>
          </button>
        ))}
        <button
          type="button"
          className="chip"
          aria-pressed={outlines}
          onClick={() => toggleFlag("outlines", outlines, "1")}
        >
          outlines <span className="key">o</span>
        </button>
        <button type="button" className="chip" aria-pressed={auto} onClick={() => toggleFlag("contrast", auto, "auto")}>
          auto contrast <span className="key">a</span>
        </button>
        <button type="button" className="chip" aria-pressed={split} onClick={() => toggleFlag("split", split, "1")}>
          side by side <span className="key">s</span>
        </button>
      </div>
    </>
  );
}
