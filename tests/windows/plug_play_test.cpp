// SPDX-License-Identifier: BSL-1.0
#include "gate.hpp"
#include "world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace windows_tests;
using test_support::gate;
using test_support::runner;
using test_support::stop;

namespace {

PVOID untouched() {
    static int place;
    return &place;
}

// Unregisters the entry its context points to, from inside the callback.
template <NTSTATUS (*Unregister)(PVOID)> struct self_removal {
    PVOID entry = nullptr;
    NTSTATUS result = STATUS_UNSUCCESSFUL;
    static VOID hook(RECORDER* recorder, const RECORDER_CALL*) {
        auto& self = *static_cast<self_removal*>(recorder->HookContext);
        self.result = Unregister(self.entry);
    }
};
using removal_ex = self_removal<&IoUnregisterPlugPlayNotificationEx>;
using removal_no_wait = self_removal<&IoUnregisterPlugPlayNotification>;

// Keeps the first call it gets inside.
VOID stay_once(RECORDER* recorder, const RECORDER_CALL*) {
    if (InterlockedCompareExchange(&recorder->Count, 0, 0) == 1)
        static_cast<stop*>(recorder->HookContext)->here();
}

} // namespace

TEST_CASE("W1 registering for interface changes succeeds and gives an entry") {
    world w;
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, memory_guid);
    CHECK(watch.status == STATUS_SUCCESS);
    CHECK(watch.entry != nullptr);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.story() == "+ACPI#PNP0C80#0");
}

TEST_CASE("W2 flags other than INCLUDE_EXISTING_INTERFACES do nothing") {
    world w(when_told(1, 2));
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, memory_guid, 0xFFFFFFFE);
    CHECK(watch.status == STATUS_SUCCESS);
    CHECK(r.count() == 0);
}

TEST_CASE("W3 the class GUID is copied") {
    world w;
    receiver r;
    GUID mine = memory_guid;
    PVOID entry = nullptr;
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, &mine, &w.idle_driver().object(),
                                         RecorderInterfaceChange, r.get(), &entry) == STATUS_SUCCESS);
    mine = other_guid;
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.count() == 1);
    CHECK(IoUnregisterPlugPlayNotification(entry) == STATUS_SUCCESS);
}

TEST_CASE("W6 a NULL where something is needed is refused, and nothing is registered") {
    world w;
    receiver r;
    driver& d = w.idle_driver();
    PDRIVER_OBJECT const object = &d.object();
    PVOID entry = untouched();
    PVOID const guid = data_of(memory_guid);
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, nullptr, object, RecorderInterfaceChange,
                                         r.get(), &entry) == STATUS_INVALID_PARAMETER);
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, guid, nullptr, RecorderInterfaceChange, r.get(),
                                         &entry) == STATUS_INVALID_PARAMETER);
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, guid, object, nullptr, r.get(), &entry) ==
          STATUS_INVALID_PARAMETER);
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, guid, object, RecorderInterfaceChange, r.get(),
                                         nullptr) == STATUS_INVALID_PARAMETER);
    DRIVER_OBJECT stranger{};
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, guid, &stranger, RecorderInterfaceChange,
                                         r.get(), &entry) == STATUS_INVALID_PARAMETER);
    CHECK(entry == untouched());
    CHECK(d.references() == 0);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.count() == 0);
}

TEST_CASE("W7 reserved and unknown categories are not supported") {
    world w;
    receiver r;
    driver& d = w.idle_driver();
    PVOID entry = untouched();
    for (const int value : {0, 4, 5, 77, -1}) {
        const auto odd = static_cast<IO_NOTIFICATION_EVENT_CATEGORY>(value);
        CHECK(IoRegisterPlugPlayNotification(odd, 0, data_of(memory_guid), &d.object(),
                                             RecorderInterfaceChange, r.get(),
                                             &entry) == STATUS_NOT_SUPPORTED);
    }
    CHECK(entry == untouched());
    CHECK(d.references() == 0);
}

TEST_CASE("W9 the driver object has one reference for each registration") {
    world w;
    receiver r;
    driver& d = w.idle_driver();
    CHECK(d.references() == 0);
    {
        const interface_watch one(w, d, r, memory_guid);
        CHECK(d.references() == 1);
        {
            const interface_watch two(w, d, r, memory_guid);
            CHECK(d.references() == 2);
        }
        CHECK(d.references() == 1);
        PVOID third = nullptr;
        CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(some_guid),
                                             &d.object(), RecorderInterfaceChange, r.get(),
                                             &third) == STATUS_SUCCESS);
        CHECK(d.references() == 2);
        CHECK(IoUnregisterPlugPlayNotification(third) == STATUS_SUCCESS);
        CHECK(IoUnregisterPlugPlayNotification(third) == STATUS_INVALID_PARAMETER);
        CHECK(d.references() == 1);
    }
    CHECK(d.references() == 0);
}

