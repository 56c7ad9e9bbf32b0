import type { PointerEvent, ReactNode } from "react";
import { Link } from "wouter";

/**
 * A mark of a picture that leads somewhere. Not a stop of the Tab key: a picture may have hundreds of marks,
 * and its table twin holds the same rows for the keyboard.
 */
export function MarkLink(props: {
  href: string;
  words: string;
  onPoint: (event: PointerEvent<Element>, words: string) => void;
  onLeave: () => void;
  children: ReactNode;
}) {
  return (
    <Link
      href={props.href}
      tabIndex={-1}
      aria-label={props.words}
      onPointerEnter={(event: PointerEvent<Element>) => props.onPoint(event, props.words)}
      onPointerLeave={props.onLeave}
    >
      {props.children}
    </Link>
  );
}
