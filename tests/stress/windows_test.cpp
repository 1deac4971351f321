// SPDX-License-Identifier: BSL-1.0
// This program's definitions of the DDI functions.
#include <assent/windows/ddi.hpp>

#include "gate.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace assent::windows;
using test_support::eventually;
using test_support::gate;
using test_support::runner;

namespace {

constexpr GUID processor_guid{0x97fadb10, 0x4e33, 0x40ae, {0x35, 0x9c, 0x8b, 0xef, 0x02, 0x9d, 0xbd, 0xd0}};
constexpr GUID memory_guid{0x3fd0f03d, 0x92e0, 0x45fb, {0xb7, 0x5c, 0x5e, 0xd8, 0xff, 0xb0, 0x10, 0x21}};
constexpr ULONG most = 64;

// What the driver under test was told in one life, by processor.
struct life {
    std::array<std::atomic<int>, most> starts{};
    std::array<std::atomic<int>, most> completes{};
    std::array<std::atomic<int>, most> failures{};
    std::array<std::atomic<int>, most> arrivals{};
    std::atomic<int> odd{0}; // anything that should not come

    gate* first_start = nullptr;
    PVOID handle = nullptr;
    PVOID entry = nullptr;
};

life* current_life; // written between rounds only

VOID on_processor(PVOID context, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT change, PNTSTATUS) {
    auto& l = *static_cast<life*>(context);
    const ULONG n = change->NtNumber;
    if (n >= most) {
        ++l.odd;
        return;
    }
    switch (change->State) {
    case KeProcessorAddStartNotify:
        if (++l.starts[n] != 1) ++l.odd;
        if (l.first_start != nullptr) l.first_start->open();
        break;
    case KeProcessorAddCompleteNotify:
        if (l.starts[n] != 1) ++l.odd; // never before its Start
        ++l.completes[n];
        break;
    default:
        ++l.failures[n];
    }
}

NTSTATUS on_interface(PVOID structure, PVOID context) {
    auto& l = *static_cast<life*>(context);
    const auto& name = *static_cast<DEVICE_INTERFACE_CHANGE_NOTIFICATION*>(structure)->SymbolicLinkName;
    // \??\ACPI#ACPI0007#<index>#{class}
    const std::string text = to_utf8(name.Buffer, name.Length / sizeof(WCHAR));
    const std::string head = "\\??\\ACPI#ACPI0007#";
    const std::size_t n =
        text.starts_with(head) ? static_cast<std::size_t>(std::atoi(text.c_str() + head.size())) : most;
    if (n >= most) {
        ++l.odd;
    } else {
        ++l.arrivals[n];
    }
    return STATUS_SUCCESS;
}

VOID unload(PDRIVER_OBJECT) {
    IoUnregisterPlugPlayNotificationEx(current_life->entry);
    KeDeregisterProcessorChangeCallback(current_life->handle);
}

// With both "existing" flags.
NTSTATUS entry(PDRIVER_OBJECT object, PUNICODE_STRING) {
    object->DriverUnload = unload;
    life& l = *current_life;
    l.handle = KeRegisterProcessorChangeCallback(on_processor, &l, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    if (l.handle == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    return IoRegisterPlugPlayNotification(
        EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
        const_cast<GUID*>(&processor_guid), object, on_interface, &l, &l.entry);
}

} // namespace

TEST_CASE("W60 W16 a driver that registers with the existing flags while a processor is added sees each "
          "exactly once") {
    constexpr int rounds = 10000;
    int done = 0;
    int replayed = 0;
    int live = 0;
    bool good = true;
    while (done < rounds && good) {
        partition_options options;
        options.processors = 1;
        options.maximum_processors = most;
        options.memory_modules = 0;
        options.interface_delivery = delivery::by_worker;
        partition in(options);
        const scoped_partition is_current(in);
        std::atomic<ULONG> wanted{1}; // how many processors there are to be
        std::atomic<bool> over{false};
        gate* hold_start = nullptr; // the round's, under `wanted`
        gate* may_start = nullptr;
        gate* wait_first = nullptr;
        std::atomic<ULONG> there{1};
        const runner adder([&] {
            ULONG have = 1;
            for (;;) {
                eventually([&] { return over.load() || wanted.load() > have; }, "the next round");
                if (wanted.load() == have) return;
                if (wait_first != nullptr) wait_first->wait();
                const addition added = in.add_processor([&](ULONG) {
                    if (hold_start != nullptr) hold_start->open();
                    if (may_start != nullptr) may_start->wait();
                    return STATUS_SUCCESS;
                });
                if (added.status != STATUS_SUCCESS || added.index != have) {
                    there = most + 1;
                    return;
                }
                there = ++have;
            }
        });
        for (ULONG have = 1; have < most && done < rounds && good; ++have, ++done) {
            // Where the addition stands when the driver registers: anywhere; in the middle; not begun, so that
            // it comes while the replay is told; anywhere.
            const int kind = done % 4;
            gate in_start{"the processor is being started"};
            gate go_on{"the start may go on"};
            gate in_replay{"the replay has begun"};
            const auto l = std::make_unique<life>();
            current_life = l.get();
            hold_start = kind == 1 ? &in_start : nullptr;
            may_start = kind == 1 ? &go_on : nullptr;
            wait_first = kind == 2 ? &in_replay : nullptr;
            l->first_start = wait_first;
            wanted = have + 1;
            if (kind == 1) {
                in_start.wait();
                go_on.open();
            }
            const auto [d, status] = in.load("late", entry);
            const bool in_replay_already = l->starts[have].load() != 0;
            eventually([&] { return there.load() > have; }, "the addition");
            in.settle();
            good = status == STATUS_SUCCESS && there.load() == have + 1 && l->odd.load() == 0;
            for (ULONG n = 0; n < most; ++n) {
                const int once = n <= have ? 1 : 0;
                good = good && l->starts[n].load() == once && l->completes[n].load() == once &&
                       l->failures[n].load() == 0 && l->arrivals[n].load() == once;
            }
            if (!good) {
                CAPTURE(done);
                CAPTURE(kind);
                CAPTURE(have);
                CAPTURE(l->odd.load());
                CAPTURE(l->starts[have].load());
                CAPTURE(l->completes[have].load());
                CAPTURE(l->arrivals[have].load());
                CHECK(good);
            }
            ++(in_replay_already ? replayed : live);
            const unloading result = in.unload(*d);
            good = good && result.status == STATUS_SUCCESS && d->references() == 0;
            CHECK(good);
        }
        over = true;
    }
    CHECK(done == rounds);
    // Both ways were taken; a quarter of the rounds goes each of them for certain.
    MESSAGE(replayed << " times among what exists, " << live << " times as an addition");
    CHECK(replayed > 0);
    CHECK(live > 0);
}

TEST_CASE(
    "W45 W46 drivers load and unload while processors come, fail and are refused, and units go and come") {
    constexpr int lives = 1500;
    partition_options options;
    options.processors = 2;
    options.maximum_processors = 24;
    options.memory_modules = 1;
    options.interface_delivery = delivery::by_worker;
    partition in(options);
    const scoped_partition is_current(in);
    std::atomic<bool> over{false};
    const runner flicker([&] {
        while (!over) {
            in.set_memory_online(0, false);
            in.set_memory_online(0, true);
            in.settle();
        }
    });
    const runner failing([&] {
        const auto fails = [](ULONG) -> NTSTATUS { return STATUS_UNSUCCESSFUL; };
        while (!over) {
            static_cast<void>(in.add_processor(fails));
            std::this_thread::yield();
        }
    });
    // One life of a driver: its context is allocated in DriverEntry and freed in Unload.
    struct context {
        std::atomic<int> open{0}; // Starts without their end
        std::atomic<int> calls{0};
        PVOID handle = nullptr;
        PVOID watch = nullptr;
    };
    static context* its;
    static std::atomic<int> open_at_the_end;
    static std::atomic<int> calls;
    open_at_the_end = 0;
    calls = 0;
    const auto load = [](PDRIVER_OBJECT object, PUNICODE_STRING) -> NTSTATUS {
        its = new context;
        object->DriverUnload = [](PDRIVER_OBJECT) {
            KeDeregisterProcessorChangeCallback(its->handle);
            IoUnregisterPlugPlayNotificationEx(its->watch);
            calls += its->calls.load();
            delete its; // whatever still ran would be seen by the sanitizers
        };
        its->handle = KeRegisterProcessorChangeCallback(
            [](PVOID c, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT change, PNTSTATUS) {
                auto& mine = *static_cast<context*>(c);
                if (++mine.calls % 4 == 0) std::this_thread::yield(); // a call that takes a while
                const int now = change->State == KeProcessorAddStartNotify ? ++mine.open : --mine.open;
                if (now < 0) ++open_at_the_end; // an end without its Start
            },
            its, KE_PROCESSOR_CHANGE_ADD_EXISTING);
        return IoRegisterPlugPlayNotification(
            EventCategoryDeviceInterfaceChange, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
            const_cast<GUID*>(&memory_guid), object,
            [](PVOID, PVOID c) -> NTSTATUS {
                ++static_cast<context*>(c)->calls;
                return STATUS_SUCCESS;
            },
            its, &its->watch);
    };
    int bad = 0;
    for (int i = 0; i < lives; ++i) {
        const auto [d, status] = in.load("short", load);
        if (status != STATUS_SUCCESS || in.unload(*d).status != STATUS_SUCCESS || d->references() != 0) ++bad;
    }
    over = true;
    CHECK(bad == 0);
    CHECK(open_at_the_end == 0);
    CHECK(calls >= lives * 4); // the replay of two processors
    CHECK(in.processors().active(ALL_PROCESSOR_GROUPS) == 2);
}

TEST_CASE("W51 W52 additions that race with additions that fail leave no hole in the indexes") {
    constexpr int partitions = 60;
    int bad = 0;
    for (int i = 0; i < partitions; ++i) {
        partition_options options;
        options.processors = 1;
        options.maximum_processors = 64;
        options.interface_delivery = delivery::when_told;
        partition in(options);
        std::atomic<int> failures{0};
        {
            const runner succeeding([&] {
                for (int k = 0; k < 30; ++k)
                    if (in.add_processor().status != STATUS_SUCCESS) ++failures;
            });
            const runner failing([&] {
                for (int k = 0; k < 30; ++k)
                    if (in.add_processor([](ULONG) -> NTSTATUS { return STATUS_UNSUCCESSFUL; }).status !=
                        STATUS_UNSUCCESSFUL)
                        ++failures;
            });
        }
        in.settle();
        bad += failures;
        if (in.processors().active(ALL_PROCESSOR_GROUPS) != 31 || in.processors().mask(0) != 0x7FFFFFFF)
            ++bad;
        for (ULONG n = 0; n < 31; ++n) {
            const auto number = in.processors().number_of(n);
            if (!number || number->Number != n) ++bad;
        }
        if (in.processors().number_of(31)) ++bad;
    }
    CHECK(bad == 0);
}
