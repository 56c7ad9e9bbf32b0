import { useQueryClient } from "@tanstack/react-query";
import { address, send } from "../api/client.ts";
import { useMapStatus } from "../api/map-queries.ts";
import { toast } from "../ui/toast.tsx";

/** What people should know while they look at maps: a bucket or Redis out of reach, an older version shown. */
export function MapBanner() {
  const status = useMapStatus();
  const client = useQueryClient();
  const { banner, problems } = status.data ?? { banner: null, problems: [] };
  if (banner === null) return null;
  const again = async (): Promise<void> => {
    const { changed } = await send<{ changed: boolean }>(address("/maps/cache/refresh"));
    await client.invalidateQueries({ queryKey: ["groups", ""] });
    toast(changed ? "The catalogue changed" : "Looked again: no change");
  };
  return (
    <div className="stale row" role="status">
      <span>{banner}</span>
      <button
        type="button"
        className="btn quiet"
        onClick={() =>
          void again().catch((error: unknown) => toast(error instanceof Error ? error.message : "No answer"))
        }
      >
        Look again
      </button>
      {problems.length > 1 ? (
        <details className="faint">
          <summary>{problems.length} problems</summary>
          <ul>
            {problems.map(({ part, message }) => (
              <li key={`${part}${message}`}>{message}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
