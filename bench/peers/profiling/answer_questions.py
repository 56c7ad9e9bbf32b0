"""Answers questions about profiles with pycytominer: python answer_questions.py QUESTIONS.json ANSWERS.json

QUESTIONS.json is a list of {"table": CSV path, "calls": [{"verb", "features"?, "arguments"}]}. Each answer is {"columns", "keys"?, "values"}
with missing values as null and infinities as text, {"features"} for a selection, or {"error"}; "versions" names the packages.
"""

import importlib.metadata
import json
import math
import sys
import warnings

import pandas as pd
from pycytominer import consensus, feature_select, normalize

warnings.simplefilter("ignore")


def cell(value):
    if isinstance(value, str):
        return value
    value = float(value)
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value).replace("inf", "Infinity")


def is_feature(name):
    return name.startswith(("Cells", "Cytoplasm", "Nuclei", "PC"))


def answer(frame, call):
    verb, arguments = call["verb"], dict(call["arguments"])
    features = call.get("features", "infer")
    frame = frame.copy()
    if verb == "normalize":
        found = normalize(frame, features=features, **arguments)
    elif verb == "feature_select":
        found = feature_select(frame, features=features, **arguments)
        return {"features": [name for name in found.columns if is_feature(name)]}
    else:
        found = consensus(frame, features=features, **arguments)
    columns = [name for name in found.columns if is_feature(name)]
    result = {"columns": columns, "values": [cell(value) for value in found[columns].to_numpy(dtype=float).ravel()]}
    if verb == "consensus":
        keys = arguments["replicate_columns"]
        result["keys"] = [[cell(value) for value in row] for row in found[keys].to_numpy(dtype=object)]
    return result


def main(questions, answers):
    asked = json.load(open(questions))
    given = []
    for question in asked:
        frame = pd.read_csv(question["table"], float_precision="round_trip")
        row = []
        for call in question["calls"]:
            try:
                row.append(answer(frame, call))
            except Exception as error:
                row.append({"error": f"{type(error).__name__}: {str(error)[:200]}"})
        given.append(row)
    names = ("pycytominer", "numpy", "pandas", "scipy", "scikit-learn")
    json.dump({"versions": {name: importlib.metadata.version(name) for name in names}, "answers": given}, open(answers, "w"))


main(*sys.argv[1:])
