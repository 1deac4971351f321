// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_TRANSACT_OPTIONS_HPP
#define ASSENT_DISPATCH_TRANSACT_OPTIONS_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>

#include <chrono>
#include <optional>

namespace assent::inline ASSENT_ABI {

/// How one transaction is run: transact(event, action, {.budget = 50ms}).
struct transact_options {
    /// In place of the category's rules.
    std::optional<transaction_rules> rules{};
    /// Time allowed for the prepare phase, looked at after each participant; zero means unlimited.
    std::chrono::nanoseconds budget{0};
};

/// The same over several dispatchers, each of which has rules of its own.
struct joint_options {
    std::chrono::nanoseconds budget{0};
};

} // namespace assent::inline ASSENT_ABI

#endif
