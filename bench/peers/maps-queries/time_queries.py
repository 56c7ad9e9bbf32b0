"""Times questions over unit vectors with numpy and scipy: python time_queries.py VECTORS DIMS ASKED ROWS RUNS

VECTORS is raw little-endian float32 of shape (rows, DIMS). ASKED is "query", "block", "top" or "linkage"; ROWS of the vectors are used.
Prints {"wall", "cpu"} in seconds of one call (medians), with "values" to compare.
"""

import json
import sys
import time

import numpy as np

path, dims, asked, rows, runs = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
vectors = np.fromfile(path, dtype=np.float32).reshape(-1, dims)[:rows].copy()
TOP = 100
values = []


def query():
    return vectors @ vectors[7]


def block():
    return vectors[:2048] @ vectors.T


def top():
    """Both tails of all rows by argpartition, in blocks of rows that fit in memory."""
    low = np.empty((rows, TOP), dtype=np.int64)
    high = np.empty((rows, TOP), dtype=np.int64)
    for start in range(0, rows, 1024):
        part = vectors[start : start + 1024] @ vectors.T
        count = len(part)
        own = np.arange(start, start + count)
        part[np.arange(count), own] = 0
        for out, chosen in (
            (high, np.argpartition(part, rows - TOP, axis=1)[:, rows - TOP :]),
            (low, np.argpartition(part, TOP - 1, axis=1)[:, :TOP]),
        ):
            cosines = np.take_along_axis(part, chosen, axis=1)
            order = np.argsort(-cosines if out is high else cosines, axis=1)
            out[start : start + count] = np.take_along_axis(chosen, order, axis=1)
    return high, low


def linkage():
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    distances = np.maximum(0, 1 - vectors.astype(np.float64) @ vectors.T.astype(np.float64))
    np.fill_diagonal(distances, 0)
    return linkage(squareform(distances, checks=False), "average")


call = {"query": query, "block": block, "top": top, "linkage": linkage}[asked]
repeats = 100 if asked == "query" else 1
result = call()
walls, cpus = [], []
for _ in range(runs):
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        result = call()
    walls.append((time.perf_counter() - wall) / repeats)
    cpus.append((time.process_time() - cpu) / repeats)
if asked == "query":
    values = result[:1000].tolist()
if asked == "top":
    values = [result[0][::997].ravel().tolist(), result[1][::997].ravel().tolist()]
if asked == "linkage":
    values = result[:, 2].tolist()
print(json.dumps({"wall": float(np.median(walls)), "cpu": float(np.median(cpus)), "values": values}))
