"""From results to figures, lines of text and JSON."""

import machine
from measurement import spread


def figures(row, simulator, result, instructions):
    """What is said about one simulator in one row; speeds are 1 / seconds of something."""
    if result.error:
        return {"simulator": simulator.name, "error": result.error}
    out = {"simulator": simulator.name, "peak_kib": result.peak()}
    if row.show == "run":
        out["ms_a_run"] = [1e3 * s for s in spread(result.whole_runs())]
        return out
    median, least, most = spread(result.seconds_a_round())
    out["rounds"] = result.pairs[0][1].rounds
    out["ns_an_event"] = [1e9 * s / result.events for s in (median, least, most)]
    out["clock_ns_an_event"] = [1e9 * s / result.events for s in spread(result.clock_a_round())]
    if instructions:
        out["mips"] = [1e-6 * instructions / s for s in (median, most, least)]
    return out


UNITS = {"mips": ("mips", "MIPS", False), "event": ("ns_an_event", "ns an event", True),
         "clock": ("clock_ns_an_event", "ns an event, clock / CPU", True),
         "run": ("ms_a_run", "ms a run", True)}


def seconds_like(row, figure):
    """A number that is smaller the faster the simulator is, for ratios; None after a failure."""
    key, _, smaller_is_better = UNITS[row.show]
    if key not in figure:
        return None
    return figure[key][0] if smaller_is_better else 1 / figure[key][0]


def counted_instructions(row, simulators, results):
    """Of a round; None when nobody counted, or hart 0 alone was counted."""
    counted = [results[s.name].instructions for s in simulators
               if s.counts and row.harts == 1 and not results[s.name].error]
    return counted[0] if counted else None


def entry(row, simulators, results):
    """A row's part of the JSON file."""
    instructions = counted_instructions(row, simulators, results)
    good = [r for r in results.values() if not r.error]
    sums = set().union(*(r.checksums for r in good))
    out = {"row": row.name, "title": row.title, "show": row.show}
    if row.sweep:
        out[row.sweep] = getattr(row, row.sweep)
    if row.needs_threads:
        out["host_cores"] = machine.cores()
    if len(sums) == 1:
        out["checksum"] = sums.pop()
    if good and instructions and row.show != "run":
        out["instructions_an_event"] = instructions / good[0].events
    out["simulators"] = [figures(row, s, results[s.name], instructions) for s in simulators]
    _add_ratios(row, out["simulators"])
    return out


def _add_ratios(row, all_figures):
    """For each of vhart's tiers, how many times as fast as each peer it is."""
    for figure in all_figures:
        ours = seconds_like(row, figure)
        if ours is None or not figure["simulator"].startswith("vhart "):
            continue
        peers = [(f["simulator"], seconds_like(row, f)) for f in all_figures
                 if not f["simulator"].startswith("vhart ")]
        figure["times_as_fast_as"] = {name: theirs / ours for name, theirs in peers if theirs}


def _number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _line(row, figure):
    name = figure["simulator"]
    if "error" in figure:
        return f"  {name:<12} failed: {figure['error']}"
    key, unit, _ = UNITS[row.show]
    median, low, high = (_number(v) for v in figure[key])
    ratios = "".join(f", {_number(ratio)} x {peer}"
                     for peer, ratio in figure.get("times_as_fast_as", {}).items())
    value = f"{median} {unit} ({low}-{high})"
    if row.needs_threads:
        cpu, low_cpu, high_cpu = (_number(v) for v in figure["ns_an_event"])
        value = f"{median} ({low}-{high}) / {cpu} ({low_cpu}-{high_cpu}) {unit}"
    return f"  {name:<12} {value:<36} {figure['peak_kib'] / 1024:7.1f} MiB{ratios}"


def text(row, json_entry):
    head = f"{row.name}: {row.title}"
    if row.sweep:
        head += f", {row.sweep} {json_entry[row.sweep]}"
    if row.needs_threads:
        head += f", on {json_entry['host_cores']} cores of the host"
    if "instructions_an_event" in json_entry:
        head += f" ({json_entry['instructions_an_event']:.1f} instructions an event)"
    return "\n".join([head] + [_line(row, f) for f in json_entry["simulators"]])


def _cells(row, names):
    key = UNITS[row["show"]][0]
    by_name = {f["simulator"]: f for f in row["simulators"]}
    for name in names:
        figure = by_name.get(name, {})
        if key not in figure:
            yield "–"
        elif row["show"] == "clock":
            yield f"{_number(figure[key][0])} / {_number(figure['ns_an_event'][0])}"
        else:
            yield _number(figure[key][0])


def _label(row):
    for variable in ("size", "harts"):
        if variable in row:
            return f"{row['title']}: {row[variable]}"
    return row["title"]


def markdown(document):
    """The medians as a table."""
    names = list(document["simulators"])
    lines = [["row", "", *names], ["---"] * (2 + len(names))]
    lines += [[_label(r), UNITS[r["show"]][1], *_cells(r, names)] for r in document["rows"]]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
