// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PROFILE_CHANGE_HPP
#define ASSENT_WINDOWS_PROFILE_CHANGE_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/notification_routine.hpp>
#include <assent/windows/pnp_events.hpp>

#include <string_view>

namespace assent::windows {

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
    explicit profile_receiver(const notification_routine& routine) noexcept : routine_(routine) {}

    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice,
                        const profile_change::event_type&) const noexcept {
        const auto& event = profile_events.in(notice.which);
        HWPROFILE_CHANGE_NOTIFICATION change{};
        change.Version = 1;
        change.Size = static_cast<USHORT>(sizeof(change));
        change.Event = event.guid;
        return routine_.call(
            {"hardware profile change", event.name, notice.which == phase::prepare, told_status(notice)},
            [] { return std::string_view(); },
            [&](const callback_scope& scope) { return routine_.show(change, scope); });
    }

private:
    notification_routine routine_;
};

} // namespace assent::windows

#endif
