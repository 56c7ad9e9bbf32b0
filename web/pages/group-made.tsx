import type { MapGroupDetail } from "@artesian/server/api.ts";
import { formatBytes, formatCount, formatMoment } from "../model/format.ts";
import { groupPath } from "../model/map-address.ts";
import { CopyId } from "../ui/copy.tsx";

/** Members at any depth as "align.kind = tvn". */
function settings(value: unknown, path = ""): [string, string][] {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return value === undefined ? [] : [[path, typeof value === "string" ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) => settings(member, path === "" ? name : `${path}.${name}`));
}

/** How a group version was made, and so every picture of it: inputs with digests, settings, what was left out, files. */
export function GroupMade({ detail, picture }: { detail: MapGroupDetail; picture?: string }) {
  const { manifest, by, versions } = detail;
  const version = versions.find((one) => one.version === by.version);
  const dropped = Object.entries(manifest.dropped);
  return (
    <dl className="facts bd made">
      {picture === undefined ? null : (
        <>
          <dt>how</dt>
          <dd>{picture}</dd>
        </>
      )}
      <dt>group version</dt>
      <dd>
        <CopyId id={`${by.id}@${by.version}`} /> · built {formatMoment(manifest.created)}
        {manifest.model === null ? "" : ` · features of ${manifest.model}`}
      </dd>
      <dt>inputs</dt>
      <dd>
        {manifest.inputs.length === 0
          ? "none recorded"
          : manifest.inputs.map(({ uri, sha256 }) => (
              <div key={`${uri}${sha256}`}>
                <span className="mono">{uri}</span> <CopyId id={sha256} shown={sha256.slice(0, 10)} />
              </div>
            ))}
      </dd>
      <dt>units</dt>
      <dd>
        {formatCount(manifest.units)} used
        {dropped.map(([reason, units]) => ` · ${formatCount(units)} left out: ${reason}`)}
      </dd>
      <dt>transformation</dt>
      <dd>
        {settings(manifest.transformation)
          .map(([name, value]) => `${name} = ${value}`)
          .join(", ") || "none"}
      </dd>
      <dt>settings</dt>
      <dd className="wrap">
        {settings(manifest.recipe)
          .map(([name, value]) => `${name} = ${value}`)
          .join(", ")}
      </dd>
      {manifest.parents.length === 0 ? null : (
        <>
          <dt>made from</dt>
          <dd>
            {manifest.parents.map((parent) => (
              <a key={parent} className="link mono" href={groupPath(parent)}>
                {parent}
              </a>
            ))}
          </dd>
        </>
      )}
      {version === undefined || version.forced.length === 0 ? null : (
        <>
          <dt>published</dt>
          <dd className="warn-ink">although {version.forced.join("; ")}</dd>
        </>
      )}
      <dt>files</dt>
      <dd>
        {Object.entries(manifest.files).map(([name, { sizeBytes, sha256 }]) => (
          <span key={name} className="file">
            <span className="mono">{name}</span> {formatBytes(sizeBytes)}{" "}
            <CopyId id={sha256} shown={sha256.slice(0, 8)} />{" "}
          </span>
        ))}
      </dd>
    </dl>
  );
}
