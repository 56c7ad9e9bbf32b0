import { useKeyHints } from "./keys.ts";
import { Sheet } from "./sheet.tsx";
import { startTour } from "./tour.tsx";

/** The keys of the page that is open. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  const hints = useKeyHints();
  return (
    <Sheet label="Keys" onClose={onClose}>
      <div className="card">
        <div className="hd">
          <h2>Keys on this page</h2>
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
