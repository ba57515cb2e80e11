"""What the figures were measured on: no names of machines, users or files."""

import datetime
import os
import pathlib
import platform
import re


def _cpu():
    model = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return model[1] if model else platform.machine()


def cores():
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def describe():
    return {"cpu": _cpu(), "cores": cores(), "kernel": platform.release(),
            "date": datetime.date.today().isoformat()}
