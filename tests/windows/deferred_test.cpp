// SPDX-License-Identifier: BSL-1.0
#include <assent/windows/primitives/pool_ledger.hpp>

#include "world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace windows_tests;

namespace {

partition_options large(std::vector<ULONG> numbers, ULONG maximum) {
    partition_options o = when_told();
    o.processor_numbers = std::move(numbers);
    o.maximum_processors = maximum;
    return o;
}

/// Names in a list that ends with an empty one.
std::vector<std::string> names_in(PZZWSTR list) {
    std::vector<std::string> names;
    while (*list != 0) {
        const std::size_t length = wide_length(list);
        names.push_back(to_utf8(list, length));
        list += length + 1;
    }
    return names;
}

struct seen_by_dpc {
    KEVENT done;
    KIRQL irql = PASSIVE_LEVEL;
    ULONG processor = 0xFFFF;
    PVOID first = nullptr;
    PVOID second = nullptr;

    static VOID routine(PKDPC, PVOID context, PVOID first, PVOID second) {
        auto& self = *static_cast<seen_by_dpc*>(context);
        self.irql = KeGetCurrentIrql();
        self.processor = KeGetCurrentProcessorNumberEx(nullptr);
        self.first = first;
        self.second = second;
        KeSetEvent(&self.done, 0, FALSE);
    }
    NTSTATUS wait() { return KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr); }
};

} // namespace

TEST_CASE("W49 the list of interfaces: active ones, all, of one device, or none at all") {
    world w;
    device& one = w.in.add_device("DISK#1");
    device& two = w.in.add_device("DISK#2");
    driver_interface first(one, some_guid);
    driver_interface second(two, some_guid);
    driver_interface alien(two, other_guid);
    CHECK(second.enable() == STATUS_SUCCESS);
    CHECK(alien.enable() == STATUS_SUCCESS);
    PZZWSTR list = nullptr;
    CHECK(IoGetDeviceInterfaces(&some_guid, nullptr, 0, &list) == STATUS_SUCCESS);
    CHECK(names_in(list) == std::vector{second.text()});
    ExFreePool(list);
    CHECK(IoGetDeviceInterfaces(&some_guid, nullptr, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &list) ==
          STATUS_SUCCESS);
    CHECK(names_in(list) == std::vector{first.text(), second.text()});
    ExFreePool(list);
    CHECK(IoGetDeviceInterfaces(&some_guid, &one.object(), DEVICE_INTERFACE_INCLUDE_NONACTIVE, &list) ==
          STATUS_SUCCESS);
    CHECK(names_in(list) == std::vector{first.text()});
    ExFreePool(list);
    CHECK(IoGetDeviceInterfaces(&some_guid, &one.object(), 0, &list) == STATUS_SUCCESS);
    CHECK(list[0] == 0);
    ExFreePool(list);
    DEVICE_OBJECT stranger{};
    CHECK(IoGetDeviceInterfaces(&some_guid, &stranger, 0, &list) == STATUS_INVALID_DEVICE_REQUEST);
    CHECK(IoGetDeviceInterfaces(nullptr, nullptr, 0, &list) == STATUS_INVALID_PARAMETER);
    assent::windows::pool::fail_after(0, 1);
    CHECK(IoGetDeviceInterfaces(&some_guid, nullptr, 0, &list) == STATUS_INSUFFICIENT_RESOURCES);
    assent::windows::pool::never_fail();
}

TEST_CASE("W61 W62 more than 64 processors make several groups, with gaps") {
    world w(large({0, 2, 63, 64, 130}, 192));
    CHECK(KeQueryActiveProcessorCount(nullptr) == 3);
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 5);
    CHECK(KeQueryActiveProcessorCountEx(1) == 1);
    CHECK(KeQueryActiveProcessorCountEx(2) == 1);
    CHECK(KeQueryActiveProcessorCountEx(3) == 0);
    CHECK(KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS) == 192);
    CHECK(KeQueryMaximumGroupCount() == 3);
    CHECK(KeQueryActiveGroupCount() == 3);
    CHECK(KeQueryGroupAffinity(0) == ((KAFFINITY{1} << 63) | 5));
    CHECK(KeQueryGroupAffinity(2) == 4);
    PROCESSOR_NUMBER number{};
    CHECK(KeGetProcessorNumberFromIndex(4, &number) == STATUS_SUCCESS);
    CHECK(number.Group == 2);
    CHECK(number.Number == 2);
    CHECK(KeGetProcessorIndexFromNumber(&number) == 4);
}

