"""The table of measurements (rows.tsv), and images made from it."""

import dataclasses
import pathlib
import struct

from message import refuse

HERE = pathlib.Path(__file__).parent
MAGIC = b"vhart benchmark\0"  # in front of the parameters: frame/start.S
MODES = {"m": 0, "s": 1, "vs": 2}
LEAVES = {"4k": 0, "2m": 1}
BOARDS = {"htif": 0, "virt": 1, "nemu": 2}


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    program: str
    mode: str
    leaf: str
    size: int
    stride: int
    harts: int
    show: str
    checksum: str  # "-": not known beforehand
    title: str
    sweep: str = ""  # the column that varies, "" when none does

    @property
    def needs_threads(self):
        """Is it about harts that run at the same time, and so about time by the clock?"""
        return self.show == "clock"

    @property
    def needs_h(self):
        return self.mode == "vs" or self.program in ("worldswitch", "mmio", "vmswitch")


def _sweep(text):
    """The values that FIRST:LAST or FIRST:LAST*FACTOR stands for."""
    first, _, rest = text.partition(":")
    last, _, factor = rest.partition("*")
    values = [int(first)]
    while last and values[-1] * int(factor or 4) <= int(last):
        values.append(values[-1] * int(factor or 4))
    return values


def _rows_of(fields):
    name, program, mode, leaf, sizes, stride, harts, show, checksum, title = fields
    sweep = "size" if ":" in sizes else "harts" if ":" in harts else ""
    for size in _sweep(sizes):
        for n in _sweep(harts):
            yield Row(name, program, mode, leaf, size, int(stride), n, show, checksum, title, sweep)
            checksum = "-"


def read_rows():
    lines = (HERE / "rows.tsv").read_text().splitlines()
    fields = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [row for f in fields for row in _rows_of(f)]


def selected(rows, words):
    """The rows whose name, or name up to its first dash, is among the words; all without words."""
    if not words:
        return rows
    chosen = [r for r in rows if r.name in words or r.name.split("-")[0] in words]
    known = {r.name for r in rows} | {r.name.split("-")[0] for r in rows}
    unknown = [w for w in words if w not in known]
    if unknown:
        refuse(f"there is no row {unknown[0]!r}; rows: {' '.join(sorted(known))}")
    return chosen


def image(elf, row, rounds, board):
    """A program with the row's parameters in it: the bytes of an ELF file."""
    data = bytearray(elf.read_bytes())
    at = data.index(MAGIC) + len(MAGIC)
    values = (rounds, row.size, row.stride, row.harts, MODES[row.mode], LEAVES[row.leaf],
              BOARDS[board])
    struct.pack_into("<7Q", data, at, *values)
    return bytes(data)


def flat(elf_bytes):
    """What an image puts at the start of RAM: its one segment (frame/frame.ld)."""
    headers = struct.unpack_from("<Q", elf_bytes, 32)[0]
    offset = struct.unpack_from("<Q", elf_bytes, headers + 8)[0]
    size = struct.unpack_from("<Q", elf_bytes, headers + 32)[0]
    return elf_bytes[offset:offset + size]
