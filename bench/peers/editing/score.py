"""Scores global alignments with parasail: python score.py < QUESTION.json

The question is {"match", "mismatch", "unknown", "gapOpen", "gapExtend", "pairs": [[read, reference], …]}, gaps at the ends costing as
much as others. Prints {"version", "scores", "cigars"}.
"""

import json
import sys

import parasail

question = json.load(sys.stdin)
matrix = parasail.matrix_create("ACGTN", question["match"], question["mismatch"])
for other in range(5):
    matrix[4, other] = question["unknown"]
    matrix[other, 4] = question["unknown"]

scores, cigars = [], []
for read, reference in question["pairs"]:
    result = parasail.nw_trace_scan_16(read, reference, -question["gapOpen"], -question["gapExtend"], matrix)
    scores.append(result.score)
    cigars.append(result.cigar.decode.decode())
version = ".".join(str(part) for part in parasail.version())
json.dump({"version": version, "scores": scores, "cigars": cigars}, sys.stdout)
