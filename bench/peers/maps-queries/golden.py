"""Golden values of clustering: python golden.py > ../../../maps/fixtures/scipy-linkage.json"""

import importlib.metadata
import json
import sys

import numpy as np
from scipy.cluster.hierarchy import cophenet, leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import pdist, squareform

random = np.random.default_rng(11)
points = np.round(random.normal(size=(40, 5)) + 2 * random.integers(0, 3, size=(40, 1)), 6)
distances = pdist(points)
square = squareform(distances)


def path(order):
    return float(sum(square[a, b] for a, b in zip(order[:-1], order[1:])))


clusters = {}
for method in ("average", "ward"):
    tree = linkage(distances, method)
    best = optimal_leaf_ordering(tree, distances)
    clusters[method] = {
        "heights": tree[:, 2].tolist(),
        "sizes": tree[:, 3].astype(int).tolist(),
        "cophenetic": cophenet(tree).tolist(),
        "optimalPath": path(leaves_list(best)),
        "plainPath": path(leaves_list(tree)),
    }

json.dump(
    {
        "versions": {name: importlib.metadata.version(name) for name in ("numpy", "scipy")},
        "points": points.tolist(),
        "clusters": clusters,
    },
    sys.stdout,
)
