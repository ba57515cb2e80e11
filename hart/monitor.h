/* Reservations of harts that run at the same time.
 *
 * An SC may only succeed when no other hart has stored to what the LR read, even if the value is
 * the same again by now. The value in memory says nothing of that; so every line of memory has a
 * version, shared with others by a hash of its address. Each AMO and SC takes the line: it makes
 * the version odd, works, and leaves a new even one. An SC takes it only with the version that the
 * LR met.
 *
 * Plain stores know nothing of versions, or they would cost what they cost now again. SC therefore
 * also compares the value that the LR read, in one access with its store. docs/decisions/
 * 0012-parallel.md says what that leaves open. */
#ifndef HART_MONITOR_H
#define HART_MONITOR_H

#include "hart/types.h"

enum { MONITOR_LINES = 1 << 12, MONITOR_LINE_SHIFT = 6 };

struct monitor {
    u32 version[MONITOR_LINES];
};

static inline u32 *monitor_line(struct monitor *m, const u8 *host)
{
    u64 hash = ((u64)host >> MONITOR_LINE_SHIFT) * 0x9e3779b97f4a7c15u;
    return &m->version[hash >> 52];
}

/* The version of the line of host, once nobody is at work on it. */
u32 monitor_look(struct monitor *m, const u8 *host);

/* The functions behind those below it. */
u32 *monitor_take_line(struct monitor *m, const u8 *host);
bool monitor_take_line_at(struct monitor *m, const u8 *host, u32 version, u32 **line);
void monitor_give_line(u32 *line);

/* Take the line of host, to be given back. Without a monitor: NULL, and there is nothing to do. */
static inline u32 *monitor_take(struct monitor *m, const u8 *host)
{
    return RARE(m) ? monitor_take_line(m, host) : NULL;
}

/* The same, if the line still has this version; else false, and *line is NULL. */
static inline bool monitor_take_at(struct monitor *m, const u8 *host, u32 version, u32 **line)
{
    *line = NULL;
    return RARE(m) ? monitor_take_line_at(m, host, version, line) : true;
}

static inline void monitor_give(u32 *line)
{
    if (RARE(line)) monitor_give_line(line);
}

/* PAUSE: the hart waits for another one, which may wait for this one's core. */
void monitor_pause(void);

#endif
