"""Times TVN and mean aggregation, by efaar_benchmarking and by plain numpy with eigh, on units that bench/maps.ts wrote. One thread."""
import json
import os
import sys
import time
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import pandas as pd
from efaar_benchmarking import efaar

folder, how = Path(sys.argv[1]), sys.argv[2]
meta = json.loads((folder / "units.json").read_text())
metadata = pd.DataFrame({"gene": meta["genes"], "batch": meta["batches"]})
features = np.fromfile(folder / "values.f32", dtype="<f4").reshape(len(metadata), -1).astype(np.float64)


def plain(x):
    """The same formulas without what costs efaar_benchmarking most: fractional_matrix_power, and a full SVD for the components."""
    control = (metadata["gene"] == "control").to_numpy()
    x = (x - x[control].mean(0)) / x[control].std(0)
    values, vectors = np.linalg.eigh(np.cov(x[control], rowvar=False))
    x = (x - x[control].mean(0)) @ vectors[:, ::-1]
    x = (x - x[control].mean(0)) / x[control].std(0)
    for batch in metadata["batch"].unique():
        own = (metadata["batch"] == batch).to_numpy()
        values, vectors = np.linalg.eigh(np.cov(x[own & control], rowvar=False, ddof=1) + 0.5 * np.eye(x.shape[1]))
        x[own] = x[own] @ ((vectors / np.sqrt(values)) @ vectors.T)
    return x


started = time.process_time()
if how == "plain":
    aligned = plain(features)
else:
    if how == "embedded":
        features = efaar.embed_by_pca(features, metadata, 128, "batch")
    aligned = efaar.tvn_on_controls(features, metadata, "gene", "control", "batch")
means = efaar.aggregate(aligned, metadata, "gene", ["control"])
seconds = time.process_time() - started
vectors = means.features.to_numpy()
(folder / "means.f64").write_bytes(vectors.astype("<f8").tobytes())
print(json.dumps({"seconds": seconds, "genes": means.metadata["gene"].tolist(), "dims": vectors.shape[1]}))
