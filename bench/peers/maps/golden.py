"""Writes what efaar_benchmarking, copairs and proxbias make of a small planted map: golden values of maps/*.test.ts."""
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from copairs import map as copairs_map
from efaar_benchmarking import benchmarking, efaar
from proxbias.arm_centering import build_arm_centering_df, perform_arm_centering

rng = np.random.default_rng(20260301)
BATCHES, CONTROLS, GENES, DIMS, PATHWAYS = 3, 24, 40, 8, 5
pathways = rng.normal(size=(PATHWAYS, DIMS)) * 0.7
mixing = rng.normal(size=(DIMS, DIMS))
arm_shift = {"1p": rng.normal(size=DIMS) * 1.5, "1q": rng.normal(size=DIMS) * 1.5}
rows, meta = [], []
shifts = rng.normal(size=(BATCHES, DIMS))
scales = np.exp(rng.normal(size=(BATCHES, DIMS)) * 0.2)
genes = {
    f"G{g:02d}": {
        "effect": pathways[g % PATHWAYS] if g < 20 else np.zeros(DIMS),
        "arm": "1p" if g % 3 == 0 else "1q",
        "zfpkm": 1.0 if g < 20 else -4.0,
    }
    for g in range(GENES)
}


def add(gene, batch, effect):
    raw = (effect + shifts[batch] + rng.normal(size=DIMS) @ mixing * 0.4 + rng.normal(size=DIMS) * 0.3) * scales[batch] + 5
    rows.append(np.round(raw, 4))
    meta.append({"gene": gene, "batch": f"B{batch}"})


for batch in range(BATCHES):
    for _ in range(CONTROLS):
        add("control", batch, 0)
for gene, facts in genes.items():
    for replicate in range(6):
        add(gene, replicate % BATCHES, facts["effect"] + arm_shift[facts["arm"]] * 0.4)

x = np.array(rows)
md = pd.DataFrame(meta)
scaled = efaar.centerscale_on_controls(x, md, "gene", "control", "batch")
tvn = efaar.tvn_on_controls(x, md, "gene", "control", "batch")
embedded = efaar.embed_by_pca(x, md, 4, "batch")
means = efaar.aggregate(tvn, md, "gene", ["control"])
medians = efaar.aggregate(tvn, md, "gene", ["control"], "median")

unexpressed = [gene for gene, facts in genes.items() if facts["zfpkm"] < -3]
consistency = benchmarking.pert_signal_consistency_benchmark(tvn, md, "gene", unexpressed, ["control"], n_jobs=1)
magnitude = benchmarking.pert_signal_magnitude_benchmark(tvn, md, "gene", unexpressed, "control", n_jobs=1)

relations = [(a, b) for i, a in enumerate(genes) for b in list(genes)[i + 1 :] if int(b[1:]) < 20 and int(a[1:]) % PATHWAYS == int(b[1:]) % PATHWAYS]
lines = ["entity1,entity2"] + [f"{a},{b}" for a, b in relations] + [f"{b},{a}" for a, b in relations[:5]] + ["G01,G01", "G01,XX"]
clusters = {f"P{p}": [g for g in genes if int(g[1:]) < 20 and int(g[1:]) % PATHWAYS == p] for p in range(PATHWAYS)}
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "planted.txt").write_text("\n".join(lines) + "\n")
    recall = benchmarking.known_relationship_benchmark(means, "gene", ["planted"], benchmark_data_dir=folder)
    Path(folder, "CORUM_clusters.tsv").write_text("".join(f"{k}\t{' '.join(v)}\n" for k, v in clusters.items()))
    ks = benchmarking.cluster_benchmark(means, "gene", "CORUM", folder, min_genes=3)

arms = pd.DataFrame(means.features.to_numpy(), columns=[f"f{j}" for j in range(DIMS)])
arms.insert(0, "gene", means.metadata["gene"])
arms.insert(1, "chromosome_arm", [genes[g]["arm"] for g in arms.gene])
arms.insert(2, "zfpkm", [genes[g]["zfpkm"] for g in arms.gene])
columns = ["gene", "chromosome_arm", "zfpkm"]
centred = perform_arm_centering(arms, columns, build_arm_centering_df(arms, columns, min_num_gene=10))

precision = copairs_map.average_precision(
    md.assign(control=md.gene == "control"),
    tvn,
    pos_sameby=["gene"],
    pos_diffby=[],
    neg_sameby=[],
    neg_diffby=["control"],
    progress_bar=False,
)
precision = precision[precision.gene != "control"]

rounded = lambda values: np.round(np.asarray(values, dtype=float), 9).tolist()
document = {
    "tools": {"efaar_benchmarking": "1.0", "copairs": "0.5.5", "proxbias": "0.11.0", "numpy": np.__version__},
    "genes": md.gene.tolist(),
    "batches": md.batch.tolist(),
    "values": x.tolist(),
    "centreScaled": rounded(scaled),
    "tvn": rounded(tvn),
    "embedded": rounded(embedded),
    "means": {"genes": means.metadata.gene.tolist(), "vectors": rounded(means.features)},
    "medians": rounded(medians.features),
    "unexpressed": unexpressed,
    "arms": {gene: facts["arm"] for gene, facts in genes.items()},
    "consistency": {"genes": consistency.pert.tolist(), "meanCosine": rounded(consistency.avgcossim), "p": rounded(consistency.pval)},
    "magnitude": {"genes": magnitude.pert.tolist(), "distance": rounded(magnitude.edist), "p": rounded(magnitude.pval)},
    "relations": lines,
    "recall": recall.drop(columns="source").iloc[0].to_dict(),
    "clusters": {"sets": clusters, "statistic": rounded(ks.ks_stat), "p": rounded(ks.ks_pval), "within": rounded(ks.within_cossim_mean), "between": rounded(ks.between_cossim_mean)},
    "armCentred": rounded(centred[[f"f{j}" for j in range(DIMS)]]),
    "averagePrecision": {"genes": precision.gene.tolist(), "values": rounded(precision.average_precision)},
}
Path(sys.argv[1]).write_text(json.dumps(document, separators=(",", ":")) + "\n")
