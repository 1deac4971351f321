// SPDX-License-Identifier: BSL-1.0
//
// What devwatch.c lets a test see. To be read while no notification is in progress. Only types that have the same
// size everywhere: the driver may be compiled against other DDK headers than the test.

#ifndef TESTS_WINDOWS_DRIVERS_DEVWATCH_H
#define TESTS_WINDOWS_DRIVERS_DEVWATCH_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _DEVWATCH_COUNTS {
    unsigned Devices; // known now
    unsigned Open;    // of which opened now
    unsigned Arrivals;
    unsigned Queries;
    unsigned Cancels;
    unsigned Completes;
    unsigned Customs;
    unsigned Failures; // something did not go as it should
} DEVWATCH_COUNTS;

extern DEVWATCH_COUNTS DevwatchCounts;
extern unsigned DevwatchRefuses; // nonzero: the next queries are vetoed

#ifdef __cplusplus
}
#endif

#endif
