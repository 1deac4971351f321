// SPDX-License-Identifier: BSL-1.0
// A test of a driver's notification code: a machine with one disk, and what may happen to it.
#include <assent/windows/ddi.hpp> // the functions the driver calls: in one file of the program
#include <assent/windows/verifier.hpp>

#include <cstdio>

extern "C" DRIVER_INITIALIZE your_driver_DriverEntry;

namespace {

constexpr GUID your_class{0x2d9a6f40, 0x1b7c, 0x4e53, {0x8a, 0x61, 0x0c, 0x94, 0x5d, 0xe2, 0x37, 0xb8}};
int wrong = 0;

void expect(bool holds, const char* what) {
    std::printf("%s %s\n", holds ? "ok   " : "WRONG", what);
    wrong += !holds;
}

} // namespace

int main() {
    using namespace assent::windows;
    verifier checks; // writes down every rule the driver breaks
    partition_options options;
    options.interface_delivery = delivery::when_told; // on this thread, at settle(): the same every time
    options.observer = &checks;
    partition machine(options);
    const scoped_partition now(machine);

    device& disk = machine.add_device("DISK#1");
    machine.set_interface(machine.add_interface(disk, your_class, {}).first->name, true);
    machine.settle();
    const auto is_open = [&] { return disk.object().ReferenceCount != 0; };

    const auto [driver, status] = machine.load("your_driver", your_driver_DriverEntry);
    expect(NT_SUCCESS(status), "loads");
    expect(is_open(), "opens the disk that is there");

    expect(machine.query_remove(disk, [] { return STATUS_DEVICE_BUSY; }).status == STATUS_DEVICE_BUSY,
           "a removal that fails is called off");
    expect(is_open(), "opens the disk again after that");
    {
        const user_handle somebody = machine.open_from_user_mode(disk);
        expect(machine.query_remove(disk).status == STATUS_PLUGPLAY_QUERY_VETOED,
               "somebody else has it open");
    }
    expect(NT_SUCCESS(machine.query_remove(disk).status), "lets the disk be removed");
    expect(!is_open(), "has closed it");
    machine.settle();

    device& other = machine.add_device("DISK#2");
    machine.set_interface(machine.add_interface(other, your_class, {}).first->name, true);
    machine.settle();
    expect(other.object().ReferenceCount == 1, "opens a disk that arrives");
    machine.surprise_remove(other);
    expect(other.object().ReferenceCount == 0, "closes it when it is pulled out");

    expect(NT_SUCCESS(machine.unload(*driver).status), "unloads, leaving nothing registered");
    std::printf("%s", checks.print().c_str());
    expect(checks.reports().empty(), "keeps the rules");
    return wrong == 0 ? 0 : 1;
}
