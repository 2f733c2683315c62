# SPDX-License-Identifier: GPL-2.0-or-later
"""The most memory that `EMBERPROF check --unwind FILE` takes, as a figure: peak.py EMBERPROF FILE"""
import resource
import subprocess
import sys

subprocess.run([sys.argv[1], "check", "--unwind", "--json", sys.argv[2]], check=True,
               stdout=subprocess.DEVNULL)
print("= compile_peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
