/** What decides on the readout of an experiment. */
export interface ReadoutDesign {
  /** Left out for wells that were not imaged here. */
  channels?: readonly string[] | undefined;
  nucleiChannel?: string | undefined;
  /** A feature's name, or null to choose. */
  readout: string | null;
}

/**
 * The one feature whose Z′ a plate reports and by which wells are scored: the one that was asked for; with two channels the
 * nucleus/cytoplasm ratio of the one that is not the nuclei; undefined where the phenoprint over all features decides.
 * @param features names there are
 */
export function readoutFeature(features: readonly string[], design: ReadoutDesign): string | undefined {
  if (design.readout !== null) return features.includes(design.readout) ? design.readout : undefined;
  if (design.channels?.length !== 2) return undefined;
  const marker = design.channels.find((channel) => channel !== design.nucleiChannel);
  const name = `Cells_Translocation_LogRatio_${marker}`;
  return features.includes(name) ? name : undefined;
}
