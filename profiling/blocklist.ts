const CHANNELS = ["AGP", "DNA", "ER", "Mito", "RNA"];

/**
 * Features known to be noisy in Cell Painting: Manders and RWC coefficients in nuclei, granularity at the largest scales (Way 2019,
 * Blacklist Features – Cell Profiler, figshare, doi:10.6084/m9.figshare.10255811). It is what "blocklist" means when no list is named.
 */
export const DEFAULT_BLOCKLIST: readonly string[] = [
  ...["Manders", "RWC"].flatMap((coefficient) =>
    CHANNELS.flatMap((one) =>
      CHANNELS.filter((other) => other !== one).map((other) => `Nuclei_Correlation_${coefficient}_${one}_${other}`),
    ),
  ),
  ...[14, 15, 16].flatMap((scale) => CHANNELS.map((channel) => `Nuclei_Granularity_${scale}_${channel}`)),
];
