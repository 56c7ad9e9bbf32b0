"""Times pycytominer on one plate: python time_selection.py PLATE.parquet OPERATION,OPERATION,… RUNS

Prints one JSON line: CPU and wall seconds (medians) of feature_select and of each normalization, and the features that are left.
"""

import json
import statistics
import sys
import time
import warnings

import pandas as pd
from pycytominer import feature_select, normalize

warnings.simplefilter("ignore")
path, operations, runs = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3])
frame = pd.read_parquet(path)


def timed(work):
    found, wall, cpu = None, [], []
    for _ in range(runs):
        data = frame.copy()
        start, used = time.perf_counter(), time.process_time()
        found = work(data)
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return found, statistics.median(wall), statistics.median(cpu)


selected, wall, cpu = timed(lambda data: feature_select(data, operation=operations))
result = {
    "feature_select": {"wall": wall, "cpu": cpu},
    "features": [name for name in selected.columns if not name.startswith("Metadata")],
    "normalize": {},
}
for method in ("standardize", "robustize", "mad_robustize"):
    _, wall, cpu = timed(lambda data: normalize(data, method=method, samples="Metadata_control_type == 'negcon'"))
    result["normalize"][method] = {"wall": wall, "cpu": cpu}
print(json.dumps(result))
