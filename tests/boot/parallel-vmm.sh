#!/bin/bash
# vmm with two Linux guests on harts that run at the same time: what holds of harts in turn.
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART="${VHART:-build/vhart} --parallel" exec tests/boot/vmm-linux.sh