TEST_CASE("W12 one routine serves several classes and several contexts") {
    world w;
    driver& d = w.idle_driver();
    receiver both;
    receiver again;
    const interface_watch processors(w, d, both, processor_guid);
    const interface_watch memory(w, d, both, memory_guid);
    const interface_watch duplicate(w, d, again, memory_guid);
    CHECK(processors.entry != memory.entry);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(both.story() == "+ACPI#ACPI0007#1 +ACPI#PNP0C80#0");
    CHECK(again.story() == "+ACPI#PNP0C80#0");
}

TEST_CASE("W12 duplicates, context and all, are independent registrations") {
    world w;
    driver& d = w.idle_driver();
    receiver r;
    const interface_watch one(w, d, r, memory_guid);
    {
        const interface_watch two(w, d, r, memory_guid);
        CHECK(one.entry != two.entry);
        w.in.add_memory_module();
        w.in.settle();
        CHECK(r.take() == "+ACPI#PNP0C80#0 +ACPI#PNP0C80#0");
    }
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.take() == "+ACPI#PNP0C80#1");
}

TEST_CASE("W13 the entry is written before the first callback runs, and is good already") {
    world w(when_told(1, 2));
    receiver r;
    PVOID entry = untouched();
    struct place {
        PVOID* entry;
        PVOID seen[2]{};
        int calls = 0;
    } seen{&entry};
    r->HookContext = &seen;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& p = *static_cast<place*>(recorder->HookContext);
        if (p.calls < 2) p.seen[p.calls] = *p.entry;
        ++p.calls;
    };
    CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                         &w.idle_driver().object(), RecorderInterfaceChange, r.get(),
                                         &entry) == STATUS_SUCCESS);
    CHECK(entry != untouched());
    CHECK(seen.calls == 2);
    CHECK(seen.seen[0] == entry);
    CHECK(seen.seen[1] == entry);
    CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_SUCCESS);
}

TEST_CASE("W13 also where events are being delivered while the registering call runs") {
    world w(by_worker());
    device& on = w.in.add_device("flicker");
    driver_interface flicker(on, some_guid);
    driver& d = w.idle_driver();
    std::atomic<bool> enough{false};
    struct place {
        std::atomic<int> early{0};
        PVOID written = nullptr;
    };
    const runner toggler([&] {
        while (!enough) {
            static_cast<void>(flicker.enable());
            static_cast<void>(flicker.enable(false));
            w.in.settle();
        }
    });
    int early = 0;
    for (int round = 0; round < 500; ++round) {
        place p;
        const auto routine = [](PVOID, PVOID context) -> NTSTATUS {
            auto& to = *static_cast<place*>(context);
            // Reads what the call wrote before it could be called.
            if (to.written == nullptr) ++to.early;
            return STATUS_SUCCESS;
        };
        CHECK(IoRegisterPlugPlayNotification(interface_events, round % 2 == 0 ? include_existing : 0,
                                             data_of(some_guid), &d.object(), routine, &p,
                                             &p.written) == STATUS_SUCCESS);
        CHECK(IoUnregisterPlugPlayNotificationEx(p.written) == STATUS_SUCCESS);
        early += p.early.load();
    }
    enough = true;
    CHECK(early == 0);
}

TEST_CASE("W14 a registrant gets every event of its class, those before its registration excepted") {
    world w;
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    CHECK(disk.enable() == STATUS_SUCCESS);
    w.in.settle();
    receiver r;
    const interface_watch watch(w, d, r, some_guid);
    std::string expected;
    for (int i = 0; i < 5; ++i) {
        CHECK(disk.enable(false) == STATUS_SUCCESS);
        CHECK(disk.enable() == STATUS_SUCCESS);
        w.in.settle();
        expected += i == 0 ? "-disk +disk" : " -disk +disk";
    }
    CHECK(r.story() == expected);
}

TEST_CASE("W15 enabling is an arrival and disabling a removal, for registrations of that class only") {
    world w;
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    driver_interface other(on, other_guid);
    receiver r;
    receiver none;
    const interface_watch watch(w, d, r, some_guid);
    const interface_watch unused(w, d, none, memory_guid);
    CHECK(disk.enable() == STATUS_SUCCESS);
    CHECK(other.enable() == STATUS_SUCCESS);
    CHECK(disk.enable(false) == STATUS_SUCCESS);
    w.in.settle();
    REQUIRE(r.count() == 2);
    CHECK(IsEqualGUID(r.call(0).Event, arrival_guid));
    CHECK(IsEqualGUID(r.call(1).Event, removal_guid));
    CHECK(IsEqualGUID(r.call(0).InterfaceClassGuid, some_guid));
    CHECK(IsEqualGUID(r.call(1).InterfaceClassGuid, some_guid));
    CHECK(receiver::name_of(r.call(0)) == disk.text());
    CHECK(receiver::name_of(r.call(1)) == disk.text());
    CHECK(none.count() == 0);
}

