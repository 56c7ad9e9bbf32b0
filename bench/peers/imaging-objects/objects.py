"""Peer of the object benchmark: nuclei by scikit-image, features by cp_measure, CPU time of this process.

objects.py FOLDER REPEATS reads FOLDER/site.json {"width", "height", "channels": [{"name", "file"}], "labels": file},
raw little-endian 16-bit planes, and prints {"nucleiMs", "nuclei", "featuresMs", "objects", "features", "values"}.
"""

import json
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import scipy.ndimage
import skimage.feature
import skimage.filters
import skimage.morphology
import skimage.segmentation
from cp_measure.bulk import get_core_measurements, get_correlation_measurements

warnings.filterwarnings("ignore")


def nuclei(image):
    smooth = skimage.filters.gaussian(image, 1.5, preserve_range=True)
    mask = scipy.ndimage.binary_fill_holes(smooth > skimage.filters.threshold_otsu(smooth))
    depth = skimage.filters.gaussian(scipy.ndimage.distance_transform_edt(mask), 1)
    peaks = skimage.feature.peak_local_max(depth, min_distance=8, labels=mask.astype(int))
    seeds = np.zeros(mask.shape, np.int32)
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    labels = skimage.segmentation.watershed(-depth, seeds, mask=mask)
    areas = np.bincount(labels.ravel())
    labels[areas[labels] < 50] = 0
    return labels


def features(labels, channels):
    found = {}
    names = list(channels)
    for name, measure in get_core_measurements(legacy=True).items():
        if name in ("sizeshape", "zernike", "feret"):
            found.update(measure(labels, None))
            continue
        for channel in names:
            found.update({f"{key}_{channel}": v for key, v in measure(labels, channels[channel]).items()})
    for name, measure in get_correlation_measurements().items():
        options = {"scale_max": 65535} if name == "costes" else {}
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                measured = measure(channels[a], channels[b], labels, **options)
                found.update({f"{key}_{a}_{b}": v for key, v in measured.items()})
    return found


def cpu_ms(repeats, work):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times), result


def main(folder, repeats):
    site = json.loads((folder / "site.json").read_text())
    shape = (site["height"], site["width"])
    read = lambda name: np.fromfile(folder / name, "<u2").reshape(shape)
    channels = {c["name"]: read(c["file"]) for c in site["channels"]}
    labels = read(site["labels"]).astype(np.int32)
    first = next(iter(channels.values()))
    nuclei_ms, segmented = cpu_ms(repeats, lambda: nuclei(first))
    scaled = {name: plane / 65535.0 for name, plane in channels.items()}
    # The measurements take seconds: once is enough.
    features_ms, measured = cpu_ms(1, lambda: features(labels, scaled))
    clean = lambda v: [float(x) if np.isfinite(x) else None for x in np.asarray(v, float).ravel()]
    print(
        json.dumps(
            {
                "nucleiMs": nuclei_ms,
                "nuclei": len(np.unique(segmented)) - 1,
                "featuresMs": features_ms,
                "objects": int(labels.max()),
                "features": len(measured),
                "values": {name: clean(v) for name, v in measured.items()},
            }
        )
    )


main(Path(sys.argv[1]), int(sys.argv[2]))
