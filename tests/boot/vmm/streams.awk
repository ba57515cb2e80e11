# Turns a console of vmm into what does not depend on timing or on the machine: the lines of each VM
# together, in their order, then vmm's own. What vmm reports about a VM's end goes to that VM's
# lines. Numbers and widths of vmm's table and what it found out about the hart are masked; the
# table's rows that depend on when things happen, and may be missing, are left out.

{ sub(/\r$/, "") }

!match($0, /^\[[^]]*\] /) { next }

{
    who = substr($0, 2, RLENGTH - 3)
    text = substr($0, RLENGTH + 1)
    sub(/ +$/, "", text)
}

who == "vmm" && /: (timer interrupt|device interrupt|kick|virtual instruction|fetch guest-page fault) / { next }
who == "vmm" && /\] hart / { text = "hart ..." }
who == "vmm" && / x |: (slices|world switches|in guest|steal ticks|pages of|pages found) / {
    gsub(/[0-9]+/, "#", text)
    gsub(/ +/, " ", text)
}
who == "vmm" && match(text, /^[^ ]+ ended: /) {
    who = substr(text, 1, RLENGTH - 8)
    text = "(vmm) " substr(text, RLENGTH - 6)
}

!(who in lines) && who != "vmm" { names[++count] = who }
{ lines[who] = lines[who] "[" who "] " text "\n" }

END {
    for (i = 2; i <= count; i++)
        for (j = i; j > 1 && names[j] < names[j - 1]; j--) {
            name = names[j]
            names[j] = names[j - 1]
            names[j - 1] = name
        }
    for (i = 1; i <= count; i++) printf "%s", lines[names[i]]
    printf "%s", lines["vmm"]
}
