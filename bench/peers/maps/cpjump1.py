"""Prints what efaar_benchmarking says of replicate consistency in the CPJUMP1 compound wells: golden values of maps/published-maps.test.ts."""
import sys

import numpy as np
import pandas as pd
from efaar_benchmarking import benchmarking, efaar

wells = pd.read_csv(sys.argv[1], sep="\t").query("treatment_type == 'compound'").reset_index(drop=True)
features = wells.loc[:, "ADCCM":].to_numpy()
scaled = efaar.centerscale_by_batch(features, wells, "Metadata_Plate")
by_treatment = {
    name: benchmarking.pert_signal_consistency_metric(scaled[group.index]) for name, group in wells.groupby("treatment")
}
values = np.array(list(by_treatment.values()))
print("compounds", len(values), "median", np.nanmedian(values), "above 0.2", int((values > 0.2).sum()))
for name in ["BI-2536", "FK-866", "dexamethasone", "anandamide"]:
    print(name, by_treatment[name])
