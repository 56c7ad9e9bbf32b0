"""Times parasail on reads against one reference: python time_alignment.py SECONDS < {"reference", "reads"}

EDNAFULL's 5 and −4, gaps 20 and 2, 16 bits, one thread, path and all (the CIGAR is asked for). Each of parasail's three ways to lay out vectors gets that long. Prints
{"version", "perSecond": {name: alignments per second of CPU time}}.
"""

import json
import sys
import time

import parasail

seconds = float(sys.argv[1])
question = json.load(sys.stdin)
reference, reads = question["reference"], question["reads"]
matrix = parasail.matrix_create("ACGTN", 5, -4)
profile = parasail.profile_create_16(reference, matrix)
ways = {
    "scan": lambda read: parasail.nw_trace_scan_profile_16(profile, read, 20, 2),
    "striped": lambda read: parasail.nw_trace_striped_profile_16(profile, read, 20, 2),
    "diagonal": lambda read: parasail.nw_trace_diag_16(read, reference, 20, 2, matrix),
}
per_second = {}
for name, align in ways.items():
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for read in reads[done % len(reads) :][:100]:
            align(read).cigar.seq
            done += 1
    per_second[name] = done / (time.process_time() - start)
version = ".".join(str(part) for part in parasail.version())
json.dump({"version": version, "perSecond": per_second}, sys.stdout)
