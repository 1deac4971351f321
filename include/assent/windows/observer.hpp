// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_OBSERVER_HPP
#define ASSENT_WINDOWS_OBSERVER_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/processor.h>

#include <chrono>
#include <string_view>

namespace assent::windows {

class driver;

/// One call of a driver's callback, as it is about to return to the partition.
struct callback_call {
    const driver* callee;     ///< null: registered outside any driver
    std::string_view routine; ///< which kind of callback
    std::string_view event;   ///< what it was told
    std::string_view subject; ///< the processor, or the interface's name
    NTSTATUS told;            ///< the status it was told: of a failed addition
    NTSTATUS answer;          ///< what it returned, or left in *OperationStatus
};

/// A rule that a driver broke. The views are good during the call that reports it.
struct violation {
    int requirement;          ///< the number in the requirements table
    const driver* by;         ///< null: not known, or outside any driver
    std::string_view routine; ///< which kind of callback, or which function was called
    std::string_view event;   ///< what the callback was told; empty: not inside one
    std::string_view text;
};

/// Sees what a partition does; does nothing unless overridden.
/// Threads  called on whatever thread the callback ran on, also on several at once.
class partition_observer {
public:
    virtual ~partition_observer() = default;
    virtual void called(const callback_call&) noexcept {}
    virtual void violated(const violation&) noexcept {}
    /// How long a callback may take before that is a violation; zero means unlimited.
    virtual std::chrono::nanoseconds time_budget() const noexcept { return std::chrono::nanoseconds{0}; }
    /// By which clock that is measured.
    virtual std::chrono::steady_clock::time_point now() const noexcept {
        return std::chrono::steady_clock::now();
    }
};

/// Tells the observer, if there is one, that a rule was broken outside a callback.
inline void report_violation(partition_observer* to, int requirement, const driver* by,
                             std::string_view where, std::string_view text) noexcept {
    if (to != nullptr) to->violated({requirement, by, where, {}, text});
}

} // namespace assent::windows

#endif
