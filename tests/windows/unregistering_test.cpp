// SPDX-License-Identifier: BSL-1.0
#include "gate.hpp"
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace windows_tests;
using test_support::gate;
using test_support::runner;

namespace {

/// A driver with one registration of each kind; in its callback each first waits until all are inside theirs.
struct unregistering_bench {
    unregistering_bench() : disk(w.in.add_device("DISK#1")), owner(w.idle_driver("owner")) {
        PFILE_OBJECT const file = open_device(disk);
        CHECK(removals.listen(file, owner) == STATUS_SUCCESS);
        ObDereferenceObject(file);
        CHECK(profiles.listen(EventCategoryHardwareProfileChange, nullptr, owner) == STATUS_SUCCESS);
        CHECK(modules.listen(EventCategoryDeviceInterfaceChange, data_of(memory_guid), owner) ==
              STATUS_SUCCESS);
    }

    world w;
    device& disk;
    driver& owner;
    // A story each: they are told on different threads.
    std::string told[3];
    listener removals{told[0], "r"};
    listener profiles{told[1], "p"};
    listener modules{told[2], "m"};
};

} // namespace

TEST_CASE("W42 a removal and a docking whose callbacks unregister each other, waiting, both go on") {
    unregistering_bench b;
    gate removing{"inside the removal's callback"};
    gate docking{"inside the docking's callback"};
    NTSTATUS first = STATUS_PENDING;
    NTSTATUS second = STATUS_PENDING;
    b.removals.hook = [&](const std::string&, PVOID) {
        removing.open();
        docking.wait();
        first = b.profiles.stop();
    };
    b.profiles.hook = [&](const std::string&, PVOID) {
        docking.open();
        removing.wait();
        second = b.removals.stop();
    };
    {
        const runner remover([&] { CHECK(b.w.in.query_remove(b.disk).status == STATUS_SUCCESS); });
        const runner docker([&] { CHECK(b.w.in.change_hardware_profile().status == STATUS_SUCCESS); });
    }
    CHECK(first == STATUS_SUCCESS);
    CHECK(second == STATUS_SUCCESS);
    // Unregistered while asked: neither hears how it ended.
    CHECK(b.told[0] == "r? ");
    CHECK(b.told[1] == "p?p ");
    CHECK(b.owner.references() == 1);
}

TEST_CASE("W42 three callbacks that unregister each other in a circle all go on") {
    unregistering_bench b;
    gate inside[3]{gate("removal"), gate("docking"), gate("arrival")};
    NTSTATUS status[3] = {STATUS_PENDING, STATUS_PENDING, STATUS_PENDING};
    listener* const all[] = {&b.removals, &b.profiles, &b.modules};
    for (int i = 0; i < 3; ++i) {
        all[i]->hook = [&, i](const std::string&, PVOID) {
            inside[i].open();
            for (gate& each : inside) each.wait();
            status[i] = all[(i + 1) % 3]->stop();
        };
    }
    b.w.in.add_memory_module();
    {
        const runner remover([&] { b.w.in.surprise_remove(b.disk); });
        const runner docker([&] { CHECK(b.w.in.change_hardware_profile().status == STATUS_SUCCESS); });
        const runner teller([&] { b.w.in.settle(); });
    }
    for (const NTSTATUS each : status) CHECK(each == STATUS_SUCCESS);
    CHECK(b.told[0] == "r+ ");
    CHECK(b.told[1] == "p?p ");
    CHECK(b.told[2] == "min ");
    CHECK(b.owner.references() == 0);
}

TEST_CASE("W38 W42 the form that does not wait closes no cycle") {
    unregistering_bench b;
    gate inside{"inside the removal's callback"};
    gate gone{"unregistered"};
    b.removals.hook = [&](const std::string&, PVOID) {
        inside.open();
        gone.wait();
    };
    const runner remover([&] { CHECK(b.w.in.query_remove(b.disk).status == STATUS_SUCCESS); });
    inside.wait();
    CHECK(IoUnregisterPlugPlayNotification(std::exchange(b.removals.entry, nullptr)) == STATUS_SUCCESS);
    gone.open();
}
