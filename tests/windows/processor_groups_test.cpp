// SPDX-License-Identifier: BSL-1.0
#include "world.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace windows_tests;

namespace {

partition_options grown(ULONG processors, ULONG maximum) {
    partition_options o = when_told(processors);
    o.maximum_processors = maximum;
    return o;
}

} // namespace

TEST_CASE("W51 W61 W62 the 65th processor that is added begins a group") {
    world w(grown(63, 130));
    receiver r;
    const processor_watch watch(r);
    CHECK(KeQueryActiveGroupCount() == 1);
    CHECK(KeQueryMaximumGroupCount() == 3);
    CHECK(w.in.add_processor().index == 63);
    CHECK(w.in.add_processor().index == 64);
    REQUIRE(r.count() == 4);
    CHECK(r.call(1).ProcNumber.Group == 0);
    CHECK(r.call(1).ProcNumber.Number == 63);
    for (const LONG call : {2, 3}) {
        CHECK(r.call(call).NtNumber == 64);
        CHECK(r.call(call).ProcNumber.Group == 1);
        CHECK(r.call(call).ProcNumber.Number == 0);
        CHECK(r.call(call).ProcNumber.Reserved == 0);
    }
    KAFFINITY mask = 0;
    CHECK(KeQueryActiveProcessorCount(&mask) == 64);
    CHECK(mask == ~KAFFINITY{0});
    CHECK(KeQueryActiveProcessorCountEx(1) == 1);
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 65);
    CHECK(KeQueryGroupAffinity(1) == 1);
    CHECK(KeQueryActiveGroupCount() == 2);
}

TEST_CASE("W51 in Complete, work can be placed on a processor of the second group") {
    world w(grown(64, 128));
    struct place {
        PROCESSOR_NUMBER on{};
        ULONG index = 0;
        ULONG index_in_start = 0;
        PROCESSOR_NUMBER after{};
    } seen;
    receiver r;
    r->HookContext = &seen;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& to = *static_cast<place*>(recorder->HookContext);
        GROUP_AFFINITY wanted{};
        wanted.Group = call->ProcNumber.Group;
        wanted.Mask = KAFFINITY{1} << call->ProcNumber.Number;
        GROUP_AFFINITY before{};
        KeSetSystemGroupAffinityThread(&wanted, &before);
        if (call->State == KeProcessorAddStartNotify) {
            to.index_in_start = KeGetCurrentProcessorNumberEx(nullptr); // it does not run yet
        } else {
            to.index = KeGetCurrentProcessorNumberEx(&to.on);
        }
        KeRevertToUserGroupAffinityThread(&before);
        KeGetCurrentProcessorNumberEx(&to.after);
    };
    const processor_watch watch(r);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(seen.index_in_start == 0);
    CHECK(seen.index == 64);
    CHECK(seen.on.Group == 1);
    CHECK(seen.on.Number == 0);
    CHECK(seen.after.Group == 0);
}

TEST_CASE("W61 W62 groups may have gaps, and stay empty") {
    partition_options o = grown(1, 200);
    o.processor_numbers = {0, 70, 3, 199};
    world w(o);
    CHECK(KeQueryGroupAffinity(0) == 0x9);
    CHECK(KeQueryGroupAffinity(1) == KAFFINITY{1} << 6);
    CHECK(KeQueryGroupAffinity(2) == 0);
    CHECK(KeQueryGroupAffinity(3) == KAFFINITY{1} << 7);
    CHECK(KeQueryActiveProcessorCountEx(2) == 0);
    CHECK(KeQueryMaximumProcessorCountEx(2) == 64);
    CHECK(KeQueryMaximumProcessorCountEx(3) == 8);
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 4);
    PROCESSOR_NUMBER number{};
    CHECK(KeGetProcessorNumberFromIndex(3, &number) == STATUS_SUCCESS);
    CHECK(number.Group == 3);
    CHECK(number.Number == 7);
    CHECK(KeGetProcessorIndexFromNumber(&number) == 3);
    number = {2, 0, 0};
    CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
    const addition added = w.in.add_processor([](ULONG) { return STATUS_SUCCESS; }, 128);
    CHECK(added.index == 4);
    CHECK(KeGetProcessorIndexFromNumber(&number) == 4);
    CHECK(KeQueryActiveProcessorCountEx(2) == 1);
}

TEST_CASE("W54 W62 the replay goes through all groups in index order, and each processor has its interface") {
    world w(grown(70, 128));
    receiver r;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    REQUIRE(r.count() == 140);
    for (LONG i = 0; i < 140; ++i) {
        CHECK(r.call(i).NtNumber == static_cast<ULONG>(i % 70));
        CHECK(r.call(i).ProcNumber.Group == i % 70 / 64);
        CHECK(r.call(i).State == (i < 70 ? KeProcessorAddStartNotify : KeProcessorAddCompleteNotify));
    }
    receiver arrivals;
    const interface_watch interfaces(w, w.idle_driver(), arrivals, processor_guid,
                                     PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES);
    CHECK(arrivals.count() == 70);
}

TEST_CASE("W53 W62 a failed addition keeps its place while it is told, and no longer") {
    world w(grown(64, 65));
    struct place {
        partition* in;
        NTSTATUS mapped = STATUS_PENDING;
        NTSTATUS again = STATUS_PENDING;
        ULONG active = 0;
    } seen{&w.in};
    receiver r;
    r->HookContext = &seen;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& to = *static_cast<place*>(recorder->HookContext);
        if (call->State != KeProcessorAddFailureNotify) return;
        PROCESSOR_NUMBER number{};
        to.mapped = KeGetProcessorNumberFromIndex(call->NtNumber, &number);
        to.active = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
        to.again = to.in->add_processor().status;
    };
    const processor_watch watch(r);
    for (int i = 0; i < 3; ++i) {
        CHECK(w.in.add_processor([](ULONG) { return STATUS_UNSUCCESSFUL; }).status == STATUS_UNSUCCESSFUL);
        CHECK(seen.mapped == STATUS_SUCCESS);
        CHECK(seen.active == 64);
        CHECK(seen.again == STATUS_POSSIBLE_DEADLOCK); // whatever room there is
        PROCESSOR_NUMBER number{};
        CHECK(KeGetProcessorNumberFromIndex(64, &number) == STATUS_INVALID_PARAMETER);
        number = {1, 0, 0};
        CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
        CHECK(KeQueryActiveGroupCount() == 1);
    }
    CHECK(w.in.add_processor([](ULONG) { return STATUS_SUCCESS; }, 64).status == STATUS_SUCCESS);
    CHECK(w.in.add_processor().status == STATUS_INSUFFICIENT_RESOURCES);
}
