"""The simulators: vhart's tiers, and the peers that are there.

A peer is found on the PATH, or where the variable of its name in capitals says (SPIKE=/opt/spike).
PEERS="qemu spike" asks for these and no others; without it, all that are found take part. OTHERS adds
more by their command lines, ";" between them, "virt:" in front for QEMU's board instead of HTIF:
OTHERS="old=build/vhart-old {image}; mine=virt:mine -smp {harts} {image}"."""

import dataclasses
import os
import re
import shutil
import subprocess

from message import refuse


@dataclasses.dataclass(frozen=True)
class Simulator:
    name: str
    board: str
    command: tuple  # {image} (ELF), {flat}, {harts} are replaced
    has_h: bool = True
    has_smp: bool = True
    parallel: bool = False  # vhart with --parallel
    counts: bool = False  # its minstret counts instructions
    version: str = ""

    @property
    def is_vhart(self):
        return self.name.startswith("vhart ")

    def command_for(self, row, files):
        return [word.format(harts=row.harts, **files) for word in self.command]


def _first_line(*command):
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return next(iter((run.stdout + run.stderr).splitlines()), "")


def tiers(vhart):
    """What --tier takes, from vhart's own word about a value that it does not take."""
    said = _first_line(vhart, "--tier=?", "x")
    names = re.search(r"--tier takes (.*), not", said)
    if not names:
        refuse(f"{vhart} does not say what --tier takes, but: {said}")
    return re.split(r", (?:or )?| or ", names[1])


def _vhart_tier(vhart, tier, version):
    command = (vhart, f"--tier={tier}", "-m", "1G", "-p", "{harts}", "{image}")
    return Simulator(f"vhart {tier}", "htif", command, counts=True, version=version)


def _in_parallel(vhart_tier):
    program, *rest = vhart_tier.command
    return dataclasses.replace(vhart_tier, name=f"{vhart_tier.name} --parallel", parallel=True,
                               command=(program, "--parallel", *rest))


_PEERS = {  # name: program, how to call it, and the rest of Simulator
    "qemu": ("qemu-system-riscv64",
             "-accel tcg,thread=multi -M virt -cpu rv64,h=true -m 1G -smp {harts} -nographic -bios none -kernel {image}",
             {"board": "virt"}),
    "nemu": ("riscv64-nemu-interpreter", "-b {flat}", {"board": "nemu", "has_smp": False}),
    "rvvm": ("rvvm", "{image} -m 1G -s {harts} -nogui -nonet", {"board": "virt", "has_h": False}),
    "spike": ("spike", "--isa=rv64gch -m1024 -p{harts} {image}", {"board": "htif", "counts": True}),
}


def _peer(name):
    """The peer, or None when it is not there."""
    program, arguments, facts = _PEERS[name]
    path = shutil.which(os.environ.get(name.upper()) or program)
    if not path:
        return None
    version = _first_line(path, "--version") if name == "qemu" else ""
    return Simulator(name, command=(path, *arguments.split()), version=version, **facts)


def _peers(wanted):
    found = []
    for name in _PEERS if wanted is None else wanted:
        if name not in _PEERS:
            refuse(f"PEERS: there is no peer {name!r}; peers: {' '.join(_PEERS)}")
        peer = _peer(name)
        if peer:
            found.append(peer)
        elif wanted is not None:
            refuse(f"PEERS: no {name} on the PATH; give {name.upper()}=FILE")
    return found


def _others(text):
    """Those of OTHERS."""
    for item in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, command = item.partition("=")
        board = "virt" if command.startswith("virt:") else "htif"
        words = command.removeprefix("virt:").split()
        if not equals or not words or not shutil.which(words[0]):
            refuse(f"OTHERS takes NAME=COMMAND with a program that is there; not {item!r}")
        yield Simulator(name, board, tuple(words))


def simulators(vhart, tiers_wanted, peers_wanted, others, parallel):
    """Those to compare. The lists are names, or None for all that there are; with parallel, vhart's
    tiers are there a second time."""
    if not shutil.which(vhart):
        refuse(f"there is no {vhart}: run 'make'")
    version = _first_line(vhart, "--version")
    known = tiers(vhart)
    for tier in tiers_wanted or []:
        if tier not in known:
            refuse(f"TIERS: vhart has {' '.join(known)}, not {tier!r}")
    chosen = known if tiers_wanted is None else tiers_wanted
    ours = [_vhart_tier(vhart, t, version) for t in chosen]
    return (ours + [_in_parallel(tier) for tier in ours if parallel] + _peers(peers_wanted)
            + list(_others(others)))
