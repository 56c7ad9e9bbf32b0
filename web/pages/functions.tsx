import type { ActionAnswer, FunctionList, FunctionRow, LedgerRow } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { address, send } from "../api/client.ts";
import { useFunctions, useLedger } from "../api/queries.ts";
import { formatAge, formatCount, formatDuration, plural } from "../model/format.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { Command, CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { RequestPill } from "../ui/pill.tsx";
import { Answer, Empty, Failed } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { useNow } from "../ui/use-now.ts";
import { useUrlState } from "../ui/use-url.ts";
import { RequestPanel } from "./request-panel.tsx";

const ABOUT =
  "Small functions that run when an object appears in a folder or bucket, once for each version of it. The ledger has every request; dead letters are those that were given up, with their cause.";

const STATES = ["waiting", "done", "superseded", "failed"] as const;
const WORD: Readonly<Record<string, string>> = { failed: "dead letters" };

const EXAMPLE = `functions:
  - id: plate-readings
    trigger: { suffix: [.csv, .txt] }
    use: plate-readings`;

const age = (at: string | null, now: number) => (at === null ? "–" : formatAge(now - new Date(at).getTime()));

const functionColumns = (now: number): readonly Column<FunctionRow>[] => [
  {
    key: "id",
    label: "function",
    value: (f) => f.id,
    cell: (f) => (
      <span title={f.description || undefined}>
        {f.id} {f.removedAt === null ? null : <span className="faint">no longer declared</span>}
      </span>
    ),
  },
  { key: "trigger", label: "when there is", mono: true, value: (f) => f.trigger || "any object" },
  { key: "runs", label: "runs", mono: true, value: (f) => f.runs },
  {
    key: "digest",
    label: "digest",
    value: (f) => f.digest,
    cell: (f) => <CopyId id={f.digest} shown={f.digest.slice(0, 10)} />,
  },
  { key: "done", label: "done", numeric: true, value: (f) => f.counts.done, cell: (f) => formatCount(f.counts.done) },
  {
    key: "waiting",
    label: "waiting",
    numeric: true,
    value: (f) => f.counts.waiting,
    cell: (f) => `${formatCount(f.counts.waiting)}${f.now && f.now.running > 0 ? `, ${f.now.running} at work` : ""}`,
  },
  { key: "superseded", label: "superseded", numeric: true, value: (f) => f.counts.superseded },
  {
    key: "failed",
    label: "dead letters",
    numeric: true,
    value: (f) => f.counts.failed,
    cell: (f) => (
      <span className={f.counts.failed > 0 ? "fail-ink" : "faint"}>
        {f.counts.failed > 0 ? `▲ ${formatCount(f.counts.failed)}` : "0"}
      </span>
    ),
  },
  { key: "last", label: "last asked", numeric: true, value: (f) => f.lastAt, cell: (f) => age(f.lastAt, now) },
];

const ledgerColumns = (now: number): readonly Column<LedgerRow>[] => [
  { key: "state", label: "state", value: (r) => r.state, cell: (r) => <RequestPill state={r.state} /> },
  { key: "object", label: "object", mono: true, value: (r) => r.key },
  {
    key: "function",
    label: "function",
    value: (r) => r.function,
    cell: (r) => <span style={{ whiteSpace: "nowrap" }}>{r.function}</span>,
  },
  {
    key: "message",
    label: "what happened",
    value: (r) => r.message,
    cell: (r) => <span className={r.state === "failed" ? "fail-ink" : undefined}>{r.message ?? ""}</span>,
  },
  { key: "version", label: "version", mono: true, value: (r) => r.version.slice(0, 8) },
  { key: "source", label: "told by", value: (r) => r.source },
  { key: "attempts", label: "attempts", numeric: true, value: (r) => r.attempts },
  {
    key: "duration",
    label: "duration",
    numeric: true,
    value: (r) => r.durationMs,
    cell: (r) => formatDuration(r.durationMs),
  },
  { key: "asked", label: "asked", numeric: true, value: (r) => r.requestedAt, cell: (r) => age(r.requestedAt, now) },
];

/** How to begin, for who has no function yet. */
function HowToStart() {
  return (
    <Card label="functions">
      <Empty title="No function yet">
        <p>
          A function runs when a file appears: an export of a plate reader becomes readings of a plate, a whole
          sequencing run starts its analysis, a script of your own does what it does. Declare it in functions.yml:
        </p>
        <pre className="log">{EXAMPLE}</pre>
        <p>Then watch a folder or a bucket on this data folder, and drop a file into it:</p>
        <Command text="npx artesian functions watch incoming --functions functions.yml" />
      </Empty>
    </Card>
  );
}

/** Something that a person does about functions, with its outcome told. */
function useAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, body }: { path: string; body: unknown }) =>
      send<ActionAnswer>(address(`/functions/${path}`), body),
    onSuccess: (answer) => toast(answer.sentence),
    onSettled: () =>
      void client.invalidateQueries({
        predicate: (q) => ["functions", "runs", "tasks"].includes(String(q.queryKey[0])),
      }),
  });
}

