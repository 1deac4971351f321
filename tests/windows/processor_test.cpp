// SPDX-License-Identifier: BSL-1.0
// The one translation unit of this program that defines the DDI functions.
#include <assent/windows/ddi.hpp>

#include "gate.hpp"
#include "world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

using namespace windows_tests;
using test_support::gate;
using test_support::runner;
using test_support::stop;

namespace {

// A routine that does nothing: where only the registration counts.
VOID ignore_change(PVOID, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, PNTSTATUS) {}

NTSTATUS fail_to_start(ULONG) { return STATUS_DEVICE_NOT_READY; }

} // namespace

TEST_CASE("W50 registering returns a handle that is not NULL, also for a NULL context") {
    world w;
    static int calls;
    static PVOID seen;
    calls = 0;
    seen = &calls;
    const PVOID handle = KeRegisterProcessorChangeCallback(
        [](PVOID context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, PNTSTATUS) {
            ++calls;
            seen = context;
        },
        nullptr, 0);
    CHECK(handle != nullptr);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(calls == 2);
    CHECK(seen == nullptr);
    KeDeregisterProcessorChangeCallback(handle);
}

TEST_CASE("W50 the context comes back as it was given, and two registrations have two handles") {
    world w;
    receiver a;
    receiver b;
    const processor_watch first(a);
    const processor_watch second(b);
    CHECK(first.handle != second.handle);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(a.count() == 2);
    CHECK(b.count() == 2);
}

TEST_CASE("W50 without a routine or a partition there is no registration") {
    {
        world w;
        CHECK(KeRegisterProcessorChangeCallback(nullptr, nullptr, 0) == nullptr);
    }
    CHECK(partition::current() == nullptr);
    CHECK(KeRegisterProcessorChangeCallback(ignore_change, nullptr, 0) == nullptr);
    KeDeregisterProcessorChangeCallback(nullptr);
}

TEST_CASE("W51 an addition is Start for all, the start itself, then Complete for all") {
    world w(when_told(2));
    receiver a;
    receiver b;
    RecorderResetSequence();
    const processor_watch first(a);
    const processor_watch second(b);
    LONG calls_before_start = 0;
    ULONG started = 0;
    ULONG active_at_start = 0;
    const addition added = w.in.add_processor([&](ULONG index) {
        calls_before_start = a.count() + b.count();
        started = index;
        active_at_start = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
        return STATUS_SUCCESS;
    });
    CHECK(added.status == STATUS_SUCCESS);
    CHECK(added.index == 2);
    CHECK(started == 2);
    CHECK(calls_before_start == 2);
    CHECK(active_at_start == 2);
    CHECK(a.story() == "Start2 Complete2");
    CHECK(b.story() == "Start2 Complete2");
    // In registration order within each phase.
    CHECK(a.call(0).Sequence == 1);
    CHECK(b.call(0).Sequence == 2);
    CHECK(a.call(1).Sequence == 3);
    CHECK(b.call(1).Sequence == 4);
}

TEST_CASE("W51 index and number are known in Start, and the processor runs in Complete") {
    world w(when_told(3));
    receiver r;
    struct seen {
        NTSTATUS status = STATUS_UNSUCCESSFUL;
        PROCESSOR_NUMBER number{};
        ULONG back = 0;
        KAFFINITY mask = 0;
    };
    std::vector<seen> all;
    r->HookContext = &all;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        seen s;
        s.status = KeGetProcessorNumberFromIndex(call->NtNumber, &s.number);
        s.back = KeGetProcessorIndexFromNumber(&s.number);
        s.mask = KeQueryActiveProcessors();
        static_cast<std::vector<seen>*>(recorder->HookContext)->push_back(s);
    };
    const processor_watch watch(r);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    REQUIRE(all.size() == 2);
    for (const seen& s : all) {
        CHECK(s.status == STATUS_SUCCESS);
        CHECK(s.back == 3);
        CHECK(s.number.Group == 0);
        CHECK(s.number.Number == 3);
    }
    CHECK(r.call(0).ProcNumber.Group == 0);
    CHECK(r.call(0).ProcNumber.Number == 3);
    CHECK(r.call(0).ActiveProcessors == 3);
    CHECK(all[0].mask == 0x7);
    CHECK(r.call(1).ActiveProcessors == 4);
    CHECK(all[1].mask == 0xF);
}

