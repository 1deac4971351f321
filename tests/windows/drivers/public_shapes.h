/* SPDX-License-Identifier: BSL-1.0 */
/* What the drivers written in the manner of public ones tell the tests. */
#ifndef ASSENT_TESTS_WINDOWS_DRIVERS_PUBLIC_SHAPES_H
#define ASSENT_TESTS_WINDOWS_DRIVERS_PUBLIC_SHAPES_H

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A class of devices of no standard kind: {6c1f5a10-7d0e-4b5e-9b3a-2f6f0f8f6a01} */
#define TOASTWATCH_CLASS                                                                                     \
    {                                                                                                        \
        0x6c1f5a10, 0x7d0e, 0x4b5e, { 0x9b, 0x3a, 0x2f, 0x6f, 0x0f, 0x8f, 0x6a, 0x01 }                       \
    }

typedef struct _TOASTWATCH_COUNTS {
    LONG Opened;
    LONG Closed;
    LONG Queries;
    LONG Cancelled;
    LONG Completed;
    LONG Monitored; /* on the list now */
} TOASTWATCH_COUNTS;
extern TOASTWATCH_COUNTS ToastWatchCounts;

typedef struct _HYPERCPU_COUNTS {
    LONG Virtualised; /* one for each processor that the driver has taken over */
    LONG Misplaced;   /* work that ran on another processor than it was meant for */
    LONG Failures;
} HYPERCPU_COUNTS;
extern HYPERCPU_COUNTS HyperCpuCounts;
extern ULONG
    HyperCpuRefuses; /* the system-wide number of a processor it cannot take over; MAXULONG for none */

/* To the device that mediabell serves: rings, with the payload that the input buffer holds. */
#define IOCTL_MEDIABELL_RING 0x002d2004
/* {0d8a53f2-3a1c-4c8c-9df1-55a7b0d9c202} */
#define MEDIABELL_RANG                                                                                       \
    {                                                                                                        \
        0x0d8a53f2, 0x3a1c, 0x4c8c, { 0x9d, 0xf1, 0x55, 0xa7, 0xb0, 0xd9, 0xc2, 0x02 }                       \
    }
extern LONG MediaBellDelivered; /* completion callbacks */
extern LONG MediaBellRefused;   /* reports that were refused */

typedef struct _VOLFS_COUNTS {
    LONG Arrivals;
    LONG Mounted; /* on the list now */
    LONG Rings;
    LONG Mounts;
    ULONG LastDeviceNumber;
    UCHAR LastPayload[8];
    ULONG LastPayloadSize;
} VOLFS_COUNTS;
extern VOLFS_COUNTS VolFsCounts;

#ifdef __cplusplus
}
#endif

#endif
