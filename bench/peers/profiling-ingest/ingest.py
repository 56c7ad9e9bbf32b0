"""The peers of ingest on files that are there already; each prints one JSON document.

ingest.py seed FOLDER DATABASE       cytominer-database 0.3.4: a folder of image sets into SQLite
ingest.py aggregate DATABASE mean    pycytominer's SingleCells.aggregate_profiles on such a database
ingest.py cytotable FOLDER OUT       CytoTable: a folder of image sets into joined cells, then pycytominer's aggregate (median)
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
        "values": json.loads(numbers.iloc[0].to_json(double_precision=15)),
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
    strata = [name for name in frame.columns if name.endswith(("Metadata_Plate", "Metadata_Well"))]
    profiles = pycytominer.aggregate(frame, strata=sorted(strata), features="infer", operation="median")
    answer(time.perf_counter() - start, **table(profiles), joined=str(path), strata=strata, head=list(frame.columns)[:12])


{"seed": seed, "aggregate": aggregate, "cytotable": cytotable}[sys.argv[1]](*sys.argv[2:])