TEST_CASE("W52 after a refusal the rest still gets Start, then all get Failure with that status") {
    world w(when_told(2));
    receiver before;
    receiver refuser;
    receiver after;
    refuser->RefusedProcessor = 2;
    refuser->RefusalStatus = STATUS_INSUFFICIENT_RESOURCES;
    RecorderResetSequence();
    const processor_watch first(before);
    const processor_watch second(refuser);
    const processor_watch third(after);
    bool ran = false;
    const addition added = w.in.add_processor([&](ULONG) {
        ran = true;
        return STATUS_SUCCESS;
    });
    CHECK(added.status == STATUS_INSUFFICIENT_RESOURCES);
    CHECK_FALSE(ran);
    CHECK(before.story() == "Start2 Failure2:c000009a");
    CHECK(refuser.story() == "Start2 Failure2:c000009a");
    CHECK(after.story() == "Start2 Failure2:c000009a");
    CHECK(after.call(0).Sequence == 3);
    CHECK(before.call(1).Sequence == 4);
    CHECK(refuser.call(1).Sequence == 5);
    CHECK(after.call(1).Sequence == 6);
}

TEST_CASE("W52 a refused addition leaves counts, masks, index and number as they were") {
    world w(when_told(2));
    receiver r;
    r->RefusedProcessor = 2;
    r->RefusalStatus = STATUS_UNSUCCESSFUL;
    const processor_watch watch(r);
    CHECK(w.in.add_processor().status == STATUS_UNSUCCESSFUL);
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 2);
    CHECK(KeQueryActiveProcessorCount(nullptr) == 2);
    CHECK(KeQueryActiveProcessors() == 0x3);
    PROCESSOR_NUMBER number{};
    CHECK(KeGetProcessorNumberFromIndex(2, &number) == STATUS_INVALID_PARAMETER);
    number = {0, 2, 0};
    CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
    w.in.settle();
    // The next one takes the place that was given back.
    r->RefusedProcessor = RECORDER_NO_PROCESSOR;
    const addition again = w.in.add_processor();
    CHECK(again.status == STATUS_SUCCESS);
    CHECK(again.index == 2);
    CHECK(KeQueryActiveProcessors() == 0x7);
}

TEST_CASE("W52 additions that are refused as often as one likes do not use up the maximum") {
    auto options = when_told(1);
    options.maximum_processors = 2;
    world w(options);
    receiver r;
    r->RefusedProcessor = 1;
    r->RefusalStatus = STATUS_UNSUCCESSFUL;
    const processor_watch watch(r);
    for (int i = 0; i < 5; ++i) CHECK(w.in.add_processor().status == STATUS_UNSUCCESSFUL);
    for (int i = 0; i < 5; ++i) CHECK(w.in.add_processor(fail_to_start).status == STATUS_UNSUCCESSFUL);
    r->RefusedProcessor = RECORDER_NO_PROCESSOR;
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(w.in.add_processor().status == STATUS_INSUFFICIENT_RESOURCES);
}

TEST_CASE("W52 each call has a status variable of its own: nobody can erase a refusal") {
    world w;
    receiver refuser;
    receiver eraser;
    refuser->RefusedProcessor = 1;
    refuser->RefusalStatus = STATUS_NOT_SUPPORTED;
    eraser->WritesSuccessInStart = TRUE;
    const processor_watch first(refuser);
    const processor_watch second(eraser);
    CHECK(w.in.add_processor().status == STATUS_NOT_SUPPORTED);
    for (LONG i = 0; i < 2; ++i) {
        CHECK(refuser.call(i).OperationStatus == STATUS_SUCCESS);
        CHECK(eraser.call(i).OperationStatus == STATUS_SUCCESS);
    }
}

TEST_CASE("W52 of two refusals the first one's status is told and returned") {
    world w;
    receiver first;
    receiver second;
    first->RefusedProcessor = second->RefusedProcessor = 1;
    first->RefusalStatus = STATUS_NOT_SUPPORTED;
    second->RefusalStatus = STATUS_INSUFFICIENT_RESOURCES;
    const processor_watch a(first);
    const processor_watch b(second);
    CHECK(w.in.add_processor().status == STATUS_NOT_SUPPORTED);
    CHECK(first.story() == "Start1 Failure1:c00000bb");
    CHECK(second.story() == "Start1 Failure1:c00000bb");
}

