"""The simulators: vhart's tiers, and the peers that are there.

A peer is found on the PATH, or where the variable of its name in capitals says (SPIKE=/opt/spike).
PEERS="qemu spike" asks for these and no others; without it, all that are found take part."""

import dataclasses
import os
import re
import shutil
import subprocess


@dataclasses.dataclass(frozen=True)
class Simulator:
    name: str
    board: str
    command: tuple  # {image}, {harts} are replaced
    has_h: bool = True
    counts: bool = False  # its minstret counts instructions
    version: str = ""

    @property
    def is_vhart(self):
        return self.name.startswith("vhart ")

    def command_for(self, image, row):
        return [word.format(image=image, harts=row.harts) for word in self.command]


def _first_line(*command):
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return next(iter((run.stdout + run.stderr).splitlines()), "")


def tiers(vhart):
    """What --tier takes, from vhart's own word about a value that it does not take."""
    said = _first_line(vhart, "--tier=?", "x")
    names = re.search(r"--tier takes (.*), not", said)
    if not names:
        raise SystemExit(f"bench: {vhart} does not say what --tier takes, but: {said}")
    return re.split(r", (?:or )?| or ", names[1])


def _vhart_tier(vhart, tier, version):
    command = (vhart, f"--tier={tier}", "-m", "1G", "-p", "{harts}", "{image}")
    return Simulator(f"vhart {tier}", "htif", command, counts=True, version=version)


_PEERS = {  # name: program, how to call it, and the rest of Simulator
    "qemu": ("qemu-system-riscv64",
             "-M virt -cpu rv64,h=true -m 1G -smp {harts} -nographic -bios none -kernel {image}",
             {"board": "virt"}),
    "spike": ("spike", "--isa=rv64gch -m1024 -p{harts} {image}", {"board": "htif", "counts": True}),
}


def _peer(name):
    """The peer, or None when it is not there."""
    program, arguments, facts = _PEERS[name]
    path = shutil.which(os.environ.get(name.upper()) or program)
    if not path:
        return None
    version = "" if name == "spike" else _first_line(path, "--version")
    return Simulator(name, command=(path, *arguments.split()), version=version, **facts)


def _peers(wanted):
    found = []
    for name in _PEERS if wanted is None else wanted:
        if name not in _PEERS:
            raise SystemExit(f"bench: PEERS: there is no peer {name!r}; peers: {' '.join(_PEERS)}")
        peer = _peer(name)
        if peer:
            found.append(peer)
        elif wanted is not None:
            raise SystemExit(f"bench: PEERS: no {name} on the PATH; give {name.upper()}=FILE")
    return found


def simulators(vhart, tiers_wanted, peers_wanted):
    """Those to compare. The lists are names, or None for all that there are."""
    version = _first_line(vhart, "--version")
    known = tiers(vhart)
    for tier in tiers_wanted or []:
        if tier not in known:
            raise SystemExit(f"bench: TIERS: vhart has {' '.join(known)}, not {tier!r}")
    chosen = known if tiers_wanted is None else tiers_wanted
    return [_vhart_tier(vhart, t, version) for t in chosen] + _peers(peers_wanted)
