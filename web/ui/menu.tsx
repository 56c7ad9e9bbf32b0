import { type ReactNode, useRef } from "react";

/** A few actions behind one button; Esc, a choice and a click elsewhere close it. */
export function Menu({ label, children }: { label: string; children: ReactNode }) {
  const box = useRef<HTMLDetailsElement>(null);
  const close = (): void => box.current?.removeAttribute("open");
  return (
    <details
      ref={box}
      className="menu"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !box.current?.open) return;
        event.stopPropagation();
        close();
        box.current.querySelector("summary")?.focus();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      }}
    >
      <summary className="btn quiet">{label} ▾</summary>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: buttons inside are what is pressed, by hand or by key */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a key on a button is a click too */}
      <div onClick={close}>{children}</div>
    </details>
  );
}
