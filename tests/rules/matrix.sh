#!/bin/sh
# Every rule in these tables has its tests or its reason, and every test they name is there.
exec "$(dirname "$0")/../../tools/coverage-rules.sh" -q
