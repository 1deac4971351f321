// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_MEMORY_H
#define ASSENT_WINDOWS_DDK_MEMORY_H

#include "types.h"

typedef struct _PHYSICAL_MEMORY_RANGE {
    PHYSICAL_ADDRESS BaseAddress;
    LARGE_INTEGER NumberOfBytes;
} PHYSICAL_MEMORY_RANGE, *PPHYSICAL_MEMORY_RANGE;

typedef enum _MM_PAGE_PRIORITY {
    LowPagePriority,
    NormalPagePriority = 16,
    HighPagePriority = 32
} MM_PAGE_PRIORITY;

ASSENT_DDK_C_BEGIN

NTKERNELAPI PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRanges(VOID);

// Not defined: there are no memory descriptor lists.
NTKERNELAPI PVOID NTAPI MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority);

ASSENT_DDK_C_END

#endif
