import type { Channel, PerturbationRef } from "./api.ts";

const part = encodeURIComponent;

/** Addresses of pages. */
export const page = {
  experiment: (id: string) => `/experiments/${part(id)}`,
  plates: (id: string, plate?: string) =>
    `/experiments/${part(id)}/plates${plate === undefined ? "" : `?plate=${part(plate)}`}`,
  well: (id: string, plate: string, well: string) =>
    `/experiments/${part(id)}/plates?plate=${part(plate)}&well=${part(well)}`,
  hits: (id: string, compound?: string) =>
    `/experiments/${part(id)}/hits${compound === undefined ? "" : `?compound=${part(compound)}`}`,
  map: (id: string) => `/experiments/${part(id)}/map`,
  edits: (id: string, sample?: string) =>
    `/experiments/${part(id)}/edits${sample === undefined ? "" : `?sample=${part(sample)}`}`,
  project: (id: string) => `/projects/${part(id)}`,
  perturbation: (id: string) => `/perturbations/${part(id)}`,
  run: (id: string) => `/runs/${part(id)}`,
  task: (run: string, task: string) => `/runs/${part(run)}?task=${part(task)}`,
};

/** Addresses under /api/v1. */
export const url = {
  experiment: (id: string, rest: string) => `/api/v1/experiments/${part(id)}/${rest}`,
  site: (id: string, plate: string, well: string, site: number, file: string) =>
    `/api/v1/images/${part(id)}/${part(plate)}/${part(well)}/${site}/${part(file)}`,
  object: (uri: string) => `/api/v1/objects/${uri}`,
};

/** The reference to a perturbation by its id. */
export function perturbationRef(id: string): PerturbationRef {
  const colon = id.indexOf(":");
  const type = id.slice(0, colon);
  const name = id.slice(colon + 1);
  return { id, type: type === "gene" || type === "compound" ? type : "control", name, href: page.perturbation(id) };
}

/** Channels in acquisition order with the numbers of their colour tokens; colours repeat after six. */
export function channelsOf(names: readonly string[]): Channel[] {
  return names.map((name, index) => ({ name, index, colour: (index % 6) + 1 }));
}

/** "P3 · C11 · site 2" from a record key "EXPERIMENT/P3/C11/2[/DNA]"; of a portal "PROJECT · MATRIX" from "LOOK/PROJECT[/MATRIX]"; of a function the object's name; of editing the sample. */
export function whatOf(key: string, workflow = "phenomics"): string {
  if (workflow === "functions") return key.slice(key.lastIndexOf("/") + 1) || key;
  if (workflow === "expression") return key.split("/").slice(1).join(" · ") || "the portal";
  if (workflow === "editing") return key.split("/").slice(1).join("/") || key;
  const [experiment, plate, well, site, ...rest] = key.split("/");
  if (plate === undefined) return experiment ?? key;
  return [plate, well, site === undefined ? undefined : `site ${site}`, ...rest]
    .filter((word) => word !== undefined)
    .join(" · ");
}
