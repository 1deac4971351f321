// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_DRIVERS_HPP
#define ASSENT_EXAMPLES_HOT_ADD_DRIVERS_HPP

#include "names.hpp"
#include "timeline.hpp"

#include <assent/windows/partition.hpp>

#include <wdm.h>

#include <string>

// Each driver has its own DriverEntry; the build gives them different names, as a loader keeps them apart.
extern "C" {
DRIVER_INITIALIZE percpu_DriverEntry;
DRIVER_INITIALIZE adjust_DriverEntry;
DRIVER_INITIALIZE latecomer_DriverEntry;
}

namespace hot_add {

/// Loads a driver and says so. @return the driver, or null: it did not load.
[[nodiscard]] inline assent::windows::driver* load(assent::windows::partition& machine, timeline& log,
                                                   const char* name, PDRIVER_INITIALIZE entry) {
    log.say("host", std::string("loads ") + name);
    const auto [loaded, status] = machine.load(name, entry);
    log.say("host", std::string(name) + " returned " + name_of_status(status) + " from its DriverEntry");
    return NT_SUCCESS(status) ? loaded : nullptr;
}

/// Unloads a driver and says what became of it. False: it left registrations behind, and stays.
[[nodiscard]] inline bool unload(assent::windows::partition& machine, timeline& log,
                                 assent::windows::driver& d) {
    const std::string name(d.name());
    log.say("host", "unloads " + name);
    const assent::windows::unloading result = machine.unload(d);
    if (NT_SUCCESS(result.status)) {
        log.say("host", name + " is unloaded");
        return true;
    }
    log.say("host", name + " cannot be unloaded: " + name_of_status(result.status));
    for (const std::string& left : result.remaining)
        log.say("host", name + " is still registered for: " + left);
    return false;
}

} // namespace hot_add

#endif
