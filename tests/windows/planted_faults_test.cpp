// SPDX-License-Identifier: BSL-1.0
#include <assent/windows/verifier.hpp>

#include "drivers/planted.h"
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace windows_tests;

namespace {

/// A verifier whose clock is what the driver says it spent, a disk with a driver of its own, and a memory module.
struct faulty_bench {
    faulty_bench()
        : checks(std::chrono::microseconds{100},
                 [] {
                     return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(FaultyTimeSpent));
                 }),
          w([this] {
              partition_options o = when_told(1, 1);
              o.observer = &checks;
              return o;
          }()),
          disk(w.in.add_device("DISK#1")) {
        disk.serve_by(&w.idle_driver("disk").object());
    }
    driver& load(const char* name, PDRIVER_INITIALIZE entry) {
        const auto [d, status] = w.in.load(name, entry);
        REQUIRE(status == STATUS_SUCCESS);
        return *d;
    }
    void module_arrives() {
        w.in.add_memory_module();
        w.in.settle();
    }
    NTSTATUS report() {
        TARGET_DEVICE_CUSTOM_NOTIFICATION n{1, 40, some_guid, nullptr, -1, {0}};
        return IoReportTargetDeviceChange(&disk.object(), &n);
    }

    verifier checks;
    world w;
    device& disk;
};

} // namespace

