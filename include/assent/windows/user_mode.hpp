// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_USER_MODE_HPP
#define ASSENT_WINDOWS_USER_MODE_HPP

#include <assent/config.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/pnp_events.hpp>

#include <functional>
#include <utility>

namespace assent::windows {

/// What a user-mode program would do with an event: it is given the event's GUID, and answers. The answer counts
/// where a driver's would. It does not throw.
using user_mode_routine = std::function<NTSTATUS(const GUID&)>;

/// User-mode programs are asked before drivers (W21, W31).
inline constexpr int user_mode_priority = 1;

/// A user-mode program as a participant in a change.
class user_mode_receiver {
public:
    user_mode_receiver(user_mode_routine routine, const phase_events& events)
        : routine_(std::move(routine)), events_(&events) {}

    template <class Event>
    NTSTATUS operator()(const phase_notice<NTSTATUS>& notice, const Event&) const noexcept {
        return routine_(events_->in(notice.which).guid);
    }

private:
    user_mode_routine routine_;
    const phase_events* events_;
};

} // namespace assent::windows

#endif