TEST_CASE("W16 active interfaces are replayed during the call, in the order in which they were enabled") {
    world w;
    driver& d = w.idle_driver();
    device& a = w.in.add_device("a");
    device& b = w.in.add_device("b");
    device& c = w.in.add_device("c");
    driver_interface first(a, some_guid);
    driver_interface second(b, some_guid);
    driver_interface third(c, some_guid);
    driver_interface elsewhere(a, other_guid);
    CHECK(third.enable() == STATUS_SUCCESS);
    CHECK(elsewhere.enable() == STATUS_SUCCESS);
    CHECK(first.enable() == STATUS_SUCCESS);
    CHECK(second.enable() == STATUS_SUCCESS);
    w.in.settle();
    receiver old;
    const interface_watch present(w, d, old, some_guid);
    {
        receiver r;
        const interface_watch watch(w, d, r, some_guid, include_existing);
        CHECK(watch.status == STATUS_SUCCESS);
        CHECK(r.story() == "+c +a +b");
        w.in.settle();
        CHECK(r.story() == "+c +a +b");
    }
    CHECK(old.count() == 0);
    CHECK(third.enable(false) == STATUS_SUCCESS);
    CHECK(third.enable() == STATUS_SUCCESS);
    CHECK(first.enable(false) == STATUS_SUCCESS);
    w.in.settle();
    receiver r;
    const interface_watch watch(w, d, r, some_guid, include_existing);
    CHECK(r.story() == "+b +c");
}

TEST_CASE("W16 the replay is the flag's: without it nothing of what exists is told") {
    world w(when_told(4, 2));
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, processor_guid);
    w.in.settle();
    CHECK(r.count() == 0);
}

TEST_CASE("W16 what is enabled but not delivered yet is seen exactly once") {
    world w(when_told(1, 1));
    w.in.add_memory_module();
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, memory_guid, include_existing);
    w.in.settle();
    CHECK(r.story() == "+ACPI#PNP0C80#0 +ACPI#PNP0C80#1");
}

TEST_CASE("W16 what is enabled already is replayed during the call also while it is queued for others") {
    world w(by_worker(1, 0));
    driver& d = w.idle_driver();
    receiver slow;
    stop inside;
    slow->HookContext = &inside;
    slow->Hook = stay_once;
    const interface_watch first(w, d, slow, memory_guid);
    w.in.add_memory_module();
    inside.entered.wait();
    w.in.add_memory_module(); // queued behind the first
    receiver r;
    PVOID entry = nullptr;
    std::atomic<bool> registered{false};
    // During the call means on the thread that makes it.
    struct place {
        std::atomic<std::thread::id> registrar{};
        std::atomic<int> during{0};
    } seen;
    r->HookContext = &seen;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& to = *static_cast<place*>(recorder->HookContext);
        if (to.registrar.load() == std::this_thread::get_id()) ++to.during;
    };
    {
        const runner registrar([&] {
            seen.registrar = std::this_thread::get_id();
            CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                                 &d.object(), RecorderInterfaceChange, r.get(),
                                                 &entry) == STATUS_SUCCESS);
            registered = true;
        });
        // It waits, and not just until the first event is over.
        CHECK(test_support::stays_false([&] { return registered.load(); }));
        inside.leave.open();
    }
    CHECK(seen.during == 2);
    CHECK(r.story() == "+ACPI#PNP0C80#0 +ACPI#PNP0C80#1");
    w.in.settle();
    CHECK(r.count() == 2);
    CHECK(slow.count() == 2);
    CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_SUCCESS);
}

TEST_CASE("W16 a replaying registration from inside a callback replays what exists then") {
    world w(when_told(1, 1));
    struct inner {
        driver& d;
        receiver r{};
        PVOID entry = nullptr;
        std::string during{};
    } late{w.idle_driver()};
    receiver outer;
    outer->HookContext = &late;
    outer->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& to = *static_cast<inner*>(recorder->HookContext);
        if (to.entry != nullptr) return;
        CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                             &to.d.object(), RecorderInterfaceChange, to.r.get(),
                                             &to.entry) == STATUS_SUCCESS);
        to.during = to.r.story();
    };
    const interface_watch watch(w, late.d, outer, memory_guid);
    w.in.add_memory_module();
    w.in.settle();
    // The event in progress is among what exists, and does not come a second time.
    CHECK(late.during == "+ACPI#PNP0C80#0 +ACPI#PNP0C80#1");
    CHECK(late.r.story() == late.during);
    CHECK(IoUnregisterPlugPlayNotificationEx(late.entry) == STATUS_SUCCESS);
}