TEST_CASE("W2 W10 W28 W36 W40 W41 W43 W44 W45 W46 W50 W54 W57 W58 each planted fault is reported, and "
          "nothing else") {
    faulty_bench b;
    driver& faulty = b.load("faulty", faulty_DriverEntry);
    for (int fault = 0; fault < 9; ++fault) b.module_arrives();
    CHECK(b.w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(b.report() == STATUS_SUCCESS);
    CHECK(b.w.in.query_remove(b.disk).status == STATUS_UNSUCCESSFUL);
    CHECK(b.w.in.change_hardware_profile().status == STATUS_SUCCESS);
    b.w.in.surprise_remove(b.disk);
    CHECK(b.w.in.unload(faulty).remaining.size() == 1);
    CHECK(
        b.checks.print() ==
        // while it is loaded
        "W36 faulty, IoReportTargetDeviceChange: called above PASSIVE_LEVEL\n"
        "W54 faulty, KeRegisterProcessorChangeCallback: reserved flags\n"
        "W50 faulty, KeRegisterProcessorChangeCallback: called above PASSIVE_LEVEL\n"
        "W10 faulty, IoRegisterPlugPlayNotification: the driver object is the target device's, not the "
        "callback's\n"
        "W2 faulty, IoRegisterPlugPlayNotification: flags that this category does not know\n"
        "W40 faulty, unregistration: unregistered from inside its replay, waiting\n"
        // at each module that arrives
        "W43 faulty, interface change Arrival: returned at another IRQL than it was called at\n"
        "W43 faulty, interface change Arrival: returned with another number of entered critical or guarded "
        "regions\n"
        "W43 faulty, interface change Arrival: returned with another number of entered critical or guarded "
        "regions\n"
        "W28 faulty, interface change Arrival: returned an error status for an event that asks nothing\n"
        "W58 faulty, interface change Arrival: wrote to the read-only notification structure\n"
        "W58 faulty, interface change Arrival: wrote to the interface's name\n"
        "W36 faulty, IoReportTargetDeviceChange: a synchronous report from inside a notification callback\n"
        "W44 faulty, interface change Arrival: took longer than its time budget\n"
        "W46 faulty, ExFreePool: freed the context of a live registration: hardware profile change\n"
        "W41 faulty, unregistration: unregistered what is not, or no longer, registered here\n"
        // a processor, a custom event, a removal that it refuses, a docking, a removal that it cannot
        "W58 faulty, processor change Start: wrote to the read-only notification structure\n"
        "W57 faulty, processor change Complete: wrote *OperationStatus outside Start\n"
        "W58 faulty, target device change Custom: wrote to the read-only notification structure\n"
        "W28 faulty, target device change RemoveCancelled: returned an error status for an event that asks "
        "nothing\n"
        "W58 faulty, hardware profile change ChangeComplete: wrote to the read-only notification structure\n"
        "W28 faulty, hardware profile change ChangeComplete: returned an error status for an event that "
        "asks nothing\n"
        "W58 faulty, target device change RemoveComplete: wrote to the read-only notification structure\n"
        "W45 faulty, Unload: left registered: interface change {3fd0f03d-92e0-45fb-b75c-5ed8ffb01021}\n");
    CHECK(IoUnregisterPlugPlayNotificationEx(FaultyLeftEntry) == STATUS_SUCCESS);
}

TEST_CASE(
    "W2 W10 W28 W36 W40 W41 W43 W44 W45 W46 W50 W54 W57 W58 a driver that does the same as it should is "
    "reported for nothing") {
    faulty_bench b;
    driver& careful = b.load("careful", careful_DriverEntry);
    b.module_arrives();
    b.w.in.set_memory_online(0, false);
    b.w.in.settle();
    b.w.in.workers().drain_items();
    CHECK(b.w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(b.w.in.add_processor().status == STATUS_INSUFFICIENT_RESOURCES);
    CHECK(b.report() == STATUS_SUCCESS);
    CHECK(b.w.in.query_remove(b.disk).status == STATUS_DEVICE_BUSY); // it refuses, then registers anew
    CHECK(b.w.in.query_remove(b.disk, [] { return STATUS_UNSUCCESSFUL; }).status == STATUS_UNSUCCESSFUL);
    CHECK(b.w.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.w.in.change_hardware_profile().status == STATUS_DEVICE_BUSY);
    CHECK(b.w.in.change_hardware_profile().status == STATUS_SUCCESS);
    CHECK(b.w.in.unload(careful).status == STATUS_SUCCESS);
    CHECK(b.checks.print().empty());
    // It was there for all of it.
    const CAREFUL_COUNTS& seen = CarefulCounts;
    CHECK(seen.Arrivals == 2);
    CHECK(seen.Removals == 1);
    CHECK(seen.WorkItems == 2);
    CHECK(seen.ReportsCompleted == 2);
    CHECK(seen.Customs == 5);
    CHECK(seen.Queries == 3);
    CHECK(seen.Cancelled == 2);
    CHECK(seen.Completed == 1);
    CHECK(seen.ProcessorStarts == 3);
    CHECK(seen.ProcessorCompletes == 2);
    CHECK(seen.ProcessorFailures == 1);
    CHECK(seen.ProfileQueries == 2);
    CHECK(seen.ProfileEnds == 2);
    CHECK(seen.Failures == 0);
}

TEST_CASE("W44 the time budget is measured by the clock the verifier was given") {
    faulty_bench b;
    std::string told;
    listener i(told, "i");
    CHECK(i.listen(EventCategoryDeviceInterfaceChange, data_of(memory_guid), b.w.idle_driver("slow")) ==
          STATUS_SUCCESS);
    LONG spent = 0;
    i.hook = [&](const std::string&, PVOID) { FaultyTimeSpent = FaultyTimeSpent + spent; };
    for (const LONG nanoseconds : {0, 100'000}) {
        spent = nanoseconds;
        b.module_arrives();
        CHECK(b.checks.reports().empty());
    }
    spent = 100'001;
    b.module_arrives();
    CHECK(b.checks.print() == "W44 slow, interface change Arrival: took longer than its time budget\n");
}

TEST_CASE("W46 memory that holds no context of a live registration is freed without a word") {
    faulty_bench b;
    driver& d = b.w.idle_driver("tidy");
    auto* const memory = static_cast<unsigned char*>(ExAllocatePoolWithTag(NonPagedPool, 16, 't'));
    auto* const after = static_cast<unsigned char*>(ExAllocatePoolWithTag(NonPagedPool, 16, 't'));
    PVOID const handle = KeRegisterProcessorChangeCallback(
        [](PVOID, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, PNTSTATUS) {}, memory, 0);
    PVOID entry = nullptr;
    const auto routine = [](PVOID, PVOID) -> NTSTATUS { return STATUS_SUCCESS; };
    CHECK(IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, nullptr, &d.object(), routine,
                                         memory + 16, &entry) == STATUS_SUCCESS);
    ExFreePool(after);
    KeDeregisterProcessorChangeCallback(handle);
    ExFreePool(memory); // one past its end is a context, but not inside it
    CHECK(b.checks.print().empty());
    CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_SUCCESS);
}
