import { annotate, annotationNotes, noWellMatches, strictlyWrong } from "./annotate.ts";
import { readExternalMetadata } from "./external-metadata.ts";
import { readPlatemap } from "./platemap.ts";
import { PlateMetadataError, UnmatchedWellsError } from "./recipe-errors.ts";
import { inputOf, readProfileFile, readTextFile, writeProfilesOf } from "./recipe-files.ts";
import type { StepResult } from "./recipe-record.ts";
import type { AnnotateStep, RecipePlaces, RecipeStepCall } from "./recipe-step.ts";

/** Profiles with the plate map and external metadata. */
export async function annotateStep(
  step: AnnotateStep,
  places: RecipePlaces,
  call: RecipeStepCall,
): Promise<StepResult> {
  const { plate, platemapWellColumn, wellColumn, mergeColumn, compartments, strict } = step.parameters;
  const text = async (name: string): Promise<{ text: string; file: string }> => {
    const { place, key } = inputOf(step, name);
    return { text: await readTextFile(places[place], key, call), file: `${places[place].uri}/${key}` };
  };
  const input = inputOf(step, "profiles");
  const [profiles, platemap, metadata] = await Promise.all([
    readProfileFile(places, input, { compartments }, call),
    text("platemap"),
    mergeColumn === undefined ? undefined : text("external_metadata"),
  ]);
  const external =
    metadata === undefined || mergeColumn === undefined
      ? undefined
      : {
          table: readExternalMetadata(metadata.text, metadata.file, mergeColumn),
          joinLeft: mergeColumn,
          joinRight: mergeColumn,
        };
  const found = annotate(profiles, readPlatemap(platemap.text, platemap.file, platemapWellColumn), {
    joinOn: [platemapWellColumn, wellColumn],
    ...(external === undefined ? {} : { external }),
  });
  if (found.profiles.rowCount === 0) throw new PlateMetadataError(platemap.file, undefined, noWellMatches(found));
  const wrong = strictlyWrong(found);
  if (strict && wrong.length > 0) throw new UnmatchedWellsError(`${plate} (${platemap.file})`, wrong);
  const { profiles: annotated, ...unmatched } = found;
  return writeProfilesOf(step, annotated, { notes: annotationNotes(found), details: { unmatched } }, places, call);
}