TEST_CASE("W17 the structure: version, size, event, class, link") {
    world w;
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    struct look {
        bool ended = false;
        bool room = false;
    } seen;
    receiver r;
    const interface_watch watch(w, d, r, some_guid);
    PVOID entry = nullptr;
    const auto routine = [](PVOID structure, PVOID context) -> NTSTATUS {
        const auto& n = *static_cast<DEVICE_INTERFACE_CHANGE_NOTIFICATION*>(structure);
        auto& to = *static_cast<look*>(context);
        to.ended = n.SymbolicLinkName->Buffer[n.SymbolicLinkName->Length / sizeof(WCHAR)] == 0;
        to.room = n.SymbolicLinkName->MaximumLength >= n.SymbolicLinkName->Length + sizeof(WCHAR);
        return STATUS_SUCCESS;
    };
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, data_of(some_guid), &d.object(), routine, &seen,
                                         &entry) == STATUS_SUCCESS);
    CHECK(disk.enable() == STATUS_SUCCESS);
    w.in.settle();
    REQUIRE(r.count() == 1);
    CHECK(r.call(0).Version == 1);
    CHECK(r.call(0).Size == 48);
    CHECK(IsEqualGUID(r.call(0).Event, arrival_guid));
    CHECK(IsEqualGUID(r.call(0).InterfaceClassGuid, some_guid));
    CHECK(r.call(0).NameLength == disk.name.Length);
    CHECK(seen.ended);
    CHECK(seen.room);
    CHECK(sizeof(DEVICE_INTERFACE_CHANGE_NOTIFICATION) == 48);
    CHECK(offsetof(DEVICE_INTERFACE_CHANGE_NOTIFICATION, InterfaceClassGuid) == 20);
    CHECK(offsetof(DEVICE_INTERFACE_CHANGE_NOTIFICATION, SymbolicLinkName) == 40);
    CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_SUCCESS);
}

TEST_CASE("W17 each call has a structure and a name of its own: overwriting them reaches nobody else") {
    world w;
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    PVOID vandal = nullptr;
    const auto routine = [](PVOID structure, PVOID) -> NTSTATUS {
        auto& n = *static_cast<DEVICE_INTERFACE_CHANGE_NOTIFICATION*>(structure);
        std::fill_n(n.SymbolicLinkName->Buffer, n.SymbolicLinkName->Length / sizeof(WCHAR), WCHAR('x'));
        n.SymbolicLinkName->Length = 2;
        n.InterfaceClassGuid = other_guid;
        n.Event = other_guid;
        return STATUS_SUCCESS;
    };
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, data_of(some_guid), &d.object(), routine,
                                         nullptr, &vandal) == STATUS_SUCCESS);
    receiver r;
    const interface_watch watch(w, d, r, some_guid);
    CHECK(disk.enable() == STATUS_SUCCESS);
    CHECK(disk.enable(false) == STATUS_SUCCESS);
    w.in.settle();
    CHECK(r.story() == "+disk -disk");
    CHECK(IoUnregisterPlugPlayNotification(vandal) == STATUS_SUCCESS);
}

TEST_CASE("W18 names are the link prefix, the class, and an optional reference") {
    world w;
    device& on = w.in.add_device("ACPI#THING#7");
    driver_interface plain(on, some_guid);
    wide tail(u"one");
    driver_interface referred(on, some_guid, &tail.string);
    CHECK(plain.text().starts_with("\\??\\"));
    CHECK(plain.text().ends_with("#{11111111-2222-3333-4444-555555555555}"));
    CHECK(referred.text() == plain.text() + "\\one");
    CHECK(plain.name.MaximumLength == plain.name.Length + 2);
    CHECK(plain.name.Buffer[plain.name.Length / 2] == 0);
}

TEST_CASE("W20 a hot-added processor arrives as an interface of its class, later, when it already runs") {
    world w(when_told(2));
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, processor_guid);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    CHECK(r.count() == 0); // asynchronous: not inside the addition
    CHECK(w.in.deliver_one());
    CHECK_FALSE(w.in.deliver_one());
    REQUIRE(r.count() == 1);
    CHECK(r.call(0).ActiveProcessors == 3);
    CHECK(IsEqualGUID(r.call(0).Event, arrival_guid));
    CHECK(IsEqualGUID(r.call(0).InterfaceClassGuid, processor_guid));
}

TEST_CASE("W20 a memory module arrives as an interface of its class") {
    world w(when_told(1, 2));
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, memory_guid);
    CHECK(w.in.add_memory_module() == 2);
    CHECK(w.in.memory_modules() == 3);
    CHECK(r.count() == 0);
    w.in.settle();
    REQUIRE(r.count() == 1);
    CHECK(IsEqualGUID(r.call(0).InterfaceClassGuid, memory_guid));
}

