// SPDX-License-Identifier: BSL-1.0
// Structured exception handling: nothing here raises, so handlers are compiled and never run. What cannot be kept is
// left undefined: __leave, and all of it for Microsoft's compiler, which has its own; mingw-w64's has none.
#ifndef ASSENT_WINDOWS_DDK_STRUCTURED_EXCEPTIONS_H
#define ASSENT_WINDOWS_DDK_STRUCTURED_EXCEPTIONS_H

#include "standard_headers_first.h"
#include "status.h"

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

#if !defined(_MSC_VER)
// Not formatted: the tool takes these names for the keywords they stand in for.
// clang-format off
// A __finally block runs after the other; not when that is left by a return.
#if !defined(__cplusplus)
#define __try if (1)
#define __except(filter) else if ((filter) && 0)
#define __finally if (1)
#elif defined(__cpp_exceptions)
// libstdc++ has a __try of its own, which means this; it came with standard_headers_first.h. C++ exceptions pass.
struct assent_ddk_never_thrown {
    char unused;
};
#ifndef __try
#define __try try
#endif
#define __except(filter) catch (const assent_ddk_never_thrown&)
#define __finally catch (const assent_ddk_never_thrown&) {} if (true)
#endif
// clang-format on
#undef GetExceptionCode // mingw-w64's excpt.h: functions that only handlers may call
#undef GetExceptionInformation
#undef AbnormalTermination
#define GetExceptionCode() ((ULONG)STATUS_UNSUCCESSFUL)
#define GetExceptionInformation() ((PVOID)0)
#define AbnormalTermination() 0
#endif

#endif
