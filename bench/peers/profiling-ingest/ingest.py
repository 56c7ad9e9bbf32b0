"""The peers of ingest on files that are there already; each prints one JSON document.

ingest.py seed FOLDER DATABASE       cytominer-database 0.3.4: a folder of image sets into SQLite
ingest.py aggregate DATABASE mean    pycytominer's SingleCells.aggregate_profiles on such a database
ingest.py cytotable FOLDER OUT       CytoTable: a folder of image sets into joined cells, then pycytominer's aggregate (median)
ingest.py golden DATABASE            every profile that pycytominer makes of such a database: mean, median, median of joined cells
"""
import json
import os
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def answer(seconds, **more):
    usage = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    rss = max(usage.ru_maxrss, children.ru_maxrss) / 1024
    print(json.dumps({"seconds": seconds, "rssMiB": rss, **more}))


def table(frame):
    frame = frame.reset_index(drop=True)
    numbers = frame.select_dtypes("number")
    return {
        "rows": len(frame),
        "columns": list(map(str, frame.columns)),
        "values": {name: None if value != value else value for name, value in numbers.iloc[0].astype(float).items()},
    }


def seed(folder, database):
    from cytominer_database.ingest import seed as ingest

    config = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cytominer-database.ini")
    start = time.perf_counter()
    ingest(folder, f"sqlite:///{database}", config)
    answer(time.perf_counter() - start)


def aggregate(database, operation):
    from pycytominer.cyto_utils.cells import SingleCells

    start = time.perf_counter()
    frame = SingleCells(sql_file=f"sqlite:///{database}", aggregation_operation=operation).aggregate_profiles()
    answer(time.perf_counter() - start, **table(frame))


def cytotable(folder, out):
    import glob

    import pandas
    import pycytominer
    from cytotable import convert

    start = time.perf_counter()
    path = convert(
        source_path=folder,
        source_datatype="csv",
        dest_path=out,
        dest_datatype="parquet",
        preset="cellprofiler_csv",
    )
    frame = pandas.read_parquet(path)
    # the preset leaves out plate and well: they come from the image tables
    images = pandas.concat(map(pandas.read_csv, glob.glob(os.path.join(folder, "*", "Image.csv"))))
    strata = ["Metadata_Plate", "Metadata_Well"]
    images = images[["ImageNumber", *strata]].rename(columns={"ImageNumber": "Metadata_ImageNumber"})
    frame = images.merge(frame, on="Metadata_ImageNumber")
    profiles = pycytominer.aggregate(frame, strata=strata, features="infer", operation="median")
    answer(time.perf_counter() - start, **table(profiles))


def golden(database):
    from pycytominer import aggregate as by_well
    from pycytominer.cyto_utils.cells import SingleCells

    def of(frame):
        return {"columns": list(frame.columns), "rows": frame.to_numpy().tolist()}

    url = f"sqlite:///{database}"
    joined = SingleCells(sql_file=url).merge_single_cells()
    print(
        json.dumps({
            "mean": of(SingleCells(sql_file=url, aggregation_operation="mean").aggregate_profiles()),
            "median": of(SingleCells(sql_file=url, aggregation_operation="median").aggregate_profiles()),
            "joined": of(by_well(joined, operation="median")),
        })
    )


{"seed": seed, "aggregate": aggregate, "cytotable": cytotable, "golden": golden}[sys.argv[1]](*sys.argv[2:])
