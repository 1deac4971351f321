// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_DEBUG_H
#define ASSENT_WINDOWS_DDK_DEBUG_H

#include <stdarg.h>

#include "base.h"

#define DPFLTR_SYSTEM_ID 0
#define DPFLTR_PNPMGR_ID 35
#define DPFLTR_ACPI_ID 24
#define DPFLTR_IHVDRIVER_ID 77
#define DPFLTR_IHVVIDEO_ID 78
#define DPFLTR_IHVAUDIO_ID 79
#define DPFLTR_IHVNETWORK_ID 80
#define DPFLTR_IHVSTREAMING_ID 81
#define DPFLTR_IHVBUS_ID 82
#define DPFLTR_DEFAULT_ID 101
#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#define DPFLTR_MASK 0x80000000

ASSENT_DDK_C_BEGIN

// `l` means 32 bits here as on Windows, so that ULONG prints with %lu; 64 bits are %llu, %I64u or %Iu.
NTSYSAPI VOID NTAPI DbgBreakPoint(VOID);
ULONG DbgPrint(PCSTR Format, ...);
NTSYSAPI ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
NTSYSAPI ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list ArgList);
NTSYSAPI VOID NTAPI RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber,
                              PSTR MutableMessage);
NTKERNELAPI DECLSPEC_NORETURN VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR Parameter1,
                                                      ULONG_PTR Parameter2, ULONG_PTR Parameter3,
                                                      ULONG_PTR Parameter4);

ASSENT_DDK_C_END

#endif
