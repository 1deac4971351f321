// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PROFILE_CHANGE_HPP
#define ASSENT_WINDOWS_PROFILE_CHANGE_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/callback_scope.hpp>
#include <assent/windows/interface_change.hpp>
#include <assent/windows/user_mode.hpp>

#include <utility>

namespace assent::windows {

namespace detail {
inline constexpr GUID profile_query = pnp_event(1);
inline constexpr GUID profile_cancelled = pnp_event(2);
inline constexpr GUID profile_complete = pnp_event(3);

inline const GUID& profile_event(phase p) noexcept {
    return p == phase::prepare ? profile_query : p == phase::commit ? profile_complete : profile_cancelled;
}
inline const char* profile_name(phase p) noexcept {
    return p == phase::prepare ? "QueryChange" : p == phase::commit ? "ChangeComplete" : "ChangeCancelled";
}
} // namespace detail

/// Changes of the hardware profile as a two-phase category: QUERY_CHANGE, then CHANGE_COMPLETE or
/// CHANGE_CANCELLED (W30).
struct profile_change {
    struct event_type {};
    using status_type = NTSTATUS;

    /// W31: user-mode programs are asked first and told last.
    static constexpr transaction_rules rules{abort_audience::with_refuser, abort_order::reverse,
                                             after_refusal::stop, withdrawn_participant::silent,
                                             commit_order::reverse};
};

/// A driver's routine as a participant.
class profile_receiver {
public:
    profile_receiver(PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context, driver* owner,
                     partition_observer* observer) noexcept
        : routine_(routine), context_(context), owner_(owner), observer_(observer) {}

    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice, const profile_change::event_type&) noexcept {
        const char* const name = detail::profile_name(notice.which);
        const bool asks = notice.which == phase::prepare;
        HWPROFILE_CHANGE_NOTIFICATION change{};
        change.Version = 1;
        change.Size = static_cast<USHORT>(sizeof(change));
        change.Event = detail::profile_event(notice.which);
        NTSTATUS returned = STATUS_SUCCESS;
        {
            const callback_scope scope(owner_, observer_, "hardware profile change", name);
            shown_structure shown(change, scope, observer_ != nullptr);
            returned = routine_(shown.get(), context_);
            if (!asks && !NT_SUCCESS(returned))
                scope.report(28, "returned an error status for an event that asks nothing");
        }
        const NTSTATUS told = notice.reason != nullptr && notice.reason->status != nullptr
                                  ? *notice.reason->status
                                  : STATUS_SUCCESS;
        if (observer_ != nullptr)
            observer_->called({owner_, "hardware profile change", name, "", told, returned});
        return asks && !NT_SUCCESS(returned) ? returned : STATUS_SUCCESS; // W28
    }

private:
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine_;
    PVOID context_;
    driver* owner_;
    partition_observer* observer_;
};

/// A user-mode program as a participant.
class user_mode_profile_receiver {
public:
    explicit user_mode_profile_receiver(user_mode_routine routine) : routine_(std::move(routine)) {}
    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice, const profile_change::event_type&) noexcept {
        return routine_(detail::profile_event(notice.which));
    }

private:
    user_mode_routine routine_;
};

} // namespace assent::windows

#endif