/** Functions on objects: which there are, their ledger, dead letters with a way back. */
export default function FunctionsPage() {
  usePage([{ label: "Admin" }, { label: "Functions" }], ABOUT);
  const query = useFunctions();
  const action = useAction();
  const failed = query.data?.functions.reduce((sum, one) => sum + one.counts.failed, 0) ?? 0;
  const live = query.data?.live === true;
  return (
    <>
      <div className="row">
        <h1>Functions</h1>
        <span className="dim" aria-live="polite">
          {query.data ? plural(query.data.functions.filter((one) => one.removedAt === null).length, "function") : ""}
        </span>
        {query.data?.places.map((place) => (
          <CopyId key={place} id={place} />
        ))}
        {query.data?.run ? (
          <Link className="link" href={query.data.run.href}>
            run
          </Link>
        ) : null}
        <span className="push" />
        <button
          type="button"
          className="btn"
          disabled={!live || action.isPending}
          onClick={() => action.mutate({ path: "sweep", body: {} })}
          title="look for objects that no event told of"
        >
          Sweep now
        </button>
        <button
          type="button"
          className="btn"
          disabled={!live || failed === 0 || action.isPending}
          onClick={() => action.mutate({ path: "redrive", body: { requests: "all" } })}
        >
          Re-drive all{failed > 0 ? ` ${formatCount(failed)}` : ""}
        </button>
      </div>
      {action.isError ? <Failed error={action.error} /> : null}
      <Answer query={query}>
        {(data) => (data.functions.length === 0 ? <HowToStart /> : <Registered list={data} action={action} />)}
      </Answer>
    </>
  );
}

function Registered({ list, action }: { list: FunctionList; action: ReturnType<typeof useAction> }) {
  const { params, change } = useUrlState();
  const now = useNow(10_000);
  return (
    <>
      {list.live ? null : (
        <p className="stale" role="status">
          No functions run in this server: what is shown is what they did. They run with npx artesian functions watch
          PLACE on this data folder.
        </p>
      )}
      <Card flush label="functions">
        <DataTable
          caption="Functions"
          columns={functionColumns(now)}
          rows={list.functions}
          rowKey={(f) => f.id}
          selected={params.function}
          onOpen={(f) => change({ function: params.function === f.id ? null : f.id, request: null })}
          maxHeight={220}
        />
      </Card>
      <Ledger list={list} action={action} />
    </>
  );
}

function Ledger({ list, action }: { list: FunctionList; action: ReturnType<typeof useAction> }) {
  const { params, change } = useUrlState();
  const now = useNow(10_000);
  const query = useLedger({ function: params.function, state: params.state, q: params.q });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const counts = query.data?.pages[0]?.counts;
  const at = rows.findIndex((row) => row.request === params.request);
  const chosen = rows[at];
  const walk = (step: number): void => {
    const next = rows[at + step];
    if (next !== undefined) change({ request: next.request }, { replace: true });
  };
  useKeys({
    "[": chosen ? { label: "previous line of the ledger", run: () => walk(-1) } : undefined,
    "]": chosen ? { label: "next line of the ledger", run: () => walk(1) } : undefined,
  });
  const filtered = params.q !== undefined || params.state !== undefined || params.function !== undefined;
  return (
    <>
      <div className="row">
        <h2>Ledger</h2>
        <Select
          label="function"
          value={params.function ?? ""}
          options={[
            { value: "", label: "all functions" },
            ...list.functions.map(({ id }) => ({ value: id, label: id })),
          ]}
          onChange={(id) => change({ function: id || null, request: null })}
        />
        <Segmented
          label="state"
          value={params.state ?? "all"}
          options={[
            { value: "all", label: "all" },
            ...STATES.map((state) => ({
              value: state as string,
              label: `${WORD[state] ?? state}${counts ? ` ${formatCount(counts[state])}` : ""}`,
            })),
          ]}
          onChange={(state) => change({ state: state === "all" ? null : state, request: null })}
        />
        <span className="push" />
        <FilterBox label="filter the ledger" />
      </div>
      <Answer query={query}>
        {() => (
          <Card flush label="ledger">
            {rows.length === 0 ? (
              <Empty title={filtered ? "No line answers this filter" : "Nothing was asked yet"}>
                <p>
                  {filtered
                    ? "“all functions”, “all” and an empty filter show every line."
                    : "Drop a file into a watched place that one of the functions wants."}
                </p>
              </Empty>
            ) : (
              <DataTable
                caption="Ledger"
                columns={ledgerColumns(now)}
                rows={rows}
                rowKey={(r) => r.request}
                selected={params.request}
                onOpen={(r) => change({ request: r.request }, { replace: params.request !== undefined })}
                maxHeight={chosen ? 260 : 520}
                sort={params.sort}
                onSort={(sort) => change({ sort }, { replace: true })}
              />
            )}
            {query.hasNextPage ? (
              <button
                type="button"
                className="btn quiet more"
                disabled={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {formatCount(rows.length)} are here; the next 500
              </button>
            ) : null}
          </Card>
        )}
      </Answer>
      {chosen ? (
        <RequestPanel
          row={chosen}
          live={list.live}
          busy={action.isPending}
          onRedrive={() => action.mutate({ path: "redrive", body: { requests: [chosen.request] } })}
          onClose={() => change({ request: null }, { replace: true })}
        />
      ) : null}
    </>
  );
}
