// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_TARGET_CHANGE_HPP
#define ASSENT_WINDOWS_TARGET_CHANGE_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/callback_scope.hpp>
#include <assent/windows/custom_event.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/interface_change.hpp>
#include <assent/windows/user_mode.hpp>

#include <memory>
#include <string>
#include <utility>

namespace assent::windows {

namespace detail {
inline constexpr GUID query_remove = pnp_event(6);
inline constexpr GUID remove_cancelled = pnp_event(7);
inline constexpr GUID remove_complete = pnp_event(8);

inline const GUID& removal_event(phase p) noexcept {
    return p == phase::prepare ? query_remove : p == phase::commit ? remove_complete : remove_cancelled;
}
inline const char* removal_name(phase p) noexcept {
    return p == phase::prepare ? "QueryRemove" : p == phase::commit ? "RemoveComplete" : "RemoveCancelled";
}
} // namespace detail

/// Changes of one device as a two-phase category, keyed by the device: QUERY_REMOVE is its prepare,
/// REMOVE_COMPLETE its commit, REMOVE_CANCELLED its abort. A custom event is one that cannot be refused.
struct target_change {
    struct event_type {
        const device* on;
        std::shared_ptr<const custom_event> custom{}; ///< null: a removal
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
    target_receiver(FILE_OBJECT* seen_as, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context,
                    driver* owner, partition_observer* observer) noexcept
        : seen_as_(seen_as), routine_(routine), context_(context), owner_(owner), observer_(observer) {}

    /// W26: inside REMOVE_COMPLETE the driver may unregister this very object; it lives until the call returns.
    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice,
                        const target_change::event_type& event) noexcept {
        const bool custom = event.custom != nullptr;
        const char* const name = custom ? "Custom" : detail::removal_name(notice.which);
        const bool asks = notice.which == phase::prepare;
        NTSTATUS returned = STATUS_SUCCESS;
        {
            const callback_scope scope(owner_, observer_, "target device change", name);
            returned = custom ? call_custom(*event.custom, scope) : call_removal(notice.which, scope);
            if (!asks && !NT_SUCCESS(returned))
                scope.report(28, "returned an error status for an event that asks nothing");
        }
        const NTSTATUS told = notice.reason != nullptr && notice.reason->status != nullptr
                                  ? *notice.reason->status
                                  : STATUS_SUCCESS;
        if (observer_ != nullptr)
            observer_->called({owner_, "target device change", name, event.on->path(), told, returned});
        return asks && !NT_SUCCESS(returned) ? returned : STATUS_SUCCESS; // W28
    }

private:
    NTSTATUS call_removal(phase which, const callback_scope& scope) {
        TARGET_DEVICE_REMOVAL_NOTIFICATION change{};
        change.Version = 1;
        change.Size = static_cast<USHORT>(sizeof(change));
        change.Event = detail::removal_event(which);
        change.FileObject = seen_as_;
        shown_structure shown(change, scope, observer_ != nullptr);
        return routine_(shown.get(), context_);
    }
    NTSTATUS call_custom(const custom_event& event, const callback_scope& scope) {
        const custom_event::copy shown(event, seen_as_);
        const NTSTATUS returned = routine_(shown.get(), context_);
        if (observer_ != nullptr && shown.changed())
            scope.report(58, "wrote to the read-only notification structure");
        return returned;
    }

    FILE_OBJECT* seen_as_;
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine_;
    PVOID context_;
    driver* owner_;
    partition_observer* observer_;
};

/// A user-mode program as such a participant. Custom events are for drivers.
class user_mode_target_receiver {
public:
    explicit user_mode_target_receiver(user_mode_routine routine) : routine_(std::move(routine)) {}
    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice,
                        const target_change::event_type& event) noexcept {
        return event.custom != nullptr ? STATUS_SUCCESS : routine_(detail::removal_event(notice.which));
    }

private:
    user_mode_routine routine_;
};

} // namespace assent::windows

#endif
