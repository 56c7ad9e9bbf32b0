import type { Store } from "@artesian/store";

/** The folders that hold the images a store knows: nothing else of the machine is shown. */
export function imageRootsOf(store: Store): string[] {
  const folders = store.all("SELECT DISTINCT rtrim(path, replace(path, '/', '')) AS folder FROM image");
  return folders.map((row) => String(row.folder)).filter((folder) => folder !== "");
}
