"""Carries out a profiling-recipe configuration with pycytominer's own functions, call by call as the recipe does.

Usage: python recipe.py PROJECT OUT [FLOAT_FORMAT]

PROJECT has backend/BATCH/PLATE/PLATE.sqlite, metadata/ and config_files/config.yml; profiles go to OUT/profiles and OUT/gct under the
recipe's names, at full precision, or rounded at every step by FLOAT_FORMAT such as %.5g, as the recipe does. Prints one JSON line: versions, seconds a step, CPU time of the process.
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import pandas as pd
import yaml
from pycytominer import annotate, feature_select, normalize
from pycytominer.cyto_utils import infer_cp_features, write_gct
from pycytominer.cyto_utils.cells import SingleCells

GZIP = {"method": "gzip", "mtime": 1}
FLOAT_FORMAT = sys.argv[3] if len(sys.argv) > 3 else None
NEGCON = "Metadata_control_type == 'negcon'"


def main(project: pathlib.Path, out: pathlib.Path) -> None:
    seconds = {}

    def timed(name, function):
        started = time.perf_counter()
        result = function()
        seconds[name] = seconds.get(name, 0) + time.perf_counter() - started
        return result

    documents = list(yaml.safe_load_all((project / "config_files" / "config.yml").read_text()))
    pipeline, batches = documents[0], documents[1:]
    for document in batches:
        batch = str(document["batch"])
        # PyYAML takes leading zeros for octal numbers: names are read from the folders instead.
        plates = sorted(path.name for path in (project / "backend" / batch).iterdir())
        for plate in plates:
            folder = out / "profiles" / batch / plate
            folder.mkdir(parents=True, exist_ok=True)
            timed("aggregate", lambda: aggregate_plate(project, pipeline, batch, plate, folder))
            timed("annotate", lambda: annotate_plate(project, pipeline, batch, plate, folder))
            for step, samples, suffix in (("normalize", "all", ""), ("normalize_negcon", NEGCON, "_negcon")):
                timed(step, lambda: normalize_plate(pipeline[step], samples, folder, plate, suffix))
        for step, suffix in (("feature_select", ""), ("feature_select_negcon", "_negcon")):
            timed(step, lambda: select_batch(pipeline[step], out, batch, plates, suffix))
    versions = {name: importlib.metadata.version(name) for name in ("pycytominer", "pandas", "numpy")}
    print(json.dumps({"versions": versions, "seconds": seconds, "cpuSeconds": time.process_time()}))


def aggregate_plate(project, pipeline, batch, plate, folder):
    steps = pipeline["aggregate"]
    database = (project / "backend" / batch / plate / f"{plate}.sqlite").resolve()
    cells = SingleCells(
        f"sqlite:///{database}",
        strata=[steps["plate_column"], steps["well_column"]],
        compartments=pipeline["compartments"],
        aggregation_operation=steps["method"],
        fields_of_view=steps["fields"],
        object_feature="Metadata_ObjectNumber",
        add_image_features="image_feature_categories" in steps,
        image_feature_categories=steps.get("image_feature_categories", []),
    )
    cells.aggregate_profiles(output_file=str(folder / f"{plate}.csv.gz"), compression_options=GZIP, float_format=FLOAT_FORMAT)


def read(path):
    return pd.read_csv(path, dtype={"Metadata_Plate": str})


def annotate_plate(project, pipeline, batch, plate, folder):
    metadata = project / "metadata"
    barcodes = pd.read_csv(
        metadata / "platemaps" / batch / "barcode_platemap.csv", dtype={"Assay_Plate_Barcode": str}
    )
    name = barcodes.query("Assay_Plate_Barcode == @plate").Plate_Map_Name.values[0]
    platemap = pd.read_csv(metadata / "platemaps" / batch / "platemap" / f"{name}.txt", sep="\t")
    steps = pipeline["annotate"]
    external = pd.read_csv(metadata / "external_metadata" / steps["external"]["file"], sep="\t")
    column = f"Metadata_{steps['external']['merge_column']}"
    annotate(
        profiles=read(folder / f"{plate}.csv.gz"),
        platemap=platemap,
        join_on=[pipeline["platemap_well_column"], steps["well_column"]],
        external_metadata=external,
        external_join_on=[column],
        output_file=str(folder / f"{plate}_augmented.csv.gz"),
        clean_cellprofiler=True,
        compression_options=GZIP, float_format=FLOAT_FORMAT,
    )


def normalize_plate(steps, samples, folder, plate, suffix):
    normalize(
        profiles=read(folder / f"{plate}_augmented.csv.gz"),
        features=steps["features"],
        image_features=steps["image_features"],
        samples=samples,
        method=steps["method"],
        output_file=str(folder / f"{plate}_normalized{suffix}.csv.gz"),
        mad_robustize_epsilon=float(steps["mad_robustize_fudge_factor"]),
        compression_options=GZIP, float_format=FLOAT_FORMAT,
    )


def select_batch(steps, out, batch, plates, suffix):
    def path(plate, name):
        return out / "profiles" / batch / plate / f"{plate}_{name}.csv.gz"

    stacked = pd.concat(
        [read(path(plate, f"normalized{suffix}")).assign(Metadata_batch=batch) for plate in plates],
        ignore_index=True,
    )
    metadata = infer_cp_features(stacked, metadata=True)
    features = infer_cp_features(stacked, image_features=steps["image_features"])
    selected = feature_select(
        profiles=stacked.reindex(columns=metadata + features),
        features=steps["features"],
        image_features=steps["image_features"],
        operation=steps["operations"],
    )
    for plate in plates:
        part = selected.query("Metadata_Plate == @plate").reset_index(drop=True).drop(columns=["Metadata_batch"])
        part.to_csv(path(plate, f"normalized_feature_select{suffix}_batch"), index=False, float_format=FLOAT_FORMAT)
    folder = out / "gct" / batch
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{batch}_normalized_feature_select{suffix}_batch"
    selected.to_csv(folder / f"{name}.csv.gz", index=False, float_format=FLOAT_FORMAT)
    write_gct(profiles=selected, output_file=str(folder / f"{name}.gct"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
