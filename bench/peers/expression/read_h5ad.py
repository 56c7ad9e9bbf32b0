"""Reads all entries of an AnnData file's X with h5py, in slices of whole chunks, as its documentation advises; prints seconds and peak RSS."""
import json
import resource
import sys
import time

import h5py
import numpy

start = time.perf_counter()
with h5py.File(sys.argv[1]) as file:
    x = file["X"]
    indptr = x["indptr"][:]
    data, indices = x["data"], x["indices"]
    step = max(1, (1 << 18) // data.chunks[0]) * data.chunks[0]
    total, largest = 0.0, 0
    for begin in range(0, data.shape[0], step):
        total += float(data[begin : begin + step].sum(dtype=numpy.float64))
        largest = max(largest, int(indices[begin : begin + step].max()))
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - start,
            "total": total,
            "largest": largest,
            "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
