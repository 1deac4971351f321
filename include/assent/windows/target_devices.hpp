// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_TARGET_DEVICES_HPP
#define ASSENT_WINDOWS_TARGET_DEVICES_HPP

#include <assent/async/post.hpp>
#include <assent/config.hpp>
#include <assent/core/registration.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/windows/custom_event.hpp>
#include <assent/windows/decision.hpp>
#include <assent/windows/delivery_queue.hpp>
#include <assent/windows/departure.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/device_interfaces.hpp>
#include <assent/windows/device_list.hpp>
#include <assent/windows/device_tree.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/entry_maker.hpp>
#include <assent/windows/file_table.hpp>
#include <assent/windows/observer.hpp>
#include <assent/windows/partition_options.hpp>
#include <assent/windows/target_change.hpp>
#include <assent/windows/user_mode.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace assent::windows {

/// The devices of a partition as something that can be opened, asked about, reported on and taken away.
class target_devices {
public:
    target_devices(const partition_options& options, device_list& devices, device_interfaces& interfaces)
        : options_(options), devices_(devices), interfaces_(interfaces) {}

    device_tree& tree() noexcept { return tree_; }
    file_table& files() noexcept { return files_; }

    /// Asks everybody on the device and on what goes with it, user-mode programs first; then sees that nothing is
    /// open on them any more (W24), calls `query`, the devices' own answer, and at last takes the devices away,
    /// before or after drivers are told (W26).
    template <class Query> decision query_remove(device& d, Query& query) {
        if (devices_.present(&d) == nullptr) return {STATUS_NO_SUCH_DEVICE, {}};
        const std::vector<device*> going = tree_.removed_with(d);
        const std::vector<const device*> keys(going.begin(), going.end());
        const bool early = options_.answers.device_goes_before_remove_complete;
        const auto act = [&]() -> NTSTATUS {
            if (files_.open_on(going) != 0) return STATUS_PLUGPLAY_QUERY_VETOED;
            const NTSTATUS status = query();
            if (!NT_SUCCESS(status)) return status;
            // Pulled out meanwhile: then that is what drivers are told.
            if (!tree_.leave_together(going)) return STATUS_NO_SUCH_DEVICE;
            if (early) take_away(going);
            return status;
        };
        const auto answer =
            changes_.transact_keys(keys, {&d}, act, {.rules = options_.answers.device_removal, .budget = {}});
        if (answer && !early) take_away(going);
        return to_decision(answer);
    }

    /// The device is gone, and what hangs on it: nobody was asked (W27).
    void surprise_remove(device& d) {
        if (devices_.present(&d) == nullptr) return;
        const std::vector<device*> gone = tree_.leave(tree_.removed_with(d));
        const bool early = options_.answers.device_goes_before_remove_complete;
        if (early) take_away(gone);
        // From inside a callback the events are queued: the devices are there until the last was delivered.
        const auto last =
            early ? nullptr : std::make_shared<const departure>([this, gone] { take_away(gone); });
        for (const device* each : gone) changes_.announce({each, nullptr, last});
    }

    /// The device goes, and nobody is asked or told but those who watch its interfaces.
    void remove(device& d) {
        devices_.take_out(d);
        tree_.forget(d);
        interfaces_.remove(d);
    }

    registration watch(const device& d, user_mode_routine routine) {
        return changes_.on(&d, {.priority = user_mode_priority},
                           user_mode_target_receiver(std::move(routine)));
    }

    /// @param file  a file object open on a device of this partition
    NTSTATUS register_change(entry_table& entries, PVOID file, driver& owner,
                             PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context, PVOID* entry) {
        const device* const target = devices_.present(files_.device_of(file));
        if (target == nullptr) return STATUS_NO_SUCH_DEVICE; // W8
        const driver* const caller = driver::running();
        if (target->object().DriverObject == &owner.object() && caller != &owner) { // W10
            if (options_.answers.refuses_target_devices_driver) return STATUS_INVALID_PARAMETER;
            report_violation(options_.observer, 10, caller == nullptr ? &owner : caller,
                             "IoRegisterPlugPlayNotification",
                             "the driver object is the target device's, not the callback's");
        }
        entry_maker made(entries, {entry_kind::plug_play, &owner, context,
                                   "target device change " + std::string(target->path())});
        if (!made) return STATUS_INSUFFICIENT_RESOURCES;
        static_cast<void>(changes_.on_into(
            made.publish_to(entry), target, {.name = owner.name()},
            target_receiver(static_cast<FILE_OBJECT*>(file), {routine, context, &owner, options_.observer})));
        return made.finish();
    }

    /// W36: delivered when this returns.
    void report(const device& on, std::shared_ptr<const custom_event> event) {
        changes_.announce({&on, std::move(event), nullptr});
    }
    /// W35.
    NTSTATUS report_later(delivery_queue& deliveries, const device& on,
                          std::shared_ptr<const custom_event> event) {
        const submission queued = post_call(deliveries.executor(), [this, &on, event = std::move(event)] {
            event->deliver();
            changes_.announce({&on, event, nullptr});
        });
        if (queued != submission::accepted) return STATUS_INSUFFICIENT_RESOURCES;
        return options_.answers.asynchronous_report_succeeds ? STATUS_SUCCESS : STATUS_PENDING;
    }

private:
    /// Those that hang on others first.
    void take_away(const std::vector<device*>& going) {
        for (auto each = going.rbegin(); each != going.rend(); ++each) remove(**each);
    }

    const partition_options& options_;
    device_list& devices_;
    device_interfaces& interfaces_;
    device_tree tree_;
    file_table files_;
    dispatcher<target_change> changes_;
};

} // namespace assent::windows

#endif