TEST_CASE("a thread is on the processor that it set itself to, until it reverts") {
    world w(large({0, 1, 64, 65}, 128));
    PROCESSOR_NUMBER number{};
    CHECK(KeGetCurrentProcessorNumberEx(&number) == 0);
    GROUP_AFFINITY wanted{};
    wanted.Group = 1;
    wanted.Mask = 2;
    GROUP_AFFINITY outer{};
    KeSetSystemGroupAffinityThread(&wanted, &outer);
    CHECK(outer.Mask == 0);
    CHECK(KeGetCurrentProcessorNumberEx(&number) == 3);
    CHECK(number.Group == 1);
    CHECK(number.Number == 1);
    GROUP_AFFINITY impossible{};
    impossible.Group = 1;
    impossible.Mask = 8;
    GROUP_AFFINITY inner{};
    inner.Mask = 77;
    KeSetSystemGroupAffinityThread(&impossible, &inner);
    CHECK(inner.Mask == 0);
    CHECK(KeGetCurrentProcessorNumberEx(nullptr) == 3);
    wanted.Mask = 1;
    KeSetSystemGroupAffinityThread(&wanted, &inner);
    CHECK(KeGetCurrentProcessorNumberEx(nullptr) == 2);
    KeRevertToUserGroupAffinityThread(&inner);
    CHECK(KeGetCurrentProcessorNumberEx(nullptr) == 3);
    KeRevertToUserGroupAffinityThread(&outer);
    CHECK(KeGetCurrentProcessorNumberEx(nullptr) == 0);
    const KAFFINITY before = KeSetSystemAffinityThreadEx(2);
    CHECK(before == 0);
    CHECK(KeGetCurrentProcessorNumber() == 1);
    KeRevertToUserAffinityThreadEx(before);
    CHECK(KeGetCurrentProcessorNumber() == 0);
}

TEST_CASE("W51 in Complete a DPC can be placed on the new processor, and waited for") {
    world w;
    static seen_by_dpc seen;
    static KDPC dpc;
    seen = {};
    KeInitializeEvent(&seen.done, NotificationEvent, FALSE);
    KeInitializeDpc(&dpc, &seen_by_dpc::routine, &seen);
    const PVOID handle = KeRegisterProcessorChangeCallback(
        [](PVOID, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT change, PNTSTATUS) {
            if (change->State != KeProcessorAddCompleteNotify) return;
            CHECK(KeSetTargetProcessorDpcEx(&dpc, &change->ProcNumber) == STATUS_SUCCESS);
            CHECK(KeInsertQueueDpc(&dpc, &seen, &dpc) == TRUE);
            CHECK(seen.wait() == STATUS_SUCCESS);
        },
        nullptr, 0);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    KeDeregisterProcessorChangeCallback(handle);
    CHECK(seen.irql == DISPATCH_LEVEL);
    CHECK(seen.processor == 1);
    CHECK(seen.first == &seen);
    CHECK(seen.second == &dpc);
    PROCESSOR_NUMBER absent{};
    absent.Number = 9;
    CHECK(KeSetTargetProcessorDpcEx(&dpc, &absent) == STATUS_INVALID_PARAMETER);
}

