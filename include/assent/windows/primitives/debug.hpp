// SPDX-License-Identifier: BSL-1.0
// Defines DbgPrint and its kin. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_DEBUG_HPP
#define ASSENT_WINDOWS_PRIMITIVES_DEBUG_HPP

#include <string>

#include "../ddk/assent_ddk/debug.h"
#include "../ddk/assent_ddk/status.h"
#include "bug_check.hpp"
#include "debug_format.hpp"
#include "debug_sink.hpp"

extern "C" {

ULONG vDbgPrintEx(ULONG component, ULONG level, PCSTR format, va_list list) {
    assent::windows::detail::format_arguments arguments;
    va_copy(arguments.list, list);
    const std::string text = assent::windows::detail::format_debug_text(format, arguments);
    va_end(arguments.list);
    assent::windows::deliver_debug_text(component, level, text);
    return static_cast<ULONG>(STATUS_SUCCESS);
}

ULONG DbgPrint(PCSTR format, ...) {
    va_list list;
    va_start(list, format);
    const ULONG status = vDbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, format, list);
    va_end(list);
    return status;
}

ULONG DbgPrintEx(ULONG component, ULONG level, PCSTR format, ...) {
    va_list list;
    va_start(list, format);
    const ULONG status = vDbgPrintEx(component, level, format, list);
    va_end(list);
    return status;
}

VOID KeBugCheckEx(ULONG code, ULONG_PTR first, ULONG_PTR second, ULONG_PTR third, ULONG_PTR fourth) {
    assent::windows::bug_check({code, {first, second, third, fourth}, nullptr});
}

VOID RtlAssert(PVOID assertion, PVOID file, ULONG line, PSTR message) {
    const char* const text = static_cast<const char*>(assertion);
    DbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, "*** assertion failed: %s%s%s, %s:%lu\n", text,
               message != nullptr ? " " : "", message != nullptr ? message : "",
               static_cast<const char*>(file), line);
    assent::windows::bug_check({assent::windows::bug_check_codes::assertion_failure, {line, 0, 0, 0}, text});
}

VOID DbgBreakPoint(VOID) { __builtin_trap(); }

} // extern "C"

#endif
