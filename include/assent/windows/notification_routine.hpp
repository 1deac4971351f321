// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_NOTIFICATION_ROUTINE_HPP
#define ASSENT_WINDOWS_NOTIFICATION_ROUTINE_HPP

#include <assent/config.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/callback_scope.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>
#include <assent/windows/observer.hpp>

#include <string_view>

namespace assent::windows {

/// The status an abort carries to its receivers; a success in the other phases.
inline NTSTATUS told_status(const phase_notice<NTSTATUS>& notice) noexcept {
    if (notice.reason == nullptr) return STATUS_SUCCESS;
    return notice.reason->status == nullptr ? STATUS_UNSUCCESSFUL : *notice.reason->status;
}

/// A call of a driver's routine, as observers are told of it.
struct notified_event {
    std::string_view routine;       ///< which kind of callback
    std::string_view name;          ///< what it is told
    bool asks = false;              ///< whether its answer counts
    NTSTATUS told = STATUS_SUCCESS; ///< of what was called off
};

/// A driver's Plug and Play notification routine: the frame that all its calls share.
class notification_routine {
public:
    notification_routine(PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context, driver* owner,
                         partition_observer* observer) noexcept
        : routine_(routine), context_(context), owner_(owner), observer_(observer) {}

    /// Calls body(scope), which calls the routine and says what that returned, as one callback of the driver.
    /// @param subject  callable: what the event is about, for the observer
    /// @return  a refusal, where the routine was asked; else a success (W28). Driver code does not throw.
    template <class Subject, class Body>
    NTSTATUS call(const notified_event& event, Subject subject, Body body) const noexcept {
        NTSTATUS returned = STATUS_SUCCESS;
        {
            const callback_scope scope(owner_, observer_, event.routine, event.name);
            returned = body(scope);
            if (!event.asks && !NT_SUCCESS(returned))
                scope.report(28, "returned an error status for an event that asks nothing");
        }
        if (observed())
            observer_->called({owner_, event.routine, event.name, subject(), event.told, returned});
        return event.asks && !NT_SUCCESS(returned) ? returned : STATUS_SUCCESS;
    }

    /// The routine itself, with a structure that may be written to.
    NTSTATUS pass(PVOID structure) const { return routine_(structure, context_); }
    /// The same with a read-only structure: the driver gets a copy (W17, W58).
    template <class Structure> NTSTATUS show(const Structure& structure, const callback_scope& scope) const {
        shown_structure shown(structure, scope, observed());
        return pass(shown.get());
    }

    bool observed() const noexcept { return observer_ != nullptr; }

private:
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine_;
    PVOID context_;
    driver* owner_;
    partition_observer* observer_;
};

} // namespace assent::windows

#endif
