// SPDX-License-Identifier: BSL-1.0
//
// What faulty.c, which breaks every rule that the verifier knows, and careful.c, which does the same things as they
// should be done, let a test see. To be read while no notification is in progress.

#ifndef TESTS_WINDOWS_DRIVERS_PLANTED_H
#define TESTS_WINDOWS_DRIVERS_PLANTED_H

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

DRIVER_INITIALIZE faulty_DriverEntry;
DRIVER_INITIALIZE careful_DriverEntry;

// In nanoseconds: what faulty claims to have spent in its callbacks. The test's clock shows it.
extern volatile LONG FaultyTimeSpent;
// What faulty left registered, for the test to clean up.
extern PVOID FaultyLeftEntry;

typedef struct _CAREFUL_COUNTS {
    ULONG Arrivals;
    ULONG Removals;
    ULONG Queries;
    ULONG Cancelled;
    ULONG Completed;
    ULONG Customs;
    ULONG ReportsCompleted;
    ULONG ProfileQueries;
    ULONG ProfileEnds;
    ULONG ProcessorStarts;
    ULONG ProcessorCompletes;
    ULONG ProcessorFailures;
    ULONG WorkItems;
    ULONG Failures; // something did not go as it should
} CAREFUL_COUNTS;

extern CAREFUL_COUNTS CarefulCounts;

#ifdef __cplusplus
}
#endif

#endif
