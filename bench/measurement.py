"""Run images, and make seconds a round of what they cost.

A sample is two runs that differ in the number of rounds alone: what is the same in both, start-up,
page tables, first translation, falls out of their difference. How many rounds the long one takes is
settled beforehand for each simulator, so that the difference is long enough to be measured."""

import dataclasses
import pathlib
import statistics
import subprocess

from rows import flat, image

TIMEOUT = 300  # seconds of one run
ROUNDS_MAX = 1 << 24


class Failed(Exception):
    """A run that did not end well: what is wrong."""


@dataclasses.dataclass
class Run:
    rounds: int
    seconds: float  # CPU, user and system, children included
    clock: float  # seconds by the clock
    peak: int  # resident, KiB
    fields: dict  # what the program printed

    def number(self, name):
        return int(self.fields[name])


@dataclasses.dataclass
class Result:
    """What one simulator makes of one row."""

    pairs: list = dataclasses.field(default_factory=list)  # (short run, long run)
    error: str = ""

    def seconds_a_round(self):
        return [(b.seconds - a.seconds) / (b.rounds - a.rounds) for a, b in self.pairs]

    def clock_a_round(self):
        return [(b.clock - a.clock) / (b.rounds - a.rounds) for a, b in self.pairs]

    def shown_a_round(self, row):
        return self.clock_a_round() if row.needs_threads else self.seconds_a_round()

    def _a_round(self, name):
        a, b = self.pairs[0]
        return (b.number(name) - a.number(name)) / (b.rounds - a.rounds)

    @property
    def events(self):
        return self._a_round("events")

    @property
    def instructions(self):
        return self._a_round("instructions")

    @property
    def checksums(self):
        return {run.fields["checksum"] for pair in self.pairs for run in pair}

    def whole_runs(self):
        """CPU seconds of the short runs, for rows about the run itself."""
        return [a.seconds for a, _ in self.pairs]

    def peak(self):
        return max(b.peak for _, b in self.pairs)


class Bench:
    def __init__(self, programs, measure, scratch, seconds):
        self.programs, self.measure = pathlib.Path(programs), measure
        self.scratch, self.seconds = pathlib.Path(scratch), seconds

    def _files(self, simulator, row, rounds):
        """The image as an ELF file and as a flat one."""
        elf, raw = self.scratch / "image.elf", self.scratch / "image.bin"
        data = image(self.programs / f"{row.program}.elf", row, rounds, simulator.board)
        elf.write_bytes(data)
        raw.write_bytes(flat(data))
        return {"image": elf, "flat": raw}

    def run(self, simulator, row, rounds):
        report = self.scratch / "report"
        command = simulator.command_for(row, self._files(simulator, row, rounds))
        done = subprocess.run([self.measure, report, str(TIMEOUT), *command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace")
        status, user, system, clock, peak = report.read_text().split()
        said = done.stdout + done.stderr
        fields = dict(words for words in map(str.split, said.splitlines()) if len(words) == 2)
        if status != "0" or "checksum" not in fields:
            raise Failed(f"exit status {status}: {said.strip()[-200:]!r}")
        if fields["rounds"] != str(rounds):
            raise Failed(f"{fields['rounds']} rounds instead of {rounds}")
        return Run(rounds, float(user) + float(system), float(clock), int(peak), fields)

    def least(self, simulator, row, rounds):
        """Seconds of a run that nothing disturbed, as far as two attempts can tell."""
        return min(self.run(simulator, row, rounds).seconds for _ in range(2))

    def long_rounds(self, simulator, row):
        """How many rounds make the long run."""
        short, rounds = self.least(simulator, row, 1), 2
        aim = max(self.seconds, 3 * short)  # or the noise of the setup drowns it
        while rounds < ROUNDS_MAX:
            extra = self.least(simulator, row, rounds) - short
            if extra > aim / 4:
                return 1 + max(1, round((rounds - 1) * aim / extra))
            rounds *= 4
        return rounds

    def compare(self, simulators, row, runs):
        """A Result for each simulator, by name; their runs are interleaved."""
        results = {s.name: Result() for s in simulators}
        rounds = {}
        for n in range(-1, runs):
            for s in simulators:
                result = results[s.name]
                if result.error:
                    continue
                try:
                    if n < 0:
                        rounds[s.name] = 2 if row.show == "run" else self.long_rounds(s, row)
                    else:
                        pair = [self.run(s, row, k) for k in (1, rounds[s.name])]
                        result.pairs.append(pair)
                except Failed as failure:
                    result.error = str(failure)
        for result in results.values():
            if not result.error and row.show != "run" and min(result.shown_a_round(row)) <= 0:
                result.error = "a long run took less than a short one: give RUN_SECONDS=2 or more"
        return results


def complaints(row, simulators, results):
    """What is not as it must be: lines of text."""
    good = {s: results[s.name] for s in simulators if not results[s.name].error}
    lines = [f"{s.name}: {results[s.name].error}" for s in simulators if s not in good]
    wanted = {row.checksum} if row.checksum != "-" else set()
    sums = wanted.union(*(r.checksums for r in good.values()))
    if len(sums) > 1:
        each = ", ".join(f"{s.name} {' '.join(r.checksums)}" for s, r in good.items())
        lines.append(f"checksums differ: {each}; expected {row.checksum}")
    if len({r.events for r in good.values()}) > 1:
        each = ", ".join(f"{s.name} {r.events}" for s, r in good.items())
        lines.append(f"events differ: {each}")
    counted = {s: r.pairs[0][0].number("instructions") for s, r in good.items()
               if s.counts and row.harts == 1}
    if len(set(counted.values())) > 1:
        each = ", ".join(f"{s.name} {n}" for s, n in counted.items())
        lines.append(f"instructions differ: {each}")
    return lines


def spread(samples):
    """Median, least, greatest."""
    return statistics.median(samples), min(samples), max(samples)