TEST_CASE("W52 knob: stop at the refusal, and abort only those who prepared") {
    auto options = when_told(1);
    options.answers.processor_addition = {assent::abort_audience::prepared, assent::abort_order::reverse,
                                          assent::after_refusal::stop, assent::withdrawn_participant::silent};
    world w(options);
    receiver a;
    receiver b;
    receiver refuser;
    receiver never;
    refuser->RefusedProcessor = 1;
    refuser->RefusalStatus = STATUS_UNSUCCESSFUL;
    RecorderResetSequence();
    const processor_watch w1(a);
    const processor_watch w2(b);
    const processor_watch w3(refuser);
    const processor_watch w4(never);
    CHECK(w.in.add_processor().status == STATUS_UNSUCCESSFUL);
    CHECK(a.story() == "Start1 Failure1:c0000001");
    CHECK(b.story() == "Start1 Failure1:c0000001");
    CHECK(refuser.story() == "Start1");
    CHECK(never.story().empty());
    CHECK(b.call(1).Sequence < a.call(1).Sequence); // reverse
    CHECK(w.in.add_processor(fail_to_start).status == STATUS_UNSUCCESSFUL);
}

TEST_CASE("W52 knob: stop at the refusal, and everybody hears of it") {
    auto options = when_told(1);
    options.answers.processor_addition.audience = assent::abort_audience::everyone;
    options.answers.processor_addition.refusal = assent::after_refusal::stop;
    world w(options);
    receiver refuser;
    receiver never;
    refuser->RefusedProcessor = 1;
    refuser->RefusalStatus = STATUS_UNSUCCESSFUL;
    const processor_watch w3(refuser);
    const processor_watch w4(never);
    CHECK(w.in.add_processor().status == STATUS_UNSUCCESSFUL);
    CHECK(refuser.story() == "Start1 Failure1:c0000001");
    CHECK(never.story() == "Failure1:c0000001");
}

TEST_CASE("W53 a start that fails is Start and then Failure with its status for every callback") {
    world w(when_told(2));
    receiver a;
    receiver b;
    const processor_watch first(a);
    const processor_watch second(b);
    const addition added = w.in.add_processor(fail_to_start);
    CHECK(added.status == STATUS_DEVICE_NOT_READY);
    CHECK(a.story() == "Start2 Failure2:c00000a3");
    CHECK(b.story() == "Start2 Failure2:c00000a3");
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 2);
    CHECK(a.call(1).ActiveProcessors == 2);
    PROCESSOR_NUMBER number{};
    CHECK(KeGetProcessorNumberFromIndex(2, &number) == STATUS_INVALID_PARAMETER);
}

TEST_CASE("W53 a start that succeeds with an informational status succeeds") {
    world w;
    receiver r;
    const processor_watch watch(r);
    CHECK(w.in.add_processor([](ULONG) -> NTSTATUS { return STATUS_PENDING; }).status == STATUS_SUCCESS);
    CHECK(r.story() == "Start1 Complete1");
    CHECK(KeQueryActiveProcessorCount(nullptr) == 2);
}

#if defined(__cpp_exceptions)
TEST_CASE("W53 a start that throws is a failure, and nothing stays behind") {
    auto options = when_told(1);
    options.maximum_processors = 2;
    world w(options);
    receiver r;
    const processor_watch watch(r);
    for (int i = 0; i < 3; ++i) {
        int thrown = 0;
        try {
            static_cast<void>(w.in.add_processor([](ULONG) -> NTSTATUS { throw 7; }));
        } catch (int number) {
            thrown = number;
        }
        CHECK(thrown == 7);
        CHECK(r.take() == "Start1 Failure1:c0000001");
        PROCESSOR_NUMBER number{};
        CHECK(KeGetProcessorNumberFromIndex(1, &number) == STATUS_INVALID_PARAMETER);
    }
    const addition added = w.in.add_processor();
    CHECK(added.status == STATUS_SUCCESS);
    CHECK(added.index == 1);
}
#endif

TEST_CASE("W54 the existing processors: Start for every one, Complete for every one, then the call returns") {
    world w(when_told(3));
    receiver r;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(watch.handle != nullptr);
    CHECK(r.story() == "Start0 Start1 Start2 Complete0 Complete1 Complete2");
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.story() == "Start0 Start1 Start2 Complete0 Complete1 Complete2 Start3 Complete3");
}