TEST_CASE("W20 a processor whose addition was refused or failed does not arrive") {
    world w;
    receiver refuser;
    refuser->RefusedProcessor = 1;
    refuser->RefusalStatus = STATUS_UNSUCCESSFUL;
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, processor_guid);
    {
        const processor_watch refusing(refuser);
        CHECK_FALSE(NT_SUCCESS(w.in.add_processor().status));
    }
    CHECK_FALSE(NT_SUCCESS(w.in.add_processor([](ULONG) -> NTSTATUS { return STATUS_UNSUCCESSFUL; }).status));
    w.in.settle();
    CHECK(r.count() == 0);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.settle();
    CHECK(r.story() == "+ACPI#ACPI0007#1");
}

TEST_CASE("W20 delivery is ordered, and on a thread of the partition") {
    world w(by_worker());
    receiver r;
    struct threads {
        std::thread::id adder = std::this_thread::get_id();
        std::atomic<int> there{0};
    } where;
    r->HookContext = &where;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& t = *static_cast<threads*>(recorder->HookContext);
        if (std::this_thread::get_id() == t.adder) ++t.there;
    };
    const interface_watch watch(w, w.idle_driver(), r, processor_guid);
    std::string expected;
    for (int i = 1; i <= 20; ++i) {
        CHECK(w.in.add_processor().status == STATUS_SUCCESS);
        expected += (i == 1 ? "+ACPI#ACPI0007#" : " +ACPI#ACPI0007#") + std::to_string(i);
    }
    w.in.settle();
    CHECK(r.story() == expected);
    CHECK(where.there == 0);
}

TEST_CASE("W20 a unit that goes offline and comes back is a removal and an arrival, once each") {
    world w(when_told(2, 1));
    driver& d = w.idle_driver();
    receiver r;
    const interface_watch processors(w, d, r, processor_guid);
    const interface_watch memory(w, d, r, memory_guid);
    CHECK(w.in.set_processor_online(1, false));
    CHECK_FALSE(w.in.set_processor_online(1, false));
    CHECK(w.in.set_memory_online(0, false));
    CHECK(w.in.set_processor_online(1, true));
    CHECK_FALSE(w.in.set_processor_online(1, true));
    w.in.settle();
    CHECK(r.story() == "-ACPI#ACPI0007#1 -ACPI#PNP0C80#0 +ACPI#ACPI0007#1");
    CHECK(KeQueryActiveProcessorCount(nullptr) == 2);
}

TEST_CASE("W20 a processor that is still being added cannot come online") {
    world w;
    receiver r;
    const interface_watch processors(w, w.idle_driver(), r, processor_guid);
    bool online = true;
    const auto start = [&](ULONG index) -> NTSTATUS {
        online = w.in.set_processor_online(index, true);
        return STATUS_UNSUCCESSFUL;
    };
    CHECK(w.in.add_processor(start).status == STATUS_UNSUCCESSFUL);
    CHECK_FALSE(online);
    w.in.settle();
    CHECK(r.count() == 0);
}

TEST_CASE("W20 a unit that does not exist cannot come online") {
    world w(when_told(2, 1));
    driver& d = w.idle_driver();
    receiver r;
    const interface_watch processors(w, d, r, processor_guid);
    const interface_watch memory(w, d, r, memory_guid);
    CHECK_FALSE(w.in.set_processor_online(2, true));
    CHECK_FALSE(w.in.set_memory_online(1, true));
    w.in.settle();
    CHECK(r.count() == 0);
}

TEST_CASE("W38 unregistering does not wait for a callback that is running, and that one ends in peace") {
    world w(by_worker());
    receiver r;
    stop inside;
    r->HookContext = &inside;
    r->Hook = stay_once;
    interface_watch watch(w, w.idle_driver(), r, memory_guid);
    w.in.add_memory_module();
    w.in.add_memory_module();
    inside.entered.wait();
    CHECK(IoUnregisterPlugPlayNotification(watch.entry) == STATUS_SUCCESS);
    CHECK_FALSE(inside.left.load()); // it is still inside, and we are back
    inside.leave.open();
    w.in.settle();
    CHECK(inside.left.load());
    CHECK(r.count() == 1); // and was called no more
}

TEST_CASE("W39 …Ex waits for the call in flight on another thread") {
    world w(by_worker());
    receiver r;
    stop inside;
    r->HookContext = &inside;
    r->Hook = stay_once;
    interface_watch watch(w, w.idle_driver(), r, memory_guid);
    w.in.add_memory_module();
    w.in.add_memory_module();
    inside.entered.wait();
    std::atomic<bool> returned{false};
    bool callback_was_over = false;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    {
        const runner leaver([&] {
            status = IoUnregisterPlugPlayNotificationEx(watch.entry);
            callback_was_over = inside.left.load();
            returned = true;
        });
        CHECK(test_support::stays_false([&] { return returned.load(); }));
        inside.leave.open();
    }
    CHECK(status == STATUS_SUCCESS);
    CHECK(callback_was_over);
    w.in.settle();
    CHECK(r.count() == 1);
}

