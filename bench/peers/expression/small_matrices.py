"""scanpy's numbers for small matrices, to compare Artesian's with.

    python small_matrices.py < matrices.json > answers.json

In: a list of matrices {name, geneCount, cellCount, indptr, genes, values, batches, batchCount}, cell by cell.
Out: {tool, versions, answers: {name: {...}}}; not-a-number is null, infinity "inf". What scanpy refuses is {"refused": reason}.
"""

import json
import sys
import warnings

import anndata
import numpy as np
import pandas as pd
import scanpy as sc
import scipy
import scipy.sparse

warnings.simplefilter("ignore")

MIN_GENES, MIN_CELLS, TARGET = 30, 5, 1000.0


def plain(values):
    array = np.asarray(values)
    if array.dtype == bool or np.issubdtype(array.dtype, np.integer):
        return [int(value) for value in array]

    def one(value):
        if np.isnan(value):
            return None
        if np.isinf(value):
            return "inf" if value > 0 else "-inf"
        return float(f"{value:.12g}")

    return [one(value) for value in array.astype(float)]


def selection(data, **options):
    try:
        table = sc.pp.highly_variable_genes(data, inplace=False, **options)
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"[:200]}
    table = table.loc[data.var_names]
    return {name: plain(table[name]) for name in table.columns if name not in ("gene_name", "mean_bin")}


def answer(matrix):
    shape = (matrix["cellCount"], matrix["geneCount"])
    counts = scipy.sparse.csr_matrix(
        (np.array(matrix["values"], dtype=np.float64), matrix["genes"], matrix["indptr"]), shape=shape
    )
    data = anndata.AnnData(counts.toarray())
    data.var_names = [f"G{gene}" for gene in range(shape[1])]
    data.obs["batch"] = pd.Categorical([f"b{batch}" for batch in matrix["batches"]])
    result = {
        "filterCells": plain(sc.pp.filter_cells(data, min_genes=MIN_GENES, inplace=False)[0]),
        "filterGenes": plain(sc.pp.filter_genes(data, min_cells=MIN_CELLS, inplace=False)[0]),
    }
    percent = sc.pp.normalize_total(data.copy(), target_sum=100, inplace=False)["X"].mean(axis=0)
    result["highestShare"] = plain(percent)
    for name, target in (("fixed", TARGET), ("median", None)):
        normalised = data.copy()
        sc.pp.normalize_total(normalised, target_sum=target)
        result[f"{name}Sum"] = plain(normalised.X.sum(axis=0))
        sc.pp.log1p(normalised)
        result[f"{name}LogSum"] = plain(normalised.X.sum(axis=0))
        result[f"{name}LogSquares"] = plain((normalised.X**2).sum(axis=0))
    # normalised is log1p of median-normalised counts from here on
    top = shape[1] // 5
    for batch_key in (None, "batch"):
        suffix = "" if batch_key is None else " by batch"
        for flavor in ("seurat", "cell_ranger"):
            result[f"{flavor} top{suffix}"] = selection(normalised, flavor=flavor, n_top_genes=top, batch_key=batch_key)
            result[f"{flavor} bounds{suffix}"] = selection(normalised, flavor=flavor, batch_key=batch_key, max_mean=5)
        for flavor in ("seurat_v3", "seurat_v3_paper"):
            result[f"{flavor}{suffix}"] = selection(data, flavor=flavor, n_top_genes=top, batch_key=batch_key)
    filtered = data[:, np.array(result["filterGenes"], dtype=bool)].copy()
    filtered = filtered[filtered.X.sum(axis=1) > 0].copy()
    result["seurat_v3 filtered"] = selection(filtered, flavor="seurat_v3", n_top_genes=top)
    result["seurat_v3 filtered by batch"] = selection(filtered, flavor="seurat_v3", n_top_genes=top, batch_key="batch")
    sc.pp.normalize_total(filtered)
    sc.pp.log1p(filtered)
    result["cell_ranger filtered"] = selection(filtered, flavor="cell_ranger", n_top_genes=top)
    return result


def main():
    matrices = json.load(sys.stdin)
    versions = {module.__name__: module.__version__ for module in (sc, anndata, np, pd, scipy)}
    answers = {matrix["name"]: answer(matrix) for matrix in matrices}
    json.dump({"tool": "scanpy", "versions": versions, "answers": answers}, sys.stdout, separators=(",", ":"))


main()
