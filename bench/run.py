#!/usr/bin/env -S python3 -B
"""Measure vhart's tiers beside other simulators: `make bench`.

CPU seconds of whole processes, beside time by the clock where harts run at the same time; interleaved
runs, medians with least and greatest. Ratios within one call mean something; single figures on a
shared machine do not. Variables (of make or the environment):

  BENCH    rows or groups of rows of bench/rows.tsv (default: all)
  RUNS     samples of each (default 5)
  TIERS    of vhart's (default: all that it has)
  PEERS    qemu, spike, ... (default: all that are found; "": none)
  OTHERS   more simulators by their command lines (bench/simulators.py)
  RUN_SECONDS  how long a long run should take beyond a short one (default 0.5)

Status 1 when a run fails or checksums, events or instruction counts differ."""

import argparse
import json
import os
import pathlib
import sys
import tempfile

import machine
import measurement
import plot
import report
import rows
import simulators
from message import refuse


def words(name):
    """A variable's words; None when it is not set."""
    value = os.environ.get(name)
    return None if value is None else value.split()


def number(name, default, kind):
    try:
        value = kind(os.environ.get(name) or default)
        if value > 0:
            return value
    except ValueError:
        pass
    refuse(f"{name} takes a number above 0, not {os.environ[name]!r}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vhart", default="build/vhart")
    parser.add_argument("--measure", default="build/bench/measure", help="built from bench/measure.c")
    parser.add_argument("--programs", default="build/bench", help="where PROGRAM.elf are")
    parser.add_argument("--out", default="build/bench.json", help="JSON; .svg and .md beside it")
    return parser.parse_args()


def takes_part(simulator, row):
    """A sweep asks whether vhart's own costs stay flat; the stepper keeps nothing that could grow.
    One about harts at the same time compares them with harts in turn, and with peers."""
    if row.needs_threads:
        return simulator.has_smp and "step" not in simulator.name
    if simulator.parallel:
        return False
    if row.sweep:
        return simulator.is_vhart and simulator.name != "vhart step"
    return simulator.has_h or not row.needs_h


def save(out, document):
    out.write_text(json.dumps(document, indent=1) + "\n")
    out.with_suffix(".svg").write_text(plot.svg(document))
    out.with_suffix(".md").write_text(report.markdown(document))


def measure(bench, row, compared, runs):
    """Print a row's figures and whatever is wrong with them; its entry, and whether all is well."""
    taking_part = [s for s in compared if takes_part(s, row)]
    results = bench.compare(taking_part, row, runs)
    entry = report.entry(row, taking_part, results)
    print(report.text(row, entry), flush=True)
    wrong = measurement.complaints(row, taking_part, results)
    for line in wrong:
        print(f"  WRONG: {line}", flush=True)
    return entry, not wrong


def main():
    args = arguments()
    runs, seconds = number("RUNS", 5, int), number("RUN_SECONDS", 0.5, float)
    chosen = rows.selected(rows.read_rows(), words("BENCH"))
    compared = simulators.simulators(args.vhart, words("TIERS") or None, words("PEERS"),
                                     os.environ.get("OTHERS", ""),
                                     any(row.needs_threads for row in chosen))
    document = {"machine": machine.describe(), "runs": runs, "seconds": seconds,
                "simulators": {s.name: s.version for s in compared}, "rows": []}
    out, good = pathlib.Path(args.out), True
    with tempfile.TemporaryDirectory() as scratch:
        bench = measurement.Bench(args.programs, args.measure, scratch, seconds)
        for row in chosen:
            entry, well = measure(bench, row, compared, runs)
            document["rows"].append(entry)
            good = good and well
            save(out, document)  # each time, so that a run cut short leaves what it has
    print(f"{out} has all of it, {out.with_suffix('.svg')} a picture, {out.with_suffix('.md')} a table")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
