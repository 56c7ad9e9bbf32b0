"""Writes three wells as AnnData of several encodings: python write_anndata.py FOLDER (for profiling/fixtures/anndata)

dense.h5ad, csc.h5ad, and Zarr folders of versions 2 and 3 packed into zarr.json.gz (path → base64).
"""

import base64
import gzip
import json
import pathlib
import sys
import tempfile
import warnings

import anndata
import numpy as np
import pandas as pd
import scipy.sparse

warnings.simplefilter("ignore")
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
obs = pd.DataFrame(
    {
        "Metadata_Plate": pd.Categorical(["0012", "0012", "7"]),
        "Metadata_moa": pd.Categorical(["agonist", None, "µ"]),
        "Metadata_Well": np.array(["A01", "A02", "A03"], dtype=object),
        "Metadata_dose": [0.0, 0.5, np.nan],
        "Metadata_count": pd.array([3, None, 5], dtype="Int64"),
        "Metadata_flag": [True, False, True],
    },
    index=["0", "1", "2"],
)
var = pd.DataFrame(index=["Cells_A", "Nuclei_B", "Metadata_number"])
values = np.array([[1.0, 0.0, 4.0], [0.0, np.nan, 5.0], [-2.5, 6.0, 6.0]])
dense = anndata.AnnData(X=values, obs=obs, var=var)
sparse = anndata.AnnData(X=scipy.sparse.csr_matrix(values.astype(np.float32)), obs=obs, var=var)
columns = anndata.AnnData(X=scipy.sparse.csc_matrix(values), obs=obs, var=var)
dense.write_h5ad(folder / "dense.h5ad")
columns.write_h5ad(folder / "csc.h5ad", compression="gzip")
packed = {}
with tempfile.TemporaryDirectory() as scratch:
    for version in (2, 3):
        anndata.settings.zarr_write_format = version
        for name, data in (("dense", dense), ("csr", sparse)):
            data.write_zarr(pathlib.Path(scratch) / f"{name}-{version}.zarr")
    for path in sorted(pathlib.Path(scratch).rglob("*")):
        if path.is_file():
            packed[str(path.relative_to(scratch))] = base64.b64encode(path.read_bytes()).decode()
(folder / "zarr.json.gz").write_bytes(gzip.compress(json.dumps(packed).encode(), mtime=0))
