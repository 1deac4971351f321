// SPDX-License-Identifier: BSL-1.0
// Words that only driver sources use. The host side does without them.
#ifndef ASSENT_WINDOWS_DDK_DRIVER_WORDS_H
#define ASSENT_WINDOWS_DDK_DRIVER_WORDS_H

#include "annotations.h"
#include "debug.h"
#include "irql.h"
#include "old_annotations.h"
#include "structured_exceptions.h"

#define IN
#define OUT
#define OPTIONAL
#define NOTHING
#define CRITICAL
#define RESTRICTED_POINTER
#define POINTER_ALIGNMENT __attribute__((__aligned__(8)))

// These diagnostics are about idioms of the sources this directory exists for: alloc_text pragmas, pool tags
// such as 'tseT', and, from clang 15 on, callback types without a prototype (see ASSENT_DDK_PARAMETERS).
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmultichar"
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wfour-char-constants"
#if !defined(__cplusplus)
#pragma clang diagnostic ignored "-Wstrict-prototypes"
#if __has_warning("-Wdeprecated-non-prototype")
#pragma clang diagnostic ignored "-Wdeprecated-non-prototype"
#endif
#endif
#endif

#define UNREFERENCED_PARAMETER(name) ((void)(name))
#define DBG_UNREFERENCED_PARAMETER(name) ((void)(name))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(name) ((void)(name))
#define UNREFERENCED_LOCAL_VARIABLE(name) ((void)(name))
#define ARGUMENT_PRESENT(argument) ((const CHAR*)(argument) != (const CHAR*)NULL)
#ifdef __cplusplus
#define C_ASSERT(expression) static_assert((expression), #expression)
#else
#define C_ASSERT(expression) _Static_assert((expression), #expression)
#endif
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)

#ifndef DBG
#ifdef NDEBUG
#define DBG 0
#else
#define DBG 1
#endif
#endif

#define ASSENT_DDK_ASSERT(expression, text)                                                                  \
    ((expression) ? (void)0 : RtlAssert((PVOID)(text), (PVOID)(__FILE__), (ULONG)(__LINE__), NULL))
#if DBG
#define ASSERT(expression) ASSENT_DDK_ASSERT(expression, #expression)
#define ASSERTMSG(message, expression) ASSENT_DDK_ASSERT(expression, message)
#define NT_VERIFY(expression) ASSENT_DDK_ASSERT(expression, #expression)
// A block: sources write it with a semicolon after it and without.
#define PAGED_CODE()                                                                                         \
    { ASSENT_DDK_ASSERT(KeGetCurrentIrql() <= APC_LEVEL, "PAGED_CODE above APC_LEVEL"); }
#define KdPrint(arguments) ((void)DbgPrint arguments)
#define KdPrintEx(arguments) ((void)DbgPrintEx arguments)
#define KdBreakPoint() DbgBreakPoint()
#else
#define ASSERT(expression) ((void)0)
#define ASSERTMSG(message, expression) ((void)0)
#define NT_VERIFY(expression) ((void)(expression))
#define PAGED_CODE()
#define KdPrint(arguments) ((void)0)
#define KdPrintEx(arguments) ((void)0)
#define KdBreakPoint() ((void)0)
#endif
#define NT_ASSERT(expression) ASSERT(expression)
#define NT_ASSERTMSG(message, expression) ASSERTMSG(message, expression)
#define NT_FRE_ASSERT(expression) ASSENT_DDK_ASSERT(expression, #expression)
#define NT_ANALYSIS_ASSUME(expression) ((void)0)
#define PAGED_CODE_LOCKED()
#define NOP_FUNCTION ((void)0)

// No debugger is ever attached.
#define KD_DEBUGGER_ENABLED FALSE
#define KD_DEBUGGER_NOT_PRESENT TRUE
#define KdRefreshDebuggerNotPresent() ((BOOLEAN)TRUE)

#ifndef _WIN32
#define __stdcall
#define __cdecl
#define __fastcall
#ifndef __int64
#define __int64 long long
#endif
#ifndef __int8
#define __int8 char
#define __int16 short
#define __int32 int
#endif
#define __debugbreak() __builtin_trap()
#define __assume(expression) ((void)0)
#ifndef __forceinline
#define __forceinline __inline__ __attribute__((__always_inline__))
#endif
#if !defined(__declspec) && !defined(_MSC_EXTENSIONS)
#define __declspec(specifier) ASSENT_DDK_DECLSPEC_##specifier
#define ASSENT_DDK_DECLSPEC_align(bytes) __attribute__((__aligned__(bytes)))
#define ASSENT_DDK_DECLSPEC_code_seg(name)
#define ASSENT_DDK_DECLSPEC_allocate(name)
#define ASSENT_DDK_DECLSPEC_deprecated
#define ASSENT_DDK_DECLSPEC_dllexport
#define ASSENT_DDK_DECLSPEC_dllimport
#define ASSENT_DDK_DECLSPEC_noinline __attribute__((__noinline__))
#define ASSENT_DDK_DECLSPEC_noreturn __attribute__((__noreturn__))
#define ASSENT_DDK_DECLSPEC_nothrow __attribute__((__nothrow__))
#define ASSENT_DDK_DECLSPEC_novtable
#define ASSENT_DDK_DECLSPEC_restrict
#define ASSENT_DDK_DECLSPEC_safebuffers
#define ASSENT_DDK_DECLSPEC_selectany DECLSPEC_SELECTANY
#endif
#endif

#ifndef __cplusplus
#ifndef min
#define min(left, right) (((left) < (right)) ? (left) : (right))
#endif
#ifndef max
#define max(left, right) (((left) > (right)) ? (left) : (right))
#endif
#endif

#endif