TEST_CASE("W39 …Ex waits for nothing but calls of its own registration") {
    world w(by_worker());
    driver& d = w.idle_driver();
    receiver busy;
    receiver idle;
    stop inside;
    busy->HookContext = &inside;
    busy->Hook = stay_once;
    const interface_watch first(w, d, busy, memory_guid);
    interface_watch second(w, d, idle, memory_guid);
    w.in.add_memory_module();
    inside.entered.wait();
    CHECK(IoUnregisterPlugPlayNotificationEx(second.entry) == STATUS_SUCCESS);
    CHECK_FALSE(inside.left.load());
    inside.leave.open();
    w.in.settle();
    CHECK(idle.count() == 0); // unregistered before its turn came
    CHECK(busy.count() == 1);
}

TEST_CASE("W40 …Ex from inside the callback does not wait for itself, and there is no further call") {
    world w;
    receiver r;
    removal_ex self;
    r->HookContext = &self;
    r->Hook = &removal_ex::hook;
    interface_watch watch(w, w.idle_driver(), r, memory_guid);
    self.entry = watch.entry;
    w.in.add_memory_module();
    w.in.add_memory_module();
    w.in.settle();
    CHECK(self.result == STATUS_SUCCESS);
    CHECK(r.count() == 1);
    CHECK(IoUnregisterPlugPlayNotificationEx(watch.entry) == STATUS_INVALID_PARAMETER);
}

TEST_CASE("W40 …Ex from inside the replay is done without waiting, and the replay ends there") {
    world w(when_told(1, 3));
    driver& d = w.idle_driver();
    receiver r;
    removal_ex self;
    r->HookContext = &self;
    r->Hook = &removal_ex::hook;
    CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                         &d.object(), RecorderInterfaceChange, r.get(),
                                         &self.entry) == STATUS_SUCCESS);
    CHECK(self.result == STATUS_SUCCESS);
    CHECK(r.story() == "+ACPI#PNP0C80#0");
    CHECK(d.references() == 0);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.count() == 1);
    CHECK(IoUnregisterPlugPlayNotificationEx(self.entry) == STATUS_INVALID_PARAMETER);
}

TEST_CASE("W40 knob: …Ex from inside the replay is refused, and the registration lives on") {
    auto options = when_told(1, 2);
    options.answers.refuses_unregistering_inside_replay = true;
    world w(options);
    receiver r;
    removal_ex self;
    r->HookContext = &self;
    r->Hook = &removal_ex::hook;
    CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                         &w.idle_driver().object(), RecorderInterfaceChange, r.get(),
                                         &self.entry) == STATUS_SUCCESS);
    CHECK(self.result == STATUS_POSSIBLE_DEADLOCK);
    CHECK(r.take() == "+ACPI#PNP0C80#0 +ACPI#PNP0C80#1");
    // In an event it is allowed.
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.take() == "+ACPI#PNP0C80#2");
    CHECK(self.result == STATUS_SUCCESS);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(r.count() == 0);
}

TEST_CASE("W40 knob: it concerns …Ex only; the form that does not wait is fine inside the replay") {
    auto options = when_told(1, 2);
    options.answers.refuses_unregistering_inside_replay = true;
    world w(options);
    receiver r;
    removal_no_wait self;
    r->HookContext = &self;
    r->Hook = &removal_no_wait::hook;
    CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                         &w.idle_driver().object(), RecorderInterfaceChange, r.get(),
                                         &self.entry) == STATUS_SUCCESS);
    CHECK(self.result == STATUS_SUCCESS);
    CHECK(r.count() == 1);
}

TEST_CASE("W40 knob: another thread may unregister during the replay") {
    auto options = when_told(1, 2);
    options.answers.refuses_unregistering_inside_replay = true;
    world w(options);
    receiver r;
    struct inner {
        PVOID entry = nullptr;
        NTSTATUS status = STATUS_UNSUCCESSFUL;
    } to;
    r->HookContext = &to;
    r->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& self = *static_cast<inner*>(recorder->HookContext);
        const runner other([&] { self.status = IoUnregisterPlugPlayNotification(self.entry); });
    };
    CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                         &w.idle_driver().object(), RecorderInterfaceChange, r.get(),
                                         &to.entry) == STATUS_SUCCESS);
    CHECK(to.status == STATUS_SUCCESS);
    CHECK(r.count() == 1);
}

