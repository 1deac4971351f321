// SPDX-License-Identifier: BSL-1.0
#include "gate.hpp"
#include "world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

using namespace windows_tests;
using test_support::runner;
using test_support::stop;

namespace {

// Cleared before and after: the plan is the driver's global variable.
struct plan_for_recorder {
    plan_for_recorder() { RecorderPlan = RECORDER_PLAN{}; }
    plan_for_recorder(const plan_for_recorder&) = delete;
    plan_for_recorder& operator=(const plan_for_recorder&) = delete;
    ~plan_for_recorder() { RecorderPlan = RECORDER_PLAN{}; }
    RECORDER_PLAN* operator->() const { return &RecorderPlan; }
};

bool mentions(const std::vector<std::string>& list, const std::string& word) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& s) { return s.find(word) != s.npos; });
}

} // namespace

TEST_CASE("W9 a processor callback counts among its driver's references too") {
    world w;
    receiver p;
    const plan_for_recorder plan;
    plan->Processor = p.get();
    plan->UnregistersInUnload = TRUE;
    const auto [d, status] = w.in.load("recorder", recorder_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(d->references() == 1);
    CHECK(w.in.unload(*d).status == STATUS_SUCCESS);
    CHECK(d->references() == 0);
}

TEST_CASE("W45 a driver that unregisters in its Unload routine unloads") {
    world w(when_told(2, 1));
    receiver p;
    receiver i;
    const plan_for_recorder plan;
    plan->Processor = p.get();
    plan->ProcessorFlags = KE_PROCESSOR_CHANGE_ADD_EXISTING;
    plan->Interface = i.get();
    plan->InterfaceFlags = include_existing;
    plan->InterfaceClassGuid = memory_guid;
    plan->UnregistersInUnload = TRUE;
    const auto [d, status] = w.in.load("recorder", recorder_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(p.take() == "Start0 Start1 Complete0 Complete1");
    CHECK(i.take() == "+ACPI#PNP0C80#0");
    const unloading result = w.in.unload(*d);
    CHECK(result.status == STATUS_SUCCESS);
    CHECK(result.remaining.empty());
    CHECK(plan->Unloads == 1);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(p.count() == 0);
    CHECK(i.count() == 0);
}

TEST_CASE("W45 one that forgets is refused with the list, and what it left is called no more") {
    world w(when_told(1, 0));
    const auto [d, status] = w.in.load("forgetful", forgetful_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.settle();
    CHECK(ForgetfulCounts.ProcessorCalls == 2);
    CHECK(ForgetfulCounts.InterfaceCalls == 1);
    const unloading result = w.in.unload(*d);
    CHECK(result.status == STATUS_UNSUCCESSFUL);
    CHECK(ForgetfulCounts.Unloads == 1); // the routine ran, and then it was looked
    REQUIRE(result.remaining.size() == 2);
    CHECK(mentions(result.remaining, "processor change"));
    CHECK(mentions(result.remaining, "interface change"));
    CHECK(mentions(result.remaining, "97fadb10-4e33-40ae-359c-8bef029dbdd0")); // which class
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.settle();
    CHECK(ForgetfulCounts.ProcessorCalls == 2);
    CHECK(ForgetfulCounts.InterfaceCalls == 1);
}

TEST_CASE("W45 the handles of a driver that was refused can still be given back, once; then it unloads") {
    world w(when_told(1, 0));
    const auto [d, status] = w.in.load("forgetful", forgetful_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(w.in.unload(*d).remaining.size() == 2);
    CHECK(d->references() == 2); // its image stays
    CHECK(w.in.unload(*d).remaining.size() == 2);
    CHECK(IoUnregisterPlugPlayNotificationEx(ForgetfulInterfaceEntry) == STATUS_SUCCESS);
    CHECK(IoUnregisterPlugPlayNotificationEx(ForgetfulInterfaceEntry) == STATUS_INVALID_PARAMETER);
    const unloading less = w.in.unload(*d);
    CHECK(less.status == STATUS_UNSUCCESSFUL);
    CHECK(less.remaining.size() == 1);
    KeDeregisterProcessorChangeCallback(ForgetfulProcessorHandle);
    KeDeregisterProcessorChangeCallback(ForgetfulProcessorHandle);
    CHECK(d->references() == 0);
    CHECK(w.in.unload(*d).status == STATUS_SUCCESS);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.settle();
    CHECK(ForgetfulCounts.ProcessorCalls == 0);
    CHECK(ForgetfulCounts.InterfaceCalls == 0);
}

TEST_CASE("W45 only the driver's own registrations are looked at and silenced") {
    world w(when_told(1, 0));
    receiver bystander;
    receiver processors;
    const interface_watch other(w, w.idle_driver("other"), bystander, processor_guid);
    const processor_watch nobodys(processors);
    const auto [d, status] = w.in.load("forgetful", forgetful_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(w.in.unload(*d).remaining.size() == 2);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.settle();
    CHECK(bystander.story() == "+ACPI#ACPI0007#1");
    CHECK(processors.story() == "Start1 Complete1");
}

TEST_CASE("W45 a driver without an Unload routine cannot be unloaded, and goes on") {
    world w(when_told(1, 0));
    receiver p;
    const plan_for_recorder plan;
    plan->Processor = p.get();
    plan->WithoutUnload = TRUE;
    const auto [d, status] = w.in.load("recorder", recorder_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(w.in.unload(*d).status == STATUS_INVALID_DEVICE_REQUEST);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(p.story() == "Start1 Complete1");
}

TEST_CASE("W45 a DriverEntry that fails: its status, and nothing of it is called any more") {
    world w(when_told(1, 0));
    receiver p;
    const plan_for_recorder plan;
    plan->Processor = p.get();
    plan->FailsToLoad = TRUE;
    CHECK(w.in.load("recorder", recorder_DriverEntry).second == STATUS_UNSUCCESSFUL);
    static int calls;
    calls = 0;
    const auto careless = [](PDRIVER_OBJECT, PUNICODE_STRING) -> NTSTATUS {
        static_cast<void>(KeRegisterProcessorChangeCallback(
            [](PVOID, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, PNTSTATUS) { ++calls; }, nullptr, 0));
        return STATUS_NOT_SUPPORTED;
    };
    CHECK(w.in.load("careless", careless).second == STATUS_NOT_SUPPORTED);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(p.count() == 0);
    CHECK(calls == 0);
}

TEST_CASE("W45 what was registered inside a callback is its driver's, and is found at unload") {
    world w(when_told(1, 0));
    static PVOID late;
    static receiver* to;
    receiver r;
    late = nullptr;
    to = &r;
    const auto entry = [](PDRIVER_OBJECT d, PUNICODE_STRING) -> NTSTATUS {
        static PVOID watch;
        d->DriverUnload = [](PDRIVER_OBJECT) { IoUnregisterPlugPlayNotificationEx(watch); };
        return IoRegisterPlugPlayNotification(
            EventCategoryDeviceInterfaceChange, 0, data_of(memory_guid), d,
            [](PVOID, PVOID) -> NTSTATUS {
                late = KeRegisterProcessorChangeCallback(RecorderProcessorChange, to->get(), 0);
                return STATUS_SUCCESS;
            },
            nullptr, &watch);
    };
    const auto [d, status] = w.in.load("late", entry);
    REQUIRE(status == STATUS_SUCCESS);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(late != nullptr);
    CHECK(d->references() == 2);
    const unloading result = w.in.unload(*d);
    CHECK(result.remaining.size() == 1);
    CHECK(mentions(result.remaining, "processor change"));
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.count() == 0);
}

TEST_CASE("W45 unloading waits for a forgotten callback that is running: afterwards no code of it runs") {
    world w(by_worker());
    receiver i;
    stop inside;
    i->HookContext = &inside;
    i->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        static_cast<stop*>(recorder->HookContext)->here();
    };
    const plan_for_recorder plan;
    plan->Interface = i.get();
    plan->InterfaceClassGuid = memory_guid;
    const auto [d, status] = w.in.load("recorder", recorder_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    w.in.add_memory_module();
    inside.entered.wait();
    std::atomic<bool> returned{false};
    bool callback_was_over = false;
    {
        driver& leaving = *d;
        const runner unloader([&] {
            CHECK(w.in.unload(leaving).remaining.size() == 1);
            callback_was_over = inside.left.load();
            returned = true;
        });
        CHECK(test_support::stays_false([&] { return returned.load(); }));
        inside.leave.open();
    }
    CHECK(callback_was_over);
}

TEST_CASE("W45 the partition a DDI call acts on is that of the driver whose code is running") {
    partition a(when_told(3));
    partition b(when_told(5));
    static ULONG seen;
    const auto entry = [](PDRIVER_OBJECT, PUNICODE_STRING) -> NTSTATUS {
        seen = KeQueryActiveProcessorCount(nullptr);
        return STATUS_SUCCESS;
    };
    const scoped_partition first(a);
    CHECK(KeQueryActiveProcessorCount(nullptr) == 3);
    {
        const scoped_partition second(b);
        CHECK(KeQueryActiveProcessorCount(nullptr) == 5);
        CHECK(a.load("driver", entry).second == STATUS_SUCCESS);
        CHECK(seen == 3);
    }
    CHECK(partition::current() == &a);
}

TEST_CASE("W63 the asynchronous seed driver hears of processors and memory that arrive, and unloads") {
    world w(by_worker(2, 1));
    const auto [d, status] = w.in.load("seed_async", seed_async_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(d->references() == 2);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.add_memory_module();
    w.in.add_memory_module();
    w.in.settle();
    CHECK(SeedAsyncCounts.ProcessorArrivals == 1);
    CHECK(SeedAsyncCounts.ActiveProcessors == 3);
    CHECK(SeedAsyncCounts.MemoryArrivals == 2);
    CHECK(w.in.set_memory_online(2, false));
    CHECK(w.in.set_processor_online(2, false));
    w.in.settle();
    CHECK(SeedAsyncCounts.MemoryRemovals == 1);
    CHECK(SeedAsyncCounts.ProcessorRemovals == 1);
    const unloading result = w.in.unload(*d);
    CHECK(result.status == STATUS_SUCCESS);
    CHECK(result.remaining.empty());
    w.in.add_memory_module();
    w.in.settle();
    CHECK(SeedAsyncCounts.MemoryArrivals == 2);
    // And again: nothing was left behind.
    const auto [again, second] = w.in.load("seed_async", seed_async_DriverEntry);
    CHECK(second == STATUS_SUCCESS);
    CHECK(w.in.unload(*again).status == STATUS_SUCCESS);
}

TEST_CASE("W63 the synchronous seed driver prepares for what exists and what is added, and unloads") {
    SeedSyncUnreadyProcessor = 0xFFFFFFFF;
    world w(when_told(3));
    const auto [d, status] = w.in.load("seed_sync", seed_sync_DriverEntry);
    REQUIRE(status == STATUS_SUCCESS);
    CHECK(SeedSyncCounts.Started == 3);
    CHECK(SeedSyncCounts.Completed == 3);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(SeedSyncCounts.Started == 4);
    CHECK(SeedSyncCounts.Completed == 4);
    CHECK(SeedSyncCounts.Failed == 0);
    SeedSyncUnreadyProcessor = 4;
    CHECK(w.in.add_processor().status == STATUS_INSUFFICIENT_RESOURCES);
    CHECK(SeedSyncCounts.Started == 5);
    CHECK(SeedSyncCounts.Failed == 1);
    CHECK(SeedSyncCounts.LastFailure == STATUS_INSUFFICIENT_RESOURCES);
    CHECK(KeQueryActiveProcessorCount(nullptr) == 4);
    SeedSyncUnreadyProcessor = 0xFFFFFFFF;
    CHECK(w.in.unload(*d).status == STATUS_SUCCESS);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(SeedSyncCounts.Started == 5);
}

TEST_CASE("W63 the synchronous seed driver that cannot serve an existing processor does not load") {
    for (const bool keeps : {false, true}) { // W55: its code copes with either answer
        auto options = when_told(3);
        options.answers.keeps_callback_that_refused_replay = keeps;
        world w(options);
        SeedSyncUnreadyProcessor = 1;
        const auto [d, status] = w.in.load("seed_sync", seed_sync_DriverEntry);
        CHECK(status == STATUS_INSUFFICIENT_RESOURCES);
        CHECK(SeedSyncCounts.Started == 2);
        CHECK(SeedSyncCounts.Failed == 1);
        CHECK(SeedSyncCounts.Completed == 0);
        CHECK(SeedSyncCounts.LastFailure == STATUS_INSUFFICIENT_RESOURCES);
        CHECK(d->references() == 0);
        SeedSyncUnreadyProcessor = 0xFFFFFFFF;
        CHECK(w.in.add_processor().status == STATUS_SUCCESS);
        CHECK(SeedSyncCounts.Started == 2);
    }
}
