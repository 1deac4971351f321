// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_USER_MODE_HPP
#define ASSENT_WINDOWS_USER_MODE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>

#include <functional>

namespace assent::windows {

/// What a user-mode program would do with an event: it is given the event's GUID, and answers. The answer counts
/// where a driver's would. It does not throw.
using user_mode_routine = std::function<NTSTATUS(const GUID&)>;

/// User-mode programs are asked before drivers (W21, W31).
inline constexpr int user_mode_priority = 1;

} // namespace assent::windows

#endif
