import { useKeyHints } from "./keys.ts";
import { usePageHelp } from "./page.ts";
import { Sheet } from "./sheet.tsx";
import { startTour } from "./tour.tsx";

/** The keys of the page that is open. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  const hints = useKeyHints();
  const about = usePageHelp();
  return (
    <Sheet label="Keys" onClose={onClose}>
      <div className="card">
        <div className="hd">
          <h2>This page and its keys</h2>
          <button
            type="button"
            className="btn push"
            onClick={() => {
              onClose();
              startTour();
            }}
          >
            Start the guided tour
          </button>
        </div>
        <p className="bd about">{about}</p>
        <dl className="facts bd">
          {hints.map((hint) => (
            <div key={`${hint.key}${hint.label}`} style={{ display: "contents" }}>
              <dt>
                <kbd>{hint.key}</kbd>
              </dt>
              <dd>{hint.label}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Sheet>
  );
}
