// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_BUG_CHECK_HPP
#define ASSENT_WINDOWS_PRIMITIVES_BUG_CHECK_HPP

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "../ddk/assent_ddk/debug.h"
#include "../ddk/assent_ddk/types.h"

namespace assent::windows {

/// What stops the system on Windows: a rule broken so badly that going on would hide it.
struct bug_check_report {
    ULONG code;
    ULONG_PTR parameters[4];
    const char* text; ///< what happened, in words; may be null
};

/// A handler may throw, which is how a test sees a bug check; if it returns, the program ends.
using bug_check_handler = void (*)(const bug_check_report&);

namespace detail {
inline std::atomic<bug_check_handler> current_bug_check_handler{nullptr};
}

/// Returns the handler before. Null restores the default: print to stderr and abort.
inline bug_check_handler set_bug_check_handler(bug_check_handler handler) noexcept {
    // acq_rel: pairs with the load in bug_check, so that what the handler relies on is there when it runs.
    return detail::current_bug_check_handler.exchange(handler, std::memory_order_acq_rel);
}

[[noreturn]] inline void bug_check(const bug_check_report& report) {
    if (const auto handler = detail::current_bug_check_handler.load(std::memory_order_acquire))
        handler(report);
    std::fprintf(
        stderr, "*** bug check 0x%08lX (%llX, %llX, %llX, %llX) %s\n",
        static_cast<unsigned long>(report.code), static_cast<unsigned long long>(report.parameters[0]),
        static_cast<unsigned long long>(report.parameters[1]),
        static_cast<unsigned long long>(report.parameters[2]),
        static_cast<unsigned long long>(report.parameters[3]), report.text != nullptr ? report.text : "");
    std::abort();
}

/// The codes that the primitives raise.
namespace bug_check_codes {
inline constexpr ULONG irql_not_greater_or_equal = 0x09;
inline constexpr ULONG irql_not_less_or_equal = 0x0A;
inline constexpr ULONG bad_pool_caller = 0xC2;
inline constexpr ULONG driver_verifier_detected_violation = 0xC4;
inline constexpr ULONG no_more_irp_stack_locations = 0x35;
inline constexpr ULONG multiple_irp_complete_requests = 0x44;
inline constexpr ULONG resource_not_owned = 0xE3;
inline constexpr ULONG assertion_failure = 0xC0000420; // the status that a failed assertion raises
} // namespace bug_check_codes

} // namespace assent::windows

#endif