TEST_CASE("W54 without the flag nothing is replayed, whatever other bits are set") {
    world w(when_told(3));
    receiver r;
    const processor_watch watch(r, 0xFFFFFFFE);
    CHECK(watch.handle != nullptr);
    CHECK(r.count() == 0);
}

TEST_CASE("W54 processors that were added are replayed too, those refused are not, and others hear nothing") {
    world w(when_told(1));
    receiver old;
    const processor_watch one(old);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(w.in.add_processor(fail_to_start).status == STATUS_DEVICE_NOT_READY);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    old.take();
    receiver r;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(r.story() == "Start0 Start1 Start2 Complete0 Complete1 Complete2");
    CHECK(old.count() == 0);
}

TEST_CASE("W55 a refusal in the replay: no further Start, Failure for the earlier ones, no Complete, NULL") {
    world w(when_told(3));
    receiver r;
    r->RefusedProcessor = 1;
    r->RefusalStatus = STATUS_INSUFFICIENT_RESOURCES;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(watch.handle == nullptr);
    CHECK(r.take() == "Start0 Start1 Failure0:c000009a");
    // Not registered.
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.count() == 0);
    CHECK(KeQueryActiveProcessorCount(nullptr) == 4);
}

TEST_CASE("W55 the Failures of a refused replay come in index order") {
    world w(when_told(4));
    receiver r;
    r->RefusedProcessor = 3;
    r->RefusalStatus = STATUS_UNSUCCESSFUL;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(watch.handle == nullptr);
    CHECK(r.story() == "Start0 Start1 Start2 Start3 Failure0:c0000001 Failure1:c0000001 Failure2:c0000001");
}

TEST_CASE("W55 a refusal of the first processor is Start and nothing else") {
    world w(when_told(3));
    receiver r;
    r->RefusedProcessor = 0;
    r->RefusalStatus = STATUS_UNSUCCESSFUL;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(watch.handle == nullptr);
    CHECK(r.story() == "Start0");
}

TEST_CASE("W55 knob: the handle in spite of the refusal, and the callback stays registered") {
    auto options = when_told(3);
    options.answers.keeps_callback_that_refused_replay = true;
    world w(options);
    receiver r;
    r->RefusedProcessor = 1;
    r->RefusalStatus = STATUS_INSUFFICIENT_RESOURCES;
    {
        const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
        CHECK(watch.handle != nullptr);
        CHECK(r.take() == "Start0 Start1 Failure0:c000009a");
        CHECK(w.in.add_processor().status == STATUS_SUCCESS);
        CHECK(r.take() == "Start3 Complete3");
    }
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.count() == 0);
}

TEST_CASE("W56 Status carries the error in Failure and STATUS_SUCCESS otherwise") {
    world w(when_told(2));
    receiver r;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(w.in.add_processor(fail_to_start).status == STATUS_DEVICE_NOT_READY);
    REQUIRE(r.count() == 8);
    for (LONG i = 0; i < 7; ++i) CHECK(r.call(i).Status == STATUS_SUCCESS);
    CHECK(r.call(7).State == KeProcessorAddFailureNotify);
    CHECK(r.call(7).Status == STATUS_DEVICE_NOT_READY);
}

TEST_CASE("W56 the structure has 16 bytes in the documented places") {
    CHECK(sizeof(KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT) == 16);
    CHECK(offsetof(KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, State) == 0);
    CHECK(offsetof(KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, NtNumber) == 4);
    CHECK(offsetof(KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, Status) == 8);
    CHECK(offsetof(KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, ProcNumber) == 12);
}

TEST_CASE("W57 what is written to *OperationStatus outside Start is ignored") {
    world w(when_told(2));
    receiver r;
    r->CompleteStatus = STATUS_UNSUCCESSFUL;
    r->FailureStatus = STATUS_NOT_SUPPORTED;
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    CHECK(watch.handle != nullptr);
    CHECK(r.take() == "Start0 Start1 Complete0 Complete1");
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.take() == "Start2 Complete2");
    CHECK(w.in.add_processor(fail_to_start).status == STATUS_DEVICE_NOT_READY);
    CHECK(r.take() == "Start3 Failure3:c00000a3");
    CHECK(KeQueryActiveProcessorCount(nullptr) == 3);
}

