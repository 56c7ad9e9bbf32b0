"""A summary's numbers of one 10x folder by scanpy, as data-portal-summary-stats made them in 2020.

    python summary.py FOLDER [--figures]      matrix.mtx.gz, features.tsv.gz, barcodes.tsv.gz; prints one JSON document

Wall time, CPU time and peak memory of the whole process, reading included, without starting Python and importing. With --figures the four
figures are drawn and saved as PNG too.
"""

import json
import resource
import sys
import tempfile
import time
import warnings

import matplotlib

matplotlib.use("Agg")
import numpy as np
import scanpy as sc

warnings.simplefilter("ignore")


def main():
    folder, figures = sys.argv[1], "--figures" in sys.argv
    sc.settings.figdir = tempfile.mkdtemp(prefix="scanpy-figures-")
    start, cpu = time.perf_counter(), time.process_time()
    data = sc.read_10x_mtx(folder, var_names="gene_symbols", cache=False)
    data.var_names_make_unique()
    read = time.perf_counter() - start
    percent = sc.pp.normalize_total(data, target_sum=100, inplace=False)["X"]
    share = np.asarray(percent.mean(axis=0)).ravel()
    highest = np.argsort(share)[::-1][:20]
    top_columns = percent[:, highest].toarray()
    del percent
    if figures:
        sc.pl.highest_expr_genes(data, n_top=20, save=".png", show=False)
    seen = np.asarray((data.X > 0).sum(axis=0)).ravel()
    sc.pp.filter_cells(data, min_genes=1200)
    sc.pp.filter_genes(data, min_cells=10)
    mitochondrial = data.var_names.str.startswith("MT-")
    data.obs["n_counts"] = np.asarray(data.X.sum(axis=1)).ravel()
    data.obs["percent_mito"] = np.asarray(data[:, mitochondrial].X.sum(axis=1)).ravel() / data.obs["n_counts"]
    if figures:
        sc.pl.violin(data, ["n_counts", "n_genes", "percent_mito"], jitter=0.4, multi_panel=True, save=".png", show=False)
        sc.pl.scatter(data, x="n_counts", y="n_genes", save=".png", show=False)
    sc.pp.normalize_total(data, target_sum=1e3)
    sc.pp.log1p(data)
    sc.pp.highly_variable_genes(data, min_mean=0.05, max_mean=30, min_disp=1.9)
    if figures:
        sc.pl.highly_variable_genes(data, save=".png", show=False)
    print(
        json.dumps(
            {
                "wallMs": (time.perf_counter() - start) * 1000,
                "readMs": read * 1000,
                "cpuMs": (time.process_time() - cpu) * 1000,
                "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "cellsKept": int(data.n_obs),
                "genesUsed": int(data.n_vars),
                "highlyVariable": int(data.var["highly_variable"].sum()),
                "highestExpression": [float(share[gene]) for gene in highest],
                "medianOfFirst": float(np.median(top_columns[:, 0])),
                "mostCells": int(seen.max()),
                "variableGenes": [str(name) for name in data.var_names[data.var["highly_variable"]]],
            }
        )
    )


main()
