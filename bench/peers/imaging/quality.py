"""Decodes a site, measures image quality as CellProfiler's MeasureImageQuality does, and paints a thumbnail, with the usual Python tools.

    python quality.py REPEATS FILE...      one file a channel; prints one JSON document

CPU time of this process, median over the repeats. Intensities are float64 in 0..1.
"""

import json
import statistics
import sys
import time

import numpy as np
import scipy.fft
import scipy.ndimage as ndi
import tifffile
from centrosome.haralick import Haralick
from centrosome.threshold import TM_GLOBAL, TM_OTSU, get_threshold
from skimage.transform import resize_local_mean

SCALE = 20
COLOURS = [(76, 110, 245), (18, 184, 134), (250, 176, 5), (247, 103, 7), (224, 49, 49), (190, 75, 219)]


def local_focus(pixels, scale):
    height, width = pixels.shape
    rows, columns = -(-height // scale), -(-width // scale)
    y = (np.arange(height) * rows / height).astype(int)
    x = (np.arange(width) * columns / width).astype(int)
    cells = y[:, None] * columns + x[None, :]
    every = np.arange(rows * columns)
    means = ndi.mean(pixels, cells, every)
    variances = ndi.variance(pixels, cells, every)[means != 0] / means[means != 0]
    median = np.median(variances)
    return float(np.var(variances) / median) if median > 0 else 0.0


def power_slope(pixels):
    """centrosome's own function does not run on numpy 2; this is the same computation."""
    height, width = pixels.shape
    y, x = np.arange(height), np.arange(width)
    squares = np.minimum(y, y[::-1])[:, None] ** 2 + np.minimum(x, x[::-1])[None, :] ** 2
    rings = np.floor(np.sqrt(squares)).astype(int) + 1
    wanted = np.arange(2, int(min(height, width) / 8))
    scaled = pixels / np.median(np.abs(pixels - pixels.mean()))
    power = np.abs(scipy.fft.fft2(scaled - scaled.mean())) ** 2
    sums = ndi.sum(power, rings, wanted)
    design = np.stack([np.log(wanted), np.ones(len(wanted))], axis=1)
    return float(np.linalg.lstsq(design, np.log(sums), rcond=None)[0][0])


def quality(pixels):
    mean, low, high = pixels.mean(), pixels.min(), pixels.max()
    median = np.median(pixels)
    threshold, _ = get_threshold(
        TM_OTSU, TM_GLOBAL, pixels, threshold_range_min=0, threshold_range_max=1, two_class_otsu=True, use_weighted_variance=True
    )
    return {
        "TotalIntensity": float(pixels.sum()),
        "MeanIntensity": float(mean),
        "MedianIntensity": float(median),
        "StdIntensity": float(pixels.std()),
        "MADIntensity": float(np.median(np.abs(pixels - median))),
        "MinIntensity": float(low),
        "MaxIntensity": float(high),
        "PercentMaximal": float(100 * np.mean(pixels == high)),
        "PercentMinimal": float(100 * np.mean(pixels == low)),
        "FocusScore": float(((pixels - mean) ** 2).sum() / (pixels.size * mean)),
        f"LocalFocusScore_{SCALE}": local_focus(pixels, SCALE),
        f"Correlation_{SCALE}": float(Haralick(pixels, np.ones(pixels.shape, int), 0, SCALE).H3()[0]),
        "PowerLogLogSlope": power_slope(pixels),
        "ThresholdOtsu": float(threshold),
        "PercentSaturated": float(100 * np.mean(pixels >= 1)),
    }


def thumbnail(planes, size=180):
    dark = np.ones((size, size, 3))
    for plane, colour in zip(planes, COLOURS):
        low, high = np.percentile(plane, [1, 99.5])
        small = np.clip((resize_local_mean(plane.astype(np.float32), (size, size)) - low) / max(high - low, 1), 0, 1)
        dark *= 1 - small[:, :, None] * (np.array(colour) / 255)
    return np.round(255 * (1 - dark)).astype(np.uint8)


def cpu_ms(repeats, work):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times), result


def main():
    repeats, files = int(sys.argv[1]), sys.argv[2:]
    decode_ms, planes = cpu_ms(repeats, lambda: [tifffile.imread(file) for file in files])
    quality_ms, measured = cpu_ms(repeats, lambda: [quality(plane / 65535) for plane in planes])
    thumbnail_ms, _ = cpu_ms(repeats, lambda: thumbnail(planes))
    print(json.dumps({"decodeMs": decode_ms, "qualityMs": quality_ms, "thumbnailMs": thumbnail_ms, "quality": measured}))


main()