TEST_CASE("W57 a success that is not zero, left in Start, does not refuse") {
    world w;
    receiver r;
    r->RefusedProcessor = 1;
    r->RefusalStatus = STATUS_OBJECT_NAME_EXISTS;
    const processor_watch watch(r);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.story() == "Start1 Complete1");
}

TEST_CASE("W57 an observer sees what was written, also where it does not count") {
    struct statuses final : partition_observer {
        void called(const callback_call& c) noexcept override {
            all += std::string(c.event) + ":" + (NT_SUCCESS(c.answer) ? "ok " : "error ");
        }
        std::string all{};
    } seen;
    auto options = when_told(1);
    options.observer = &seen;
    world w(options);
    receiver r;
    r->CompleteStatus = STATUS_UNSUCCESSFUL;
    const processor_watch watch(r);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(seen.all == "Start:ok Complete:error ");
}

TEST_CASE(
    "W58 a receiver that overwrites its structure changes nothing for the next one, nor for its next call") {
    world w(when_told(2));
    receiver vandal;
    receiver next;
    vandal->ScribblesOverContext = TRUE;
    const processor_watch first(vandal, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    const processor_watch second(next);
    CHECK(vandal.take() == "Start0 Start1 Complete0 Complete1");
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(vandal.take() == "Start2 Complete2");
    CHECK(next.take() == "Start2 Complete2");
    CHECK(next.call(0).ProcNumber.Number == 2);
    CHECK(w.in.add_processor(fail_to_start).status == STATUS_DEVICE_NOT_READY);
    CHECK(vandal.take() == "Start3 Failure3:c00000a3");
    CHECK(next.take() == "Start3 Failure3:c00000a3");
}

TEST_CASE("W59 after deregistering there are no more calls") {
    world w;
    receiver r;
    {
        const processor_watch watch(r);
        CHECK(w.in.add_processor().status == STATUS_SUCCESS);
        CHECK(r.take() == "Start1 Complete1");
    }
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.count() == 0);
}

TEST_CASE("W59 deregistering waits for the call in flight on another thread") {
    world w;
    receiver r;
    stop inside;
    r->HookContext = &inside;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        if (call->State == KeProcessorAddStartNotify) static_cast<stop*>(recorder->HookContext)->here();
    };
    const PVOID handle = KeRegisterProcessorChangeCallback(RecorderProcessorChange, r.get(), 0);
    REQUIRE(handle != nullptr);
    std::atomic<bool> returned{false};
    bool callback_was_over = false;
    const runner adder([&] { CHECK(w.in.add_processor().status == STATUS_SUCCESS); });
    inside.entered.wait();
    const runner leaver([&] {
        KeDeregisterProcessorChangeCallback(handle);
        callback_was_over = inside.left.load();
        returned = true;
    });
    CHECK(test_support::stays_false([&] { return returned.load(); }));
    inside.leave.open();
    test_support::eventually([&] { return returned.load(); }, "deregistration");
    CHECK(callback_was_over);
}

TEST_CASE("W59 deregistering from inside the callback returns, and the callback is called no more") {
    world w;
    receiver leaving;
    receiver staying;
    PVOID handle = nullptr;
    leaving->HookContext = &handle;
    leaving->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        KeDeregisterProcessorChangeCallback(*static_cast<PVOID*>(recorder->HookContext));
    };
    handle = KeRegisterProcessorChangeCallback(RecorderProcessorChange, leaving.get(), 0);
    const processor_watch other(staying);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(leaving.story() == "Start1"); // withdrawn while prepared: nothing more
    CHECK(staying.story() == "Start1 Complete1");
}

TEST_CASE("W60 additions from several threads are one transaction after the other for everybody") {
    constexpr int threads = 4;
    constexpr int each = 8;
    auto options = when_told(1);
    options.maximum_processors = 64;
    world w(options);
    receiver a;
    receiver b;
    const processor_watch first(a);
    const processor_watch second(b);
    {
        std::vector<std::unique_ptr<runner>> adders;
        for (int t = 0; t < threads; ++t)
            adders.push_back(std::make_unique<runner>([&] {
                for (int i = 0; i < each; ++i) CHECK(w.in.add_processor().status == STATUS_SUCCESS);
            }));
    }
    std::string expected;
    for (int i = 1; i <= threads * each; ++i)
        expected += (i == 1 ? "Start" : " Start") + std::to_string(i) + " Complete" + std::to_string(i);
    CHECK(a.story() == expected);
    CHECK(b.story() == expected);
}

