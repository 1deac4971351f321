// SPDX-License-Identifier: BSL-1.0
#include "target_world.hpp"

#include <assent/windows/scoped_partition.hpp>
#include <assent/windows/verifier.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace windows_tests;

namespace {

constexpr auto interfaces = EventCategoryDeviceInterfaceChange;

NTSTATUS ignore(PVOID, PVOID) { return STATUS_SUCCESS; }

PVOID watch_memory(driver& d) {
    PVOID entry = nullptr;
    CHECK(IoRegisterPlugPlayNotification(interfaces, 0, data_of(memory_guid), &d.object(), ignore, nullptr,
                                         &entry) == STATUS_SUCCESS);
    return entry;
}

} // namespace

TEST_CASE("W41 an entry of another partition is refused, and goes on") {
    world a;
    driver& first = a.idle_driver("first");
    receiver r;
    const interface_watch watch(a, first, r, memory_guid);
    receiver p;
    PVOID const handle = KeRegisterProcessorChangeCallback(RecorderProcessorChange, p.get(), 0);
    {
        verifier checks;
        partition_options options = when_told();
        options.observer = &checks;
        world b(options);
        // As many, in the same order: that their handles are alike is what this is about.
        PVOID const theirs = watch_memory(b.idle_driver("second"));
        CHECK(theirs != watch.entry);
        CHECK(IoUnregisterPlugPlayNotification(watch.entry) == STATUS_INVALID_PARAMETER);
        CHECK(IoUnregisterPlugPlayNotificationEx(watch.entry) == STATUS_INVALID_PARAMETER);
        KeDeregisterProcessorChangeCallback(handle);
        CHECK(checks.count(41) == 3);
        CHECK(IoUnregisterPlugPlayNotificationEx(theirs) == STATUS_SUCCESS);
        CHECK(checks.count(41) == 3);
    }
    CHECK(first.references() == 1);
    a.in.add_memory_module();
    a.in.settle();
    CHECK(r.count() == 1);
    CHECK(a.in.add_processor().status == STATUS_SUCCESS);
    CHECK(p.count() == 2);
    KeDeregisterProcessorChangeCallback(handle);
}

TEST_CASE("W41 the entries of a partition that is gone are invalid everywhere") {
    PVOID entry = nullptr;
    {
        world gone;
        entry = watch_memory(gone.idle_driver());
    }
    world w;
    CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_INVALID_PARAMETER);
    for (int i = 0; i < 100; ++i) CHECK(watch_memory(w.idle_driver()) != entry);
    CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_INVALID_PARAMETER);
}

TEST_CASE("W41 objects of another partition are strangers") {
    world a;
    device& disk = a.in.add_device("DISK#1");
    driver& d = a.idle_driver();
    PFILE_OBJECT const file = open_device(disk);
    {
        world b;
        b.in.add_device("DISK#1");
        PVOID entry = nullptr;
        CHECK(IoRegisterPlugPlayNotification(interfaces, 0, data_of(memory_guid), &d.object(), ignore,
                                             nullptr, &entry) == STATUS_INVALID_PARAMETER);
        CHECK(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, file,
                                             &b.idle_driver().object(), ignore, nullptr,
                                             &entry) == STATUS_NO_SUCH_DEVICE);
        TARGET_DEVICE_CUSTOM_NOTIFICATION n{1, 36, some_guid, nullptr, -1, {0}};
        CHECK(IoReportTargetDeviceChange(&disk.object(), &n) == STATUS_NO_SUCH_DEVICE);
        CHECK(ObDereferenceObject(file) == 0); // not one of its files
    }
    CHECK(disk.object().ReferenceCount == 1);
    ObDereferenceObject(file);
    CHECK(disk.object().ReferenceCount == 0);
}

TEST_CASE(
    "W45 W61 in a callback the partition is that of the registration, whatever is current, also outside "
    "any driver") {
    world a(when_told(3));
    ULONG seen = 0;
    PVOID const handle = KeRegisterProcessorChangeCallback(
        [](PVOID context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, PNTSTATUS) {
            *static_cast<ULONG*>(context) = KeQueryActiveProcessorCount(nullptr);
        },
        &seen, 0);
    std::string told;
    listener i(told, "i");
    ULONG seen_by_driver = 0;
    i.hook = [&](const std::string&, PVOID) { seen_by_driver = KeQueryActiveProcessorCount(nullptr); };
    CHECK(i.listen(interfaces, data_of(processor_guid), a.idle_driver()) == STATUS_SUCCESS);
    {
        const world b(when_told(7));
        CHECK(a.in.add_processor().status == STATUS_SUCCESS);
        a.in.settle();
        CHECK(seen == 4);
        CHECK(seen_by_driver == 4);
        CHECK(KeQueryActiveProcessorCount(nullptr) == 7);
    }
    KeDeregisterProcessorChangeCallback(handle);
}

TEST_CASE("W45 a work item and a completion run in the partition that queued them") {
    partition a(when_told(3));
    const world b(when_told(7));
    static ULONG in_item;
    static ULONG in_completion;
    in_item = in_completion = 0;
    static device* disk;
    disk = &a.add_device("DISK#1");
    const auto entry = [](PDRIVER_OBJECT, PUNICODE_STRING) -> NTSTATUS {
        static WORK_QUEUE_ITEM item;
        ExInitializeWorkItem(
            &item, [](PVOID) { in_item = KeQueryActiveProcessorCount(nullptr); }, nullptr);
        ExQueueWorkItem(&item, DelayedWorkQueue);
        TARGET_DEVICE_CUSTOM_NOTIFICATION n{1, 36, some_guid, nullptr, -1, {0}};
        return IoReportTargetDeviceChangeAsynchronous(
            &disk->object(), &n, [](PVOID) { in_completion = KeQueryActiveProcessorCount(nullptr); },
            nullptr);
    };
    CHECK(a.load("driver", entry).second == STATUS_PENDING);
    a.workers().drain_items();
    a.settle();
    CHECK(in_item == 3);
    CHECK(in_completion == 3);
}

TEST_CASE("W45 partitions are made current one inside the other") {
    CHECK(partition::current() == nullptr);
    partition a(when_told(1));
    partition b(when_told(2));
    {
        const scoped_partition first(a);
        CHECK(partition::current() == &a);
        {
            const scoped_partition second(b);
            CHECK(partition::current() == &b);
            const scoped_partition third(a);
            CHECK(partition::current() == &a);
        }
        CHECK(partition::current() == &a);
    }
    CHECK(partition::current() == nullptr);
}

TEST_CASE("W20 W47 a partition begins with thousands of memory modules, all of which arrive") {
    constexpr ULONG many = 3000;
    world w(when_told(1, many));
    CHECK(w.in.memory_modules() == many);
    std::string told;
    listener i(told, "");
    CHECK(i.listen(interfaces, data_of(memory_guid), w.idle_driver(),
                   PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES) == STATUS_SUCCESS);
    CHECK(told.size() == many * std::string("in ").size());
    CHECK(w.in.set_memory_online(many - 1, false));
    w.in.settle();
    CHECK(told.ends_with("in out "));
}
