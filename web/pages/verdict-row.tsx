import type { Verdict, WellDetail } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { address, parts, send } from "../api/client.ts";
import { formatAge } from "../model/format.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { Failed } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";

/** What a verdict is about, in words. */
const about = (site: number | null): string => (site === null ? "" : ` site ${site}`);

/** The reviewer's word on the well or one of its sites, with a note and undo; the log keeps every one. */
export function VerdictRow({ well }: { well: WellDetail }) {
  const client = useQueryClient();
  const now = useNow(10_000);
  const [note, setNote] = useState("");
  const standing = well.verdict;
  const [chosen, setChosen] = useState<string>();
  const site = chosen ?? (standing?.site ? String(standing.site) : "");
  const path = `${parts("experiments", well.experimentId)}/verdicts`;
  const renew = (): void => {
    void client.invalidateQueries({ queryKey: ["wells", well.experimentId] });
    void client.invalidateQueries({ queryKey: ["plates", well.experimentId] });
  };
  const give = useMutation({
    mutationFn: (verdict: Verdict["verdict"]) =>
      send(address(path), {
        plate: well.plate,
        well: well.well,
        site: site === "" ? null : Number(site),
        verdict,
        note,
      }),
    onSuccess: () => setNote(""),
    onSettled: renew,
  });
  const undo = useMutation({
    mutationFn: (id: string) => send(address(`${path}${parts(id)}/undo`)),
    onSettled: renew,
  });
  const stands = standing !== null && (standing.site === null ? "" : String(standing.site)) === site;
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="row" style={{ gap: 6 }}>
        <span className="dim">verdict</span>
        <Segmented
          label="verdict"
          value={stands ? standing.verdict : undefined}
          disabled={give.isPending}
          options={(["pass", "re-image", "fail"] as const).map((value) => ({
            value,
            label: `${value}${value === "re-image" ? about(site === "" ? null : Number(site)) : ""}`,
          }))}
          onChange={(verdict) => give.mutate(verdict)}
        />
        <button
          type="button"
          className="btn quiet push"
          disabled={!standing || undo.isPending}
          onClick={() => standing && undo.mutate(standing.id)}
        >
          ↶ undo
        </button>
      </div>
      <div className="row" style={{ gap: 6 }}>
        <Select
          label="verdict for"
          hideLabel
          value={site}
          options={[
            { value: "", label: "whole well" },
            ...well.sites.map((s) => ({ value: String(s.site), label: `site ${s.site}` })),
          ]}
          onChange={setChosen}
        />
        <input
          className="filter note-field"
          aria-label="note kept with the next verdict"
          placeholder="note kept with the verdict"
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      {standing ? (
        <div className="faint">
          {standing.verdict}
          {about(standing.site)} by {standing.by}, {formatAge(now - new Date(standing.at).getTime())} ago
          {standing.note ? `: ${standing.note}` : ""}
        </div>
      ) : null}
      {give.isError ? <Failed error={give.error} /> : null}
      {undo.isError ? <Failed error={undo.error} /> : null}
    </div>
  );
}