TEST_CASE(
    "W60 a registration with the flag that comes while a processor is being added waits, and sees it once") {
    world w(when_told(2));
    receiver old;
    const processor_watch present(old);
    receiver r;
    gate starting{"the processor is being started"};
    gate registering{"somebody is about to register"};
    std::atomic<bool> registered{false};
    const runner adder([&] {
        const auto start = [&](ULONG) {
            starting.open();
            registering.wait();
            CHECK(test_support::stays_false([&] { return registered.load(); }));
            return STATUS_SUCCESS;
        };
        CHECK(w.in.add_processor(start).status == STATUS_SUCCESS);
    });
    starting.wait();
    registering.open();
    const processor_watch watch(r, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    registered = true;
    CHECK(r.story() == "Start0 Start1 Start2 Complete0 Complete1 Complete2");
}

TEST_CASE(
    "W60 a registration with the flag from inside Start: what exists during the call, the new one after") {
    world w(when_told(2));
    receiver outer;
    struct inner {
        receiver r{};
        PVOID handle = nullptr;
        std::string during{};
    } late;
    outer->HookContext = &late;
    outer->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& to = *static_cast<inner*>(recorder->HookContext);
        if (call->State != KeProcessorAddStartNotify || to.handle != nullptr) return;
        to.handle = KeRegisterProcessorChangeCallback(RecorderProcessorChange, to.r.get(),
                                                      KE_PROCESSOR_CHANGE_ADD_EXISTING);
        to.during = to.r.story();
    };
    const processor_watch watch(outer);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(late.handle != nullptr);
    CHECK(late.during == "Start0 Start1 Complete0 Complete1");
    CHECK(late.r.take() == "Start0 Start1 Complete0 Complete1 Start2 Complete2");
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(late.r.take() == "Start3 Complete3");
    KeDeregisterProcessorChangeCallback(late.handle);
}

TEST_CASE("W60 an addition from inside a processor callback is refused, not hung, and changes nothing") {
    auto options = when_told(1);
    options.maximum_processors = 2;
    world w(options);
    receiver r;
    struct inner {
        partition* in;
        NTSTATUS status = STATUS_SUCCESS;
    } to{&w.in};
    r->HookContext = &to;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& host = *static_cast<inner*>(recorder->HookContext);
        if (call->State == KeProcessorAddFailureNotify) host.status = host.in->add_processor().status;
    };
    const processor_watch watch(r);
    CHECK(w.in.add_processor(fail_to_start).status == STATUS_DEVICE_NOT_READY);
    CHECK((to.status == STATUS_POSSIBLE_DEADLOCK || to.status == STATUS_INSUFFICIENT_RESOURCES));
    CHECK(r.take() == "Start1 Failure1:c00000a3");
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
}

TEST_CASE("W60 while one addition is being completed the place of the next one is still free") {
    auto options = when_told(1);
    options.maximum_processors = 3;
    world w(options);
    receiver r;
    struct inner {
        partition* in;
        std::unique_ptr<runner> other{};
        std::atomic<bool> over{false};
        NTSTATUS status = STATUS_PENDING;
    } to{&w.in};
    r->HookContext = &to;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& self = *static_cast<inner*>(recorder->HookContext);
        if (call->State != KeProcessorAddCompleteNotify || self.other != nullptr) return;
        self.other = std::make_unique<runner>([&self] {
            self.status = self.in->add_processor().status;
            self.over = true;
        });
        CHECK(test_support::stays_false([&] { return self.over.load(); })); // it waits for its turn
    };
    const processor_watch watch(r);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    to.other->join();
    CHECK(to.status == STATUS_SUCCESS);
    CHECK(r.story() == "Start1 Complete1 Start2 Complete2");
}

TEST_CASE("W60 an addition in progress holds its place: the maximum is never exceeded") {
    auto options = when_told(1);
    options.maximum_processors = 2;
    world w(options);
    receiver r;
    const processor_watch watch(r);
    NTSTATUS second = STATUS_PENDING;
    std::atomic<bool> over{false};
    gate about{"the other thread is about to add"};
    std::unique_ptr<runner> other;
    const addition first = w.in.add_processor([&](ULONG) {
        other = std::make_unique<runner>([&] {
            about.open();
            second = w.in.add_processor().status;
            over = true;
        });
        about.wait();
        test_support::stays_false([&] { return over.load(); }); // time to go wrong
        return STATUS_SUCCESS;
    });
    other->join();
    CHECK(first.status == STATUS_SUCCESS);
    CHECK(second == STATUS_INSUFFICIENT_RESOURCES);
    CHECK(KeQueryActiveProcessorCount(nullptr) == 2);
    CHECK(KeQueryActiveProcessors() == 0x3);
    CHECK(r.story() == "Start1 Complete1");
}

