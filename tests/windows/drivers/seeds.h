// SPDX-License-Identifier: BSL-1.0
//
// What the two guide-page drivers, seed_async and seed_sync, and the driver that forgets to
// unregister let a test see. To be read while no notification is in progress.

#ifndef TESTS_WINDOWS_DRIVERS_SEEDS_H
#define TESTS_WINDOWS_DRIVERS_SEEDS_H

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

DRIVER_INITIALIZE seed_async_DriverEntry;
DRIVER_INITIALIZE seed_sync_DriverEntry;
DRIVER_INITIALIZE forgetful_DriverEntry;

typedef struct _SEED_ASYNC_COUNTS {
    ULONG ProcessorArrivals;
    ULONG ProcessorRemovals;
    ULONG MemoryArrivals;
    ULONG MemoryRemovals;
    ULONG ActiveProcessors; // as asked for at the last processor arrival
} SEED_ASYNC_COUNTS;

extern SEED_ASYNC_COUNTS SeedAsyncCounts;

typedef struct _SEED_SYNC_COUNTS {
    ULONG Started;
    ULONG Completed;
    ULONG Failed;
    NTSTATUS LastFailure; // the status given with the last failure
} SEED_SYNC_COUNTS;

extern SEED_SYNC_COUNTS SeedSyncCounts;

// The system-wide number of the processor that seed_sync cannot get ready for; MAXULONG for none.
extern ULONG SeedSyncUnreadyProcessor;

typedef struct _FORGETFUL_COUNTS {
    ULONG Loads;
    ULONG Unloads;
    ULONG ProcessorCalls;
    ULONG InterfaceCalls;
} FORGETFUL_COUNTS;

extern FORGETFUL_COUNTS ForgetfulCounts;

// What the driver registered and lost track of in its Unload routine; a test that wants to clean
// up after it unregisters these.
extern PVOID ForgetfulProcessorHandle;
extern PVOID ForgetfulInterfaceEntry;

#ifdef __cplusplus
}
#endif

#endif
