import type { ReactNode } from "react";
import { Link } from "wouter";

/** A surface with a heading line. */
export function Card(props: {
  title?: string;
  aside?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  label?: string;
  tour?: string;
}) {
  return (
    <section className="card" aria-label={props.label ?? props.title} data-tour={props.tour}>
      {props.title !== undefined || props.aside !== undefined ? (
        <div className="hd">
          {props.title !== undefined ? <h2>{props.title}</h2> : null}
          {props.aside}
        </div>
      ) : null}
      {props.flush ? props.children : <div className="bd">{props.children}</div>}
    </section>
  );
}

/** A number with its meaning; a link when there is more behind it. */
export function StatCard(props: {
  value: string;
  label: string;
  tone?: "fail" | "warn" | "ok";
  href?: string;
  current?: boolean;
}) {
  const body = (
    <>
      <b className={props.tone ? `${props.tone}-ink` : undefined}>{props.value}</b>
      <span>{props.label}</span>
    </>
  );
  if (props.href === undefined) return <div className="stat">{body}</div>;
  return (
    <Link className="stat" href={props.href} aria-current={props.current ? "true" : undefined}>
      {body}
    </Link>
  );
}

/** How much of something is done. */
export function Bar({
  done,
  total,
  tone,
  label,
}: {
  done: number;
  total: number | null;
  tone?: "ok" | "fail";
  label: string;
}) {
  const share = total ? Math.max(0, Math.min(1, done / total)) : 0;
  return (
    <span
      className={`bar ${tone ?? ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <i style={{ width: `${share * 100}%` }} />
    </span>
  );
}

/** Tabs are links: each has an address of its own. */
export function Tabs({
  label,
  tabs,
}: {
  label: string;
  tabs: readonly { label: string; href: string; current: boolean }[];
}) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.href} href={tab.href} aria-current={tab.current ? "page" : undefined}>
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}

/** A sentence whose parts link to their evidence. */
export function Sentence({ parts }: { parts: readonly { text: string; href?: string | undefined }[] }) {
  let at = 0;
  return parts.map((part) => {
    // The place inside the sentence tells equal words apart.
    at += part.text.length;
    return part.href === undefined ? (
      <span key={at}>{part.text}</span>
    ) : (
      <Link key={at} href={part.href}>
        {part.text}
      </Link>
    );
  });
}