TEST_CASE("W60 the next addition begins when a failed one has left nothing behind") {
    world w(when_told(1));
    receiver r;
    struct inner {
        partition* in;
        std::unique_ptr<runner> other{};
        std::atomic<bool> over{false};
        addition result{STATUS_PENDING, 0};
    } to{&w.in};
    r->HookContext = &to;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& self = *static_cast<inner*>(recorder->HookContext);
        if (call->State != KeProcessorAddFailureNotify || self.other != nullptr) return;
        self.other = std::make_unique<runner>([&self] {
            self.result = self.in->add_processor();
            self.over = true;
        });
        CHECK(test_support::stays_false([&] { return self.over.load(); }));
    };
    for (int round = 0; round < 50; ++round) {
        const processor_watch watch(r);
        to.over = false;
        const ULONG next = KeQueryActiveProcessorCount(nullptr);
        CHECK(w.in.add_processor(fail_to_start).status == STATUS_DEVICE_NOT_READY);
        to.other->join();
        to.other.reset();
        CHECK(to.result.status == STATUS_SUCCESS);
        CHECK(to.result.index == next);
        CHECK(KeQueryActiveProcessorCount(nullptr) == next + 1);
        PROCESSOR_NUMBER number{};
        CHECK(KeGetProcessorNumberFromIndex(next, &number) == STATUS_SUCCESS);
        CHECK(number.Number == next);
        CHECK(KeGetProcessorNumberFromIndex(next + 1, &number) == STATUS_INVALID_PARAMETER);
    }
}

TEST_CASE("W60 the refusal from inside a callback says POSSIBLE_DEADLOCK and gives its place back") {
    auto options = when_told(1);
    options.maximum_processors = 3;
    world w(options);
    receiver r;
    struct inner {
        partition* in;
        NTSTATUS status = STATUS_SUCCESS;
    } to{&w.in};
    r->HookContext = &to;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& host = *static_cast<inner*>(recorder->HookContext);
        if (call->State == KeProcessorAddStartNotify) host.status = host.in->add_processor().status;
    };
    const processor_watch watch(r);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(to.status == STATUS_POSSIBLE_DEADLOCK);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(w.in.add_processor().status == STATUS_INSUFFICIENT_RESOURCES);
    CHECK(KeQueryActiveProcessorCount(nullptr) == 3);
}

TEST_CASE("W61 KeQueryActiveProcessorCount counts group 0, and the mask is optional") {
    auto options = when_told(66);
    options.maximum_processors = 130;
    world w(options);
    KAFFINITY mask = 0;
    CHECK(KeQueryActiveProcessorCount(nullptr) == 64);
    CHECK(KeQueryActiveProcessorCount(&mask) == 64);
    CHECK(mask == ~KAFFINITY{0});
    CHECK(KeQueryActiveProcessors() == ~KAFFINITY{0});
    CHECK(KeQueryActiveProcessorCountEx(0) == 64);
    CHECK(KeQueryActiveProcessorCountEx(1) == 2);
    CHECK(KeQueryActiveProcessorCountEx(2) == 0);
    CHECK(KeQueryActiveProcessorCountEx(0xFFFE) == 0);
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 66);
    CHECK(KeQueryMaximumProcessorCount() == 64);
    CHECK(KeQueryMaximumProcessorCountEx(0) == 64);
    CHECK(KeQueryMaximumProcessorCountEx(1) == 64);
    CHECK(KeQueryMaximumProcessorCountEx(2) == 2);
    CHECK(KeQueryMaximumProcessorCountEx(3) == 0);
    CHECK(KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS) == 130);
}

TEST_CASE("W61 a processor that is added to a small partition shows in count and mask") {
    auto options = when_told(3);
    options.maximum_processors = 8;
    world w(options);
    KAFFINITY mask = 0;
    CHECK(KeQueryActiveProcessorCount(&mask) == 3);
    CHECK(mask == 0x7);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(KeQueryActiveProcessorCount(&mask) == 4);
    CHECK(mask == 0xF);
    CHECK(KeQueryMaximumProcessorCount() == 8);
}

