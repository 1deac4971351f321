// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_TARGET_DEVICES_HPP
#define ASSENT_WINDOWS_TARGET_DEVICES_HPP

#include <assent/config.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/device_tree.hpp>
#include <assent/windows/file_table.hpp>
#include <assent/windows/knobs.hpp>
#include <assent/windows/target_change.hpp>

#include <string>
#include <utility>
#include <vector>

namespace assent::windows {

/// What became of a removal, or of a change of the hardware profile.
struct decision {
    NTSTATUS status; ///< a success, the first veto's status, or that of the failed change
    std::string by;  ///< who refused first: the driver's name; empty otherwise
};

/// What a transaction over drivers says to the host.
inline decision to_decision(const outcome<NTSTATUS>& o) {
    if (o.result() == verdict::would_deadlock) return {STATUS_POSSIBLE_DEADLOCK, {}};
    if (o) return {STATUS_SUCCESS, {}};
    return {o.status().value_or(STATUS_UNSUCCESSFUL), std::string(o.refuser())};
}

/// The devices of a partition as something that can be opened, asked about and taken away.
class target_devices {
public:
    device_tree& tree() noexcept { return tree_; }
    file_table& files() noexcept { return files_; }
    dispatcher<target_change>& changes() noexcept { return changes_; }

    /// Asks everybody on the device and on what goes with it, user-mode programs first; then sees that nothing is
    /// open on them any more (W24), calls `query`, the devices' own answer, and at last `leave(devices)`, before or
    /// after drivers are told (W26).
    template <class Query, class Leave>
    decision query_remove(device& d, Query query, Leave leave, const knobs& answers) {
        const std::vector<device*> going = tree_.removed_with(d);
        const std::vector<const device*> keys(going.begin(), going.end());
        const auto answer =
            changes_.transact_keys(keys, {&d},
                                   [&]() -> NTSTATUS {
                                       if (files_.open_on(going) != 0) return STATUS_PLUGPLAY_QUERY_VETOED;
                                       const NTSTATUS status = query();
                                       if (NT_SUCCESS(status) && answers.device_goes_before_remove_complete)
                                           leave(going);
                                       return status;
                                   },
                                   {.rules = answers.device_removal, .budget = {}});
        if (answer && !answers.device_goes_before_remove_complete) leave(going);
        return to_decision(answer);
    }

    /// The device is gone, and what hangs on it: nobody was asked (W27).
    template <class Leave> void surprise_remove(device& d, Leave leave, const knobs& answers) {
        const std::vector<device*> gone = tree_.removed_with(d);
        if (answers.device_goes_before_remove_complete) leave(gone);
        for (const device* each : gone) changes_.announce({each});
        if (!answers.device_goes_before_remove_complete) leave(gone);
    }

private:
    device_tree tree_;
    file_table files_;
    dispatcher<target_change> changes_;
};

} // namespace assent::windows

#endif
