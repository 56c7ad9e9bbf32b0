import { resolve } from "node:path";
import { connectFolder, type FolderConnection } from "@artesian/engine";
import { type ExperimentPlan, type ImageSource, patternOf, placeOfFile } from "@artesian/workflows";
import type { Output } from "./output.ts";
import type { Workspace } from "./workspace.ts";

/** Puts what is known of an experiment where the workflow looks it up; again, when it has changed. */
export async function announceExperiment(workspace: Workspace, plan: ExperimentPlan): Promise<void> {
  const { document, layouts } = plan;
  await workspace.runtime.append(
    "plate_layouts",
    layouts.map((layout) => ({ value: plain(layout) })),
  );
  await workspace.runtime.append("experiment_metadata", [{ value: plain(document) }]);
}

/** Takes images of a folder in as they are finished; files of other kinds are left alone. */
export function followImages(
  workspace: Workspace,
  folder: string,
  source: ImageSource,
  output: Output,
): FolderConnection {
  const pattern = patternOf(source);
  const root = resolve(folder);
  return connectFolder({
    runtime: workspace.runtime,
    dir: root,
    topic: "images_channels",
    accept: (name) => /\.(?:tiff?|png)$/i.test(name) && !/(?:^|\/)\./.test(name),
    toRecord(file) {
      const place = placeOfFile(file.path, source, pattern);
      if (place === "name not understood")
        output.say(`note: ${file.name}: the name is not understood; give --pattern.`);
      if (typeof place === "string") return undefined;
      return {
        value: {
          experiment: source.experiment,
          ...place,
          uri: file.path,
          sha256: file.sha256,
          sizeBytes: file.sizeBytes,
        },
      };
    },
    stableMs: 400,
    pollMs: 500,
    onTrouble: (error, path) =>
      output.say(`trouble: ${path}: ${error instanceof Error ? error.message : String(error)}`),
  });
}

/** The value as JSON keeps it. */
export function plain<T>(value: T): Record<string, never> {
  return JSON.parse(JSON.stringify(value)) as Record<string, never>;
}