TEST_CASE(
    "W61 masks may have gaps: indexes have none, numbers do, and the lowest free number is taken next") {
    auto options = when_told();
    options.processor_numbers = {0, 5, 2, 5, 8}; // the second 5 is taken, 8 is beyond the maximum
    options.maximum_processors = 8;
    world w(options);
    KAFFINITY mask = 0;
    CHECK(KeQueryActiveProcessorCount(&mask) == 3);
    CHECK(mask == 0x25);
    PROCESSOR_NUMBER number{};
    CHECK(KeGetProcessorNumberFromIndex(1, &number) == STATUS_SUCCESS);
    CHECK(number.Number == 5);
    number = {0, 1, 0};
    CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
    KAFFINITY while_starting = 0;
    const addition added = w.in.add_processor([&](ULONG) {
        while_starting = KeQueryActiveProcessors();
        return STATUS_SUCCESS;
    });
    CHECK(added.index == 3);
    CHECK(while_starting == 0x25);
    CHECK(KeQueryActiveProcessors() == 0x27);
    CHECK(KeGetProcessorIndexFromNumber(&number) == 3);
}

TEST_CASE("W61 a processor is added under the number asked for, or not at all") {
    auto options = when_told(2);
    options.maximum_processors = 8;
    world w(options);
    receiver r;
    const processor_watch watch(r);
    const auto start = [](ULONG) { return STATUS_SUCCESS; };
    CHECK(w.in.add_processor(start, 1).status == STATUS_INVALID_PARAMETER);
    CHECK(w.in.add_processor(start, 8).status == STATUS_INVALID_PARAMETER);
    CHECK(r.count() == 0);
    CHECK(w.in.add_processor(fail_to_start, 6).status == STATUS_DEVICE_NOT_READY);
    r.take();
    const addition added = w.in.add_processor(start, 6);
    CHECK(added.status == STATUS_SUCCESS);
    CHECK(added.index == 2);
    CHECK(r.call(0).NtNumber == 2);
    CHECK(r.call(0).ProcNumber.Number == 6);
    CHECK(KeQueryActiveProcessors() == 0x43);
}

TEST_CASE("W61 without a partition there are no processors") {
    REQUIRE(partition::current() == nullptr);
    KAFFINITY mask = 1;
    CHECK(KeQueryActiveProcessorCount(&mask) == 0);
    CHECK(mask == 0);
    CHECK(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS) == 0);
    CHECK(KeQueryActiveProcessors() == 0);
    CHECK(KeQueryMaximumProcessorCount() == 0);
    CHECK(KeQueryMaximumProcessorCountEx(0) == 0);
    PROCESSOR_NUMBER number{};
    CHECK(KeGetProcessorNumberFromIndex(0, &number) == STATUS_INVALID_PARAMETER);
    CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
}

TEST_CASE("W62 indexes and numbers correspond, across groups, and bad ones are refused") {
    auto options = when_told(130);
    options.maximum_processors = 130;
    world w(options);
    for (ULONG i = 0; i < 130; ++i) {
        PROCESSOR_NUMBER number{9, 9, 9};
        REQUIRE(KeGetProcessorNumberFromIndex(i, &number) == STATUS_SUCCESS);
        CHECK(number.Group == i / 64);
        CHECK(number.Number == i % 64);
        CHECK(number.Reserved == 0);
        CHECK(KeGetProcessorIndexFromNumber(&number) == i);
    }
    PROCESSOR_NUMBER number{0, 1, 0};
    CHECK(KeGetProcessorNumberFromIndex(130, &number) == STATUS_INVALID_PARAMETER);
    CHECK(KeGetProcessorNumberFromIndex(0xFFFFFFFF, &number) == STATUS_INVALID_PARAMETER);
    CHECK(number.Number == 1); // untouched
    CHECK(KeGetProcessorNumberFromIndex(0, nullptr) == STATUS_INVALID_PARAMETER);
    number = {2, 2, 0};
    CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
    number = {0, 64, 0};
    CHECK(KeGetProcessorIndexFromNumber(&number) == INVALID_PROCESSOR_INDEX);
    CHECK(KeGetProcessorIndexFromNumber(nullptr) == INVALID_PROCESSOR_INDEX);
}
