// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_OBSERVER_HPP
#define ASSENT_WINDOWS_OBSERVER_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/processor.h>

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

/// Sees what a partition does; does nothing unless overridden.
/// Threads  called on whatever thread the callback ran on, also on several at once.
class partition_observer {
public:
    virtual ~partition_observer() = default;
    virtual void called(const callback_call&) noexcept {}
};

} // namespace assent::windows

#endif
