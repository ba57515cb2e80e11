#!/bin/bash
# Turns a console of vmm (stdin) into what does not depend on timing or on the machine: the lines of
# each VM together, in their order, then vmm's own. What vmm reports about a VM's end goes to that
# VM's lines. Numbers and widths of vmm's table, its row for the slices' ends, and what it
# found out about the hart are masked.
tr -d '\r' | awk '
    !match($0, /^\[[^]]*\] /) { next }
    {
        who = substr($0, 2, RLENGTH - 3)
        text = substr($0, RLENGTH + 1)
    }
    who == "vmm" && match(text, /^[^ ]+ ended: /) {
        who = substr(text, 1, RLENGTH - 8)
        text = "(vmm) " substr(text, RLENGTH - 6)
    }
    who == "vmm" && /\] hart / { text = "hart ..." }
    who == "vmm" && /\] timer interrupt / { next }
    who == "vmm" && / (x|in guest|slices) / { gsub(/[0-9]+/, "#", text); gsub(/ +/, " ", text) }
    { sub(/ +$/, "", text) }
    !(who in lines) { order[++count] = who }
    { lines[who] = lines[who] "[" who "] " text "\n" }
    END {
        for (i = 1; i <= count; i++) if (order[i] != "vmm") sorted[++n] = order[i]
        for (i = 2; i <= n; i++)
            for (j = i; j > 1 && sorted[j] < sorted[j - 1]; j--) {
                t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t
            }
        for (i = 1; i <= n; i++) printf "%s", lines[sorted[i]]
        printf "%s", lines["vmm"]
    }'
