// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_KNOBS_HPP
#define ASSENT_WINDOWS_KNOBS_HPP

#include <assent/config.hpp>
#include <assent/core/rules.hpp>
#include <assent/windows/processor_change.hpp>
#include <assent/windows/profile_change.hpp>
#include <assent/windows/target_change.hpp>

namespace assent::windows {

/// Where the documentation is silent or contradicts itself, drivers should survive either answer: each member
/// is one such question, with the answer chosen by default. The numbers are those of the requirements table.
struct knobs {
    /// W52: how a processor addition is asked and called off.
    transaction_rules processor_addition = processor_change::rules;
    /// W52: whether all callbacks of one Start write to one *OperationStatus, so that a later one can erase an earlier
    /// one's refusal. Then everybody is asked, and everybody told of the failure.
    bool shares_operation_status = false;
    /// W16: whether an interface that exists already is told of twice when a driver registers.
    bool replays_interfaces_twice = false;
    /// W55: what KeRegisterProcessorChangeCallback returns when its replay was refused. False: NULL, and the
    /// callback is not registered. True: the handle, since the registration as such succeeded.
    bool keeps_callback_that_refused_replay = false;
    /// W40: IoUnregisterPlugPlayNotificationEx from inside the replay of the registering call. False: done,
    /// without waiting. True: refused with STATUS_POSSIBLE_DEADLOCK.
    bool refuses_unregistering_inside_replay = false;
    /// W22, W23: how a query for removal is asked and called off.
    transaction_rules device_removal = target_change::rules;
    /// W30: the same for a change of the hardware profile.
    transaction_rules hardware_profile = profile_change::rules;
    /// W10: a registration for a target device in the name of that device's driver, made by another one. False:
    /// it is taken, and the observer is told. True: refused with STATUS_INVALID_PARAMETER.
    bool refuses_target_devices_driver = false;
    /// W26: whether drivers are told REMOVE_COMPLETE when the device object is gone already.
    bool device_goes_before_remove_complete = false;
    /// W35: what IoReportTargetDeviceChangeAsynchronous returns. False: STATUS_PENDING. True: STATUS_SUCCESS.
    bool asynchronous_report_succeeds = false;
};

} // namespace assent::windows

#endif
