// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_KNOBS_HPP
#define ASSENT_WINDOWS_KNOBS_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/windows/processor_change.hpp>

namespace assent::windows {

/// Where the documentation is silent or contradicts itself, drivers should survive either answer: each member
/// is one such question, with the answer chosen by default. The numbers are those of the requirements table.
struct knobs {
    /// W52: how a processor addition is asked and called off.
    transaction_rules processor_addition = processor_change::rules;
    /// W55: what KeRegisterProcessorChangeCallback returns when its replay was refused. False: NULL, and the
    /// callback is not registered. True: the handle, since the registration as such succeeded.
    bool keeps_callback_that_refused_replay = false;
    /// W40: IoUnregisterPlugPlayNotificationEx from inside the replay of the registering call. False: done,
    /// without waiting. True: refused with STATUS_POSSIBLE_DEADLOCK.
    bool refuses_unregistering_inside_replay = false;
};

} // namespace assent::windows

#endif
