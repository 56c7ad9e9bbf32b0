import { type ReactNode, useState } from "react";

/** A note over a picture, at a place of its box. */
export interface HoverNote {
  x: number;
  y: number;
  text: ReactNode;
}

/** A note that follows the pointer inside a picture. */
export function useNote(): {
  note: HoverNote | undefined;
  show: (
    event: { currentTarget: Element; target: EventTarget | null; clientX: number; clientY: number },
    text: ReactNode,
  ) => void;
  hide: () => void;
} {
  const [note, setNote] = useState<HoverNote | undefined>();
  return {
    note,
    show: (event, text) => {
      const box = event.currentTarget.closest(".with-note")?.getBoundingClientRect();
      if (!box) return;
      const x = Math.max(60, Math.min(box.width - 60, event.clientX - box.left));
      setNote({ x, y: event.clientY - box.top, text });
    },
    hide: () => setNote(undefined),
  };
}

/** Draws the note of useNote; its box carries the class `with-note`. */
export function Note({ note }: { note: HoverNote | undefined }) {
  if (!note) return null;
  return (
    <div className="hover-note" style={{ left: note.x, top: note.y }} aria-hidden="true">
      {note.text}
    </div>
  );
}
