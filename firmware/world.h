/* Where world.S finds things in struct vcpu: world.c checks these against the structure. */
#ifndef FIRMWARE_WORLD_H
#define FIRMWARE_WORLD_H

#define VCPU_X(n)    ((n)*8)
#define VCPU_HOST_SP VCPU_X(0)
#define VCPU_PC      256
#define VCPU_SSTATUS 264
#define VCPU_HSTATUS 272
#define VCPU_F(n)    (280 + (n)*8)
#define VCPU_FCSR    536

#endif