TEST_CASE("a DPC is queued once at a time, and can be taken out while it waits") {
    world w;
    static KEVENT may_end;
    KeInitializeEvent(&may_end, NotificationEvent, FALSE);
    KDPC blocking;
    KeInitializeDpc(
        &blocking,
        [](PKDPC, PVOID, PVOID, PVOID) {
            KeWaitForSingleObject(&may_end, Executive, KernelMode, FALSE, nullptr);
        },
        nullptr);
    CHECK(KeInsertQueueDpc(&blocking, nullptr, nullptr) == TRUE);
    seen_by_dpc seen;
    KeInitializeEvent(&seen.done, NotificationEvent, FALSE);
    KDPC dpc;
    KeInitializeDpc(&dpc, &seen_by_dpc::routine, &seen);
    CHECK(KeInsertQueueDpc(&dpc, nullptr, nullptr) == TRUE);
    CHECK(KeInsertQueueDpc(&dpc, nullptr, nullptr) == FALSE);
    CHECK(KeRemoveQueueDpc(&dpc) == TRUE);
    CHECK(KeRemoveQueueDpc(&dpc) == FALSE);
    KDPC again;
    seen_by_dpc second;
    KeInitializeEvent(&second.done, NotificationEvent, FALSE);
    KeInitializeDpc(&again, &seen_by_dpc::routine, &second);
    CHECK(KeInsertQueueDpc(&again, &seen, nullptr) ==
          TRUE); // taken out: its arguments are not those that count
    CHECK(KeRemoveQueueDpc(&again) == TRUE);
    CHECK(KeInsertQueueDpc(&again, &second, nullptr) == TRUE);
    KeSetEvent(&may_end, 0, FALSE);
    KeFlushQueuedDpcs();
    CHECK(second.first == &second);
    CHECK(KeReadStateEvent(&seen.done) == 0);
    CHECK(KeInsertQueueDpc(&dpc, nullptr, nullptr) == TRUE);
    KeFlushQueuedDpcs();
    CHECK(KeReadStateEvent(&seen.done) != 0);
}

TEST_CASE("work items run at PASSIVE_LEVEL on another thread, and may be freed by their routine") {
    world w;
    static KEVENT done;
    static PKTHREAD ran_on;
    static PDEVICE_OBJECT given;
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    device& d = w.in.add_device("DISK#1");
    PIO_WORKITEM const item = IoAllocateWorkItem(&d.object());
    IoQueueWorkItemEx(
        item,
        [](PVOID object, PVOID context, PIO_WORKITEM self) {
            CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
            given = static_cast<PDEVICE_OBJECT>(object);
            ran_on = KeGetCurrentThread();
            IoFreeWorkItem(self);
            KeSetEvent(static_cast<PKEVENT>(context), 0, FALSE);
        },
        DelayedWorkQueue, &done);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
    CHECK(given == &d.object());
    CHECK(ran_on != KeGetCurrentThread());
    auto* const own =
        static_cast<PWORK_QUEUE_ITEM>(ExAllocatePoolWithTag(NonPagedPool, sizeof(WORK_QUEUE_ITEM), 'w'));
    ExInitializeWorkItem(
        own,
        [](PVOID parameter) {
            ExFreePool(parameter);
            KeSetEvent(&done, 0, FALSE);
        },
        own);
    ExQueueWorkItem(own, DelayedWorkQueue);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
}

TEST_CASE("MmGetSystemRoutineAddress finds what is there, by its exact name") {
    wide known(u"IoUnregisterPlugPlayNotificationEx");
    using unregister = NTSTATUS (*)(PVOID);
    const auto found = reinterpret_cast<unregister>(MmGetSystemRoutineAddress(&known.string));
    CHECK((found == &IoUnregisterPlugPlayNotificationEx));
    wide unknown(u"IoUnregisterPlugPlayNotificationEx2");
    CHECK(MmGetSystemRoutineAddress(&unknown.string) == nullptr);
    wide other_case(u"iounregisterplugplaynotificationex");
    CHECK(MmGetSystemRoutineAddress(&other_case.string) == nullptr);
    wide empty(u"");
    CHECK(MmGetSystemRoutineAddress(&empty.string) == nullptr);
    CHECK(MmGetSystemRoutineAddress(nullptr) == nullptr);
}
