// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_HARDWARE_PROFILE_HPP
#define ASSENT_WINDOWS_HARDWARE_PROFILE_HPP

#include <assent/config.hpp>
#include <assent/core/registration.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/windows/decision.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/entry_maker.hpp>
#include <assent/windows/partition_options.hpp>
#include <assent/windows/profile_change.hpp>
#include <assent/windows/user_mode.hpp>

#include <utility>

namespace assent::windows {

/// The hardware profile of a partition as something that changes, and those who are asked and told.
class hardware_profile {
public:
    explicit hardware_profile(const partition_options& options) : options_(options) {}

    template <class Change> decision change(Change& change) {
        return to_decision(
            changes_.transact({}, change, {.rules = options_.answers.hardware_profile, .budget = {}}));
    }

    registration watch(user_mode_routine routine) {
        return changes_.on({.priority = user_mode_priority},
                           user_mode_receiver(std::move(routine), profile_events));
    }

    NTSTATUS register_change(entry_table& entries, driver& owner,
                             PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context, PVOID* entry) {
        entry_maker made(entries, {entry_kind::plug_play, &owner, context, "hardware profile change"});
        if (!made) return STATUS_INSUFFICIENT_RESOURCES;
        static_cast<void>(changes_.on_into(made.publish_to(entry), {.name = owner.name()},
                                           profile_receiver({routine, context, &owner, options_.observer})));
        return made.finish();
    }

private:
    const partition_options& options_;
    dispatcher<profile_change> changes_;
};

} // namespace assent::windows

#endif