TEST_CASE("W41 an invalid entry is refused, never a crash") {
    world w;
    for (const auto unregister : {IoUnregisterPlugPlayNotification, IoUnregisterPlugPlayNotificationEx}) {
        CHECK(unregister(nullptr) == STATUS_INVALID_PARAMETER);
        CHECK(unregister(&w) == STATUS_INVALID_PARAMETER);
        CHECK(unregister(reinterpret_cast<PVOID>(~std::uintptr_t{0})) == STATUS_INVALID_PARAMETER);
        CHECK(unregister(reinterpret_cast<PVOID>(std::uintptr_t{0x100000001})) == STATUS_INVALID_PARAMETER);
    }
    KeDeregisterProcessorChangeCallback(nullptr);
    KeDeregisterProcessorChangeCallback(&w);
}

TEST_CASE("W41 a removed entry stays invalid, also when its place is used again") {
    world w;
    driver& d = w.idle_driver();
    receiver r;
    PVOID old = nullptr;
    {
        interface_watch watch(w, d, r, memory_guid);
        old = watch.entry;
    }
    for (int i = 0; i < 100; ++i) {
        const interface_watch again(w, d, r, memory_guid);
        CHECK(again.entry != old);
        CHECK(IoUnregisterPlugPlayNotification(old) == STATUS_INVALID_PARAMETER);
        CHECK(IoUnregisterPlugPlayNotificationEx(old) == STATUS_INVALID_PARAMETER);
    }
    CHECK(d.references() == 0);
}

TEST_CASE("W41 of threads that unregister one entry at once, one succeeds") {
    world w;
    driver& d = w.idle_driver();
    receiver r;
    for (int round = 0; round < 200; ++round) {
        interface_watch watch(w, d, r, memory_guid);
        std::atomic<int> successes{0};
        {
            const auto body = [&] {
                const NTSTATUS status = round % 2 == 0 ? IoUnregisterPlugPlayNotificationEx(watch.entry)
                                                       : IoUnregisterPlugPlayNotification(watch.entry);
                if (NT_SUCCESS(status)) ++successes;
            };
            const runner one(body);
            const runner two(body);
        }
        CHECK(successes == 1);
    }
    CHECK(d.references() == 0);
}

TEST_CASE("W41 the handle of a processor callback is no entry, and the other way round") {
    world w;
    receiver r;
    receiver p;
    interface_watch entry(w, w.idle_driver(), r, memory_guid);
    const processor_watch handle(p);
    CHECK(IoUnregisterPlugPlayNotification(handle.handle) == STATUS_INVALID_PARAMETER);
    CHECK(IoUnregisterPlugPlayNotificationEx(handle.handle) == STATUS_INVALID_PARAMETER);
    KeDeregisterProcessorChangeCallback(entry.entry);
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(p.story() == "Start1 Complete1");
    CHECK(r.story() == "+ACPI#PNP0C80#0");
    CHECK(IoUnregisterPlugPlayNotificationEx(entry.entry) == STATUS_SUCCESS);
}

TEST_CASE("W42 two callbacks that unregister each other, waiting, both come back") {
    world w(by_worker());
    struct meeting {
        gate processor_in{"processor callback entered"};
        gate interface_in{"interface callback entered"};
        PVOID handle = nullptr;
        PVOID entry = nullptr;
        NTSTATUS status = STATUS_UNSUCCESSFUL;
    } m;
    receiver p;
    p->HookContext = &m;
    p->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& to = *static_cast<meeting*>(recorder->HookContext);
        to.processor_in.open();
        to.interface_in.wait();
        to.status = IoUnregisterPlugPlayNotificationEx(to.entry);
    };
    receiver i;
    i->HookContext = &m;
    i->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& to = *static_cast<meeting*>(recorder->HookContext);
        to.interface_in.open();
        to.processor_in.wait();
        KeDeregisterProcessorChangeCallback(to.handle);
    };
    m.handle = KeRegisterProcessorChangeCallback(RecorderProcessorChange, p.get(), 0);
    CHECK(IoRegisterPlugPlayNotification(interface_events, 0, data_of(memory_guid), &w.idle_driver().object(),
                                         RecorderInterfaceChange, i.get(), &m.entry) == STATUS_SUCCESS);
    w.in.add_memory_module();
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.settle();
    CHECK(m.status == STATUS_SUCCESS);
    CHECK(p.count() == 1);
    CHECK(i.count() == 1);
}

