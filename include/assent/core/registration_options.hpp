// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_REGISTRATION_OPTIONS_HPP
#define ASSENT_CORE_REGISTRATION_OPTIONS_HPP

#include <assent/config.hpp>

#include <string_view>

namespace assent::inline ASSENT_ABI {

/// How a callback is registered; every member has the usual default: d.on({.priority = 10}, f).
struct registration_options {
    /// Higher is called earlier; equal: in registration order. For levels, not for numbers that are used once: each
    /// priority other than 0 keeps some 100 bytes for as long as the dispatcher (of keys: the key's last registration)
    /// lasts.
    int priority = 0;
    std::string_view name{}; ///< copied; shown in messages and outcomes
    /// Replaying categories: tell the newcomer what exists already before on() returns.
    bool replay = false;
    /// Two-phase replays: stay registered although the replay was refused.
    bool stay_if_refused = false;
    /// The callback is called only after registration::start(). Has no effect together with `replay`.
    bool deferred = false;
};

} // namespace assent::inline ASSENT_ABI

#endif
