/* Double-precision work: bodies attract each other in a plane, symplectic steps. Additions and
 * multiplications, fused ones, a division and a square root each, comparisons, conversions. An
 * event is the pull of one body on another. */
#include "frame.h"

enum { BODIES = 8, STEPS = 400 };

struct body {
    double x, y, vx, vy, mass;
};

static struct body bodies[BODIES];
static u64 close_calls;

static void set_out(void)
{
    u64 seed = 0x2545f4914f6cdd1d;
    for (unsigned k = 0; k < BODIES; k++) {
        struct body *b = &bodies[k];
        seed = xorshift(seed);
        b->x = (double)(s32)seed / 0x1p28;
        b->y = (double)(s32)(seed >> 32) / 0x1p28;
        b->vx = b->vy = 0;
        b->mass = 1.0 + (double)(seed & 15) / 16;
    }
}

static void pull(struct body *to, const struct body *from, double dt)
{
    double dx = from->x - to->x, dy = from->y - to->y;
    double square = __builtin_fma(dx, dx, __builtin_fma(dy, dy, 0.01));
    if (square < 0.5) close_calls++;
    double force = from->mass / (square * __builtin_sqrt(square));
    to->vx = __builtin_fma(dx * force, dt, to->vx);
    to->vy = __builtin_fma(dy * force, dt, to->vy);
}

static void step(double dt)
{
    for (unsigned k = 0; k < BODIES; k++)
        for (unsigned n = 0; n < BODIES; n++)
            if (k != n) pull(&bodies[k], &bodies[n], dt);
    for (unsigned k = 0; k < BODIES; k++) {
        bodies[k].x += bodies[k].vx * dt;
        bodies[k].y += bodies[k].vy * dt;
    }
}

static u64 bits(double value)
{
    u64 result;
    __builtin_memcpy(&result, &value, sizeof result);
    return result;
}

static u64 work(void)
{
    close_calls = 0;
    set_out();
    for (unsigned k = 0; k < STEPS; k++) step(0.001);
    events += STEPS * BODIES * (BODIES - 1);
    u64 sum = close_calls;
    for (unsigned k = 0; k < BODIES; k++)
        sum = mix(mix(sum, bits(bodies[k].x)), (u64)(s64)(bodies[k].vy * 1e6));
    return sum;
}

const struct program program = {.work = work};
