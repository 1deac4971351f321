// SPDX-License-Identifier: BSL-1.0
// What a driver's processor callbacks see, on a machine that this program plays.
#include <assent/windows/ddi.hpp>

#include <cstdio>

extern "C" DRIVER_INITIALIZE percpu_DriverEntry; // examples/drivers/percpu.c, compiled as C

int main() {
    assent::windows::partition machine({.processors = 4});
    assent::windows::scoped_partition now(machine);
    const auto [driver, loaded] = machine.load("percpu", percpu_DriverEntry);
    const auto added = machine.add_processor();                                           // Start, Complete
    const auto failed = machine.add_processor([](ULONG) { return STATUS_UNSUCCESSFUL; }); // Start, Failure
    const auto unloaded = machine.unload(*driver); // refused, with a list, if the driver forgot to unregister
    std::printf("loaded %x, added %x, failed %x, %u processors, unloaded %x\n", static_cast<unsigned>(loaded),
                static_cast<unsigned>(added.status), static_cast<unsigned>(failed.status),
                static_cast<unsigned>(machine.processors().active(ALL_PROCESSOR_GROUPS)),
                static_cast<unsigned>(unloaded.status));
}