TEST_CASE("W42 a replaying registration whose wait would close a cycle says so, and registers nothing") {
    // Inside Start this thread registers for interfaces with the flag, while inside an arrival another one
    // registers for processors with the flag: each would wait for the other's turn.
    world w(when_told(1, 0));
    struct meeting {
        driver& d;
        gate arrival_in{"interface callback entered"};
        gate start_in{"processor callback entered"};
        receiver interfaces{};
        receiver processors{};
        PVOID entry = untouched();
        PVOID handle = nullptr;
        NTSTATUS status = STATUS_PENDING;
    } m{w.idle_driver()};
    receiver p;
    p->HookContext = &m;
    p->Hook = [](RECORDER* recorder, const RECORDER_CALL* call) {
        auto& to = *static_cast<meeting*>(recorder->HookContext);
        if (call->State != KeProcessorAddStartNotify) return;
        to.start_in.open();
        to.arrival_in.wait();
        to.status = IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                                   &to.d.object(), RecorderInterfaceChange,
                                                   to.interfaces.get(), &to.entry);
    };
    receiver i;
    i->HookContext = &m;
    i->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& to = *static_cast<meeting*>(recorder->HookContext);
        to.start_in.wait();
        to.arrival_in.open();
        to.handle = KeRegisterProcessorChangeCallback(RecorderProcessorChange, to.processors.get(),
                                                      KE_PROCESSOR_CHANGE_ADD_EXISTING);
    };
    const processor_watch first(p);
    const interface_watch second(w, m.d, i, memory_guid);
    w.in.add_memory_module();
    {
        const runner teller([&] { w.in.settle(); });
        const runner adder([&] { CHECK(w.in.add_processor().status == STATUS_SUCCESS); });
    }
    // One of the two had to give way, whichever came second; the other one got what it asked for.
    CHECK((m.status == STATUS_SUCCESS || m.status == STATUS_POSSIBLE_DEADLOCK));
    CHECK((m.status == STATUS_SUCCESS) == (m.entry != untouched()));
    CHECK((m.status == STATUS_SUCCESS) == (m.handle == nullptr));
    CHECK(m.interfaces.count() == (m.status == STATUS_SUCCESS ? 1 : 0));
    CHECK(m.d.references() == 2); // the one before, and whichever was made
    if (m.status == STATUS_SUCCESS) CHECK(IoUnregisterPlugPlayNotificationEx(m.entry) == STATUS_SUCCESS);
    if (m.handle != nullptr) KeDeregisterProcessorChangeCallback(m.handle);
}

TEST_CASE("W43 callbacks run at PASSIVE_LEVEL, on whatever thread, replayed or not") {
    world w(by_worker(2, 1));
    driver& d = w.idle_driver();
    receiver r;
    receiver p;
    const interface_watch watch(w, d, r, memory_guid, include_existing);
    const processor_watch processors(p, KE_PROCESSOR_CHANGE_ADD_EXISTING);
    w.in.add_memory_module();
    CHECK(w.in.add_processor().status == STATUS_SUCCESS);
    w.in.settle();
    CHECK(r.count() == 2);
    CHECK(p.count() == 6);
    for (LONG i = 0; i < r.count(); ++i) CHECK(r.call(i).Irql == PASSIVE_LEVEL);
    for (LONG i = 0; i < p.count(); ++i) CHECK(p.call(i).Irql == PASSIVE_LEVEL);
}

TEST_CASE("W44 what an interface callback returns changes nothing for the others") {
    world w;
    driver& d = w.idle_driver();
    receiver bad;
    receiver good;
    bad->InterfaceReturnValue = STATUS_UNSUCCESSFUL;
    const interface_watch first(w, d, bad, memory_guid);
    const interface_watch second(w, d, good, memory_guid);
    w.in.add_memory_module();
    w.in.add_memory_module();
    w.in.settle();
    CHECK(bad.story() == "+ACPI#PNP0C80#0 +ACPI#PNP0C80#1");
    CHECK(good.story() == bad.story());
}

TEST_CASE("W46 after …Ex the context may be freed while events go on") {
    world w(by_worker());
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    std::atomic<bool> enough{false};
    const runner toggler([&] {
        while (!enough) {
            static_cast<void>(disk.enable());
            static_cast<void>(disk.enable(false));
            w.in.settle();
        }
    });
    struct context {
        std::atomic<int> calls{0};
        int guard[64]{};
    };
    std::vector<int> calls;
    for (int round = 0; round < 300; ++round) {
        auto mine = std::make_unique<context>();
        PVOID entry = nullptr;
        const auto routine = [](PVOID, PVOID c) -> NTSTATUS {
            auto& to = *static_cast<context*>(c);
            ++to.calls;
            ++to.guard[63]; // under the sanitizers: a call after the context is gone shows
            return STATUS_SUCCESS;
        };
        CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(some_guid),
                                             &d.object(), routine, mine.get(), &entry) == STATUS_SUCCESS);
        if (round % 3 == 0) test_support::eventually([&] { return mine->calls > 0; }, "a call");
        CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_SUCCESS);
        mine->guard[63] = 0; // not atomic: ThreadSanitizer would see a call that is still running
        mine.reset();
    }
    enough = true;
}
