// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_TARGET_CHANGE_HPP
#define ASSENT_WINDOWS_TARGET_CHANGE_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/custom_event.hpp>
#include <assent/windows/departure.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/notification_routine.hpp>
#include <assent/windows/pnp_events.hpp>
#include <assent/windows/user_mode.hpp>

#include <memory>
#include <utility>

namespace assent::windows {

/// Changes of one device as a two-phase category, keyed by the device: QUERY_REMOVE is its prepare,
/// REMOVE_COMPLETE its commit, REMOVE_CANCELLED its abort. A custom event is one that cannot be refused.
struct target_change {
    struct event_type {
        const device* on;
        std::shared_ptr<const custom_event> custom{}; ///< null: a removal
        std::shared_ptr<const departure> last{}; ///< of a surprise removal: ends with the last of its events
    };
    using status_type = NTSTATUS;
    using key_type = const device*;
    static key_type key(const event_type& e) noexcept { return e.on; }

    /// W22, W23, W29. Whoever unregisters inside the query hears no more.
    static constexpr transaction_rules rules{abort_audience::with_refuser, abort_order::forward,
                                             after_refusal::stop, withdrawn_participant::silent};
};

/// A driver's routine as a participant in the changes of the device it registered for.
class target_receiver {
public:
    /// @param seen_as  the file object it registered with: delivered as a value, never looked into (W11)
    target_receiver(FILE_OBJECT* seen_as, const notification_routine& routine) noexcept
        : seen_as_(seen_as), routine_(routine) {}

    /// W26: inside REMOVE_COMPLETE the driver may unregister this very object; it lives until the call returns.
    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice,
                        const target_change::event_type& event) const noexcept {
        const bool custom = event.custom != nullptr;
        return routine_.call(
            {"target device change", custom ? "Custom" : removal_events.in(notice.which).name,
             notice.which == phase::prepare, told_status(notice)},
            [&] { return event.on->path(); },
            [&](const callback_scope& scope) {
                return custom ? show_custom(*event.custom, scope) : show_removal(notice.which, scope);
            });
    }

private:
    NTSTATUS show_removal(phase which, const callback_scope& scope) const {
        TARGET_DEVICE_REMOVAL_NOTIFICATION change{};
        change.Version = 1;
        change.Size = static_cast<USHORT>(sizeof(change));
        change.Event = removal_events.in(which).guid;
        change.FileObject = seen_as_;
        return routine_.show(change, scope);
    }
    NTSTATUS show_custom(const custom_event& event, const callback_scope& scope) const {
        const custom_event::copy shown(event, seen_as_);
        const NTSTATUS returned = routine_.pass(shown.get());
        if (routine_.observed() && shown.changed())
            scope.report(58, "wrote to the read-only notification structure");
        return returned;
    }

    FILE_OBJECT* seen_as_;
    notification_routine routine_;
};

/// A user-mode program as such a participant. Custom events are for drivers.
class user_mode_target_receiver : user_mode_receiver {
public:
    explicit user_mode_target_receiver(user_mode_routine routine)
        : user_mode_receiver(std::move(routine), removal_events) {}
    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice,
                        const target_change::event_type& event) const noexcept {
        return event.custom != nullptr ? STATUS_SUCCESS : user_mode_receiver::operator()(notice, event);
    }
};

} // namespace assent::windows

#endif
