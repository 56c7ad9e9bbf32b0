import { useState } from "react";

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function useCopy(text: string): { state: "idle" | "copied" | "refused"; copy: () => void } {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  return {
    state,
    copy: () => {
      void copyText(text).then((done) => {
        setState(done ? "copied" : "refused");
        setTimeout(() => setState("idle"), 1500);
      });
    },
  };
}

/** An identity in monospace; a click copies all of it, however short it is shown. */
export function CopyId({ id, label, shown }: { id: string; label?: string; shown?: string }) {
  const { state, copy } = useCopy(id);
  return (
    <button type="button" className="copy" title={`copy ${id}`} onClick={copy}>
      {state === "copied" ? "copied" : state === "refused" ? id : `${label ? `${label} ` : ""}${shown ?? id}`}
    </button>
  );
}

/** A command to run in a terminal, with a copy button. */
export function Command({ text }: { text: string }) {
  const { state, copy } = useCopy(text);
  return (
    <div className="code">
      <code>{text}</code>
      <button type="button" className="btn" onClick={copy} aria-label={`copy ${text}`}>
        {state === "copied" ? "copied" : state === "refused" ? "select and copy" : "copy"}
      </button>
    </div>
  );
}
