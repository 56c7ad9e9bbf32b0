import type { LedgerRow } from "@artesian/server/api.ts";
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import { formatBytes, formatDuration, formatMoment } from "../model/format.ts";
import { CopyId } from "../ui/copy.tsx";
import { useKeys } from "../ui/keys.ts";
import { RequestPill } from "../ui/pill.tsx";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  );
}

/** One line of the ledger: the cause or what was made, the object, what makes it happen once. */
export function RequestPanel(props: {
  row: LedgerRow;
  live: boolean;
  busy: boolean;
  onRedrive: () => void;
  onClose: () => void;
}) {
  const { row, live, busy, onRedrive, onClose } = props;
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (row.request) box.current?.scrollIntoView({ block: "nearest" });
  }, [row.request]);
  const failed = row.state === "failed";
  useKeys({
    Escape: { label: "close the line", run: onClose },
    ...(failed && live ? { r: { label: "re-drive this dead letter", run: onRedrive } } : {}),
  });
  return (
    <section className="card" aria-label="request" ref={box}>
      <div className="hd">
        <h2 className="mono">{row.key}</h2>
        <RequestPill state={row.state} />
        <span className="dim">{row.function}</span>
        <span className="row push">
          {row.links.map((link) => (
            <Link key={link.href} className="btn" href={link.href}>
              {link.label}
            </Link>
          ))}
          {row.task ? (
            <Link className="btn" href={row.task.href}>
              Attempts and log
            </Link>
          ) : null}
          {failed ? (
            <button type="button" className="btn pri" disabled={!live || busy} onClick={onRedrive}>
              Re-drive
            </button>
          ) : null}
          <button type="button" className="btn quiet" onClick={onClose} aria-label="close the line">
            ✕
          </button>
        </span>
      </div>
      <div className="bd stack">
        {failed ? (
          <div className="error-box">
            <span className="mono fail-ink">{row.code}</span>
            <b>{row.message}</b>
            <span className="dim">
              Mend the object and put it there again, or what its function needs, then re-drive: nothing else is
              repeated.
            </span>
          </div>
        ) : row.message ? (
          <p>{row.message}</p>
        ) : null}
        <div className="scroll-x">
          <table className="data">
            <caption className="visually-hidden">What is known of this line</caption>
            <tbody>
              <Fact name="object">
                <CopyId id={row.uri} />
              </Fact>
              <Fact name="version">
                <CopyId id={row.version} shown={row.version.slice(0, 24)} /> · {formatBytes(row.sizeBytes)}
              </Fact>
              <Fact name="idempotency key">
                <CopyId id={row.idempotencyKey} shown={row.idempotencyKey.slice(0, 24)} />
              </Fact>
              <Fact name="function">
                {row.function} <CopyId id={row.digest} label="digest" shown={row.digest.slice(0, 12)} />
              </Fact>
              <Fact name="told by">
                {row.source}, for {formatMoment(row.eventAt)}
              </Fact>
              <Fact name="asked">
                {formatMoment(row.requestedAt)}
                {row.durationMs === null ? "" : `, took ${formatDuration(row.durationMs)}`}
                {row.attempts !== null && row.attempts > 1 ? ` at attempt ${row.attempts}` : ""}
              </Fact>
            </tbody>
          </table>
        </div>
        {row.result !== null && row.result !== undefined ? (
          <details>
            <summary>
              <b>What it returned</b>
            </summary>
            <pre className="log">{JSON.stringify(row.result, null, 2)}</pre>
          </details>
        ) : null}
      </div>
    </section>
  );
}
