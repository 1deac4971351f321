// SPDX-License-Identifier: BSL-1.0
//
// What the three example drivers believe about the machine. A real driver would answer such
// questions through a device control request; these answer a plain call, so that a program
// they are linked into can compare each belief with the truth.
//
// A query is valid from the first call of the driver's DriverEntry on, also after a failed load
// and after an unload. It takes one snapshot under the driver's own lock.

#ifndef DRIVERS_BELIEFS_H
#define DRIVERS_BELIEFS_H

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

// percpu: one block of nonpaged pool for each processor, through the synchronous callback.
typedef struct _PERCPU_BELIEFS {
    BOOLEAN Loaded;
    ULONG Processors;        // added, with their block in use
    ULONGLONG ProcessorMask; // the same by system-wide number, of the first 64
    ULONG Blocks;            // blocks held, in use or prepared for a processor still starting
    ULONG Refusals;          // additions this driver refused
    ULONG Unexpected;        // calls that do not fit the documented order
} PERCPU_BELIEFS, *PPERCPU_BELIEFS;

VOID PercpuQueryBeliefs(_Out_ PPERCPU_BELIEFS Beliefs);

// As many of percpu's next allocations of a processor's block fail as this says.
extern volatile LONG PercpuFailNextAllocations;

// adjust: sizes itself to the machine when processors and memory modules come and go.
typedef struct _ADJUST_BELIEFS {
    BOOLEAN Loaded;
    ULONG ProcessorInterfaces; // enabled, by name
    ULONG MemoryInterfaces;    // enabled, by name
    ULONG Workers;             // one for each active processor, as last asked for
    ULONG Arrivals;            // notifications seen, both classes
    ULONG Removals;
    ULONG Repeated;   // arrivals of an interface already known
    ULONG Lost;       // arrivals not remembered for want of pool
    ULONG Unexpected; // notifications that do not fit what was seen before
} ADJUST_BELIEFS, *PADJUST_BELIEFS;

VOID AdjustQueryBeliefs(_Out_ PADJUST_BELIEFS Beliefs);

// latecomer: registers both ways when the machine is already running, unloads early. What it
// counted stays readable after its unload; it no longer changes then.
typedef struct _LATECOMER_BELIEFS {
    BOOLEAN Loaded;
    ULONG Processors; // completed, as counted until the unload
    ULONGLONG ProcessorMask;
    ULONG Arrivals; // processor interfaces
    ULONG Removals;
    ULONG Unexpected; // out of order, seen twice, or called after the unload
} LATECOMER_BELIEFS, *PLATECOMER_BELIEFS;

VOID LatecomerQueryBeliefs(_Out_ PLATECOMER_BELIEFS Beliefs);

#ifdef __cplusplus
}
#endif

#endif
