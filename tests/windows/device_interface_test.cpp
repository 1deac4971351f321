// SPDX-License-Identifier: BSL-1.0
#include "world.hpp"

#include <assent/windows/primitives/pool_ledger.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace windows_tests;

TEST_CASE("W19 an arrival is withheld until the device has started") {
    world w;
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk", false);
    driver_interface disk(on, some_guid);
    receiver r;
    const interface_watch watch(w, d, r, some_guid);
    CHECK(disk.enable() == STATUS_SUCCESS);
    w.in.settle();
    CHECK(r.count() == 0);
    {
        receiver late;
        const interface_watch replayed(w, d, late, some_guid,
                                       PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES);
        CHECK(late.count() == 0);
    }
    CHECK(disk.enable() == STATUS_OBJECT_NAME_EXISTS); // enabled it is
    w.in.start_device(on);
    w.in.settle();
    CHECK(r.story() == "+disk");
    w.in.start_device(on);
    w.in.settle();
    CHECK(r.story() == "+disk");
}

TEST_CASE("W19 what is disabled before the device starts never shows") {
    world w;
    device& on = w.in.add_device("disk", false);
    driver_interface disk(on, some_guid);
    wide x(u"x");
    driver_interface other(on, some_guid, &x.string);
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, some_guid);
    CHECK(disk.enable() == STATUS_SUCCESS);
    CHECK(other.enable() == STATUS_SUCCESS);
    CHECK(disk.enable(false) == STATUS_SUCCESS);
    w.in.start_device(on);
    w.in.settle();
    CHECK(r.story() == "+disk\\x");
}

TEST_CASE("W19 interfaces that are still enabled when the device goes are disabled by the system") {
    world w;
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk");
    driver_interface enabled(on, some_guid);
    wide off(u"off");
    driver_interface disabled(on, some_guid, &off.string);
    device& other = w.in.add_device("other");
    driver_interface stays(other, some_guid);
    receiver r;
    const interface_watch watch(w, d, r, some_guid);
    CHECK(enabled.enable() == STATUS_SUCCESS);
    CHECK(stays.enable() == STATUS_SUCCESS);
    w.in.remove_device(on);
    w.in.settle();
    CHECK(r.story() == "+disk +other -disk");
    // And forgotten.
    CHECK(enabled.enable() == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(disabled.enable() == STATUS_OBJECT_NAME_NOT_FOUND);
    receiver late;
    const interface_watch replayed(w, d, late, some_guid,
                                   PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES);
    CHECK(late.story() == "+other");
}

TEST_CASE("W19 a device that never started goes in silence") {
    world w;
    device& on = w.in.add_device("disk", false);
    driver_interface disk(on, some_guid);
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, some_guid);
    CHECK(disk.enable() == STATUS_SUCCESS);
    w.in.remove_device(on);
    w.in.settle();
    CHECK(r.count() == 0);
}

TEST_CASE("W47 registering gives the name, to be freed with RtlFreeUnicodeString, and does not enable") {
    world w;
    const auto before = pool::outstanding();
    {
        device& on = w.in.add_device("disk");
        receiver r;
        const interface_watch watch(w, w.idle_driver(), r, some_guid);
        driver_interface disk(on, some_guid);
        CHECK(disk.status == STATUS_SUCCESS);
        CHECK(disk.name.Length > 0);
        CHECK(pool::outstanding() == before + 1);
        w.in.settle();
        CHECK(r.count() == 0);
        CHECK(disk.enable(false) == STATUS_OBJECT_NAME_NOT_FOUND);
    }
    CHECK(pool::outstanding() == before);
}

TEST_CASE("W47 registered before: OBJECT_NAME_EXISTS, a success, and the same name in a buffer of its own") {
    world w;
    device& on = w.in.add_device("disk");
    driver_interface first(on, some_guid);
    driver_interface again(on, some_guid);
    CHECK(first.status == STATUS_SUCCESS);
    CHECK(again.status == STATUS_OBJECT_NAME_EXISTS);
    CHECK(NT_SUCCESS(again.status));
    CHECK(again.text() == first.text());
    CHECK(again.name.Buffer != first.name.Buffer);
}

TEST_CASE("W47 class, reference and device tell interfaces apart") {
    world w;
    device& on = w.in.add_device("disk");
    device& other = w.in.add_device("other");
    wide one(u"one");
    wide two(u"two");
    wide empty(u"");
    driver_interface plain(on, some_guid);
    driver_interface with_one(on, some_guid, &one.string);
    driver_interface with_two(on, some_guid, &two.string);
    driver_interface of_other_class(on, other_guid);
    driver_interface on_other(other, some_guid);
    for (const auto* i : {&plain, &with_one, &with_two, &of_other_class, &on_other})
        CHECK(i->status == STATUS_SUCCESS);
    driver_interface with_empty(on, some_guid, &empty.string);
    CHECK(with_empty.status == STATUS_OBJECT_NAME_EXISTS);
    CHECK(with_empty.text() == plain.text());
    CHECK(with_one.text() != plain.text());
    CHECK(with_one.text() != with_two.text());
    CHECK(of_other_class.text() != plain.text());
    CHECK(on_other.text() != plain.text());
}

TEST_CASE("W47 a device not of the partition, or gone, and separators in the reference are refused") {
    world w;
    DEVICE_OBJECT stranger{};
    UNICODE_STRING name{};
    CHECK(IoRegisterDeviceInterface(&stranger, &some_guid, nullptr, &name) == STATUS_INVALID_DEVICE_REQUEST);
    CHECK(IoRegisterDeviceInterface(nullptr, &some_guid, nullptr, &name) == STATUS_INVALID_DEVICE_REQUEST);
    device& on = w.in.add_device("disk");
    for (const char16_t* text : {u"a\\b", u"\\", u"a/b", u"/"}) {
        wide reference(text);
        CHECK(IoRegisterDeviceInterface(&on.object(), &some_guid, &reference.string, &name) ==
              STATUS_INVALID_DEVICE_REQUEST);
    }
    CHECK(w.in.interfaces().snapshot().size() == 1); // that of the processor
    w.in.remove_device(on);
    CHECK(IoRegisterDeviceInterface(&on.object(), &some_guid, nullptr, &name) ==
          STATUS_INVALID_DEVICE_REQUEST);
    partition elsewhere(when_told());
    device& foreign = elsewhere.add_device("disk");
    CHECK(IoRegisterDeviceInterface(&foreign.object(), &some_guid, nullptr, &name) ==
          STATUS_INVALID_DEVICE_REQUEST);
    CHECK(name.Buffer == nullptr);
}

TEST_CASE("W47 no pool memory for the name: nothing is registered") {
    world w;
    device& on = w.in.add_device("disk");
    UNICODE_STRING name{};
    pool::fail_after(0, 1);
    CHECK(IoRegisterDeviceInterface(&on.object(), &some_guid, nullptr, &name) ==
          STATUS_INSUFFICIENT_RESOURCES);
    pool::never_fail();
    CHECK(name.Buffer == nullptr);
    driver_interface disk(on, some_guid);
    CHECK(disk.status == STATUS_SUCCESS);
    // One that is there already stays.
    pool::fail_after(0, 1);
    CHECK(IoRegisterDeviceInterface(&on.object(), &some_guid, nullptr, &name) ==
          STATUS_INSUFFICIENT_RESOURCES);
    pool::never_fail();
    CHECK(disk.enable() == STATUS_SUCCESS);
}

TEST_CASE("W47 a name that does not fit a UNICODE_STRING is refused, and nothing is registered") {
    world w;
    device& on = w.in.add_device("disk");
    wide longest(std::u16string(32760, u'x'));
    UNICODE_STRING name{};
    const auto before = w.in.interfaces().snapshot().size();
    CHECK_FALSE(NT_SUCCESS(IoRegisterDeviceInterface(&on.object(), &some_guid, &longest.string, &name)));
    CHECK(name.Buffer == nullptr);
    CHECK(w.in.interfaces().snapshot().size() == before);
}

TEST_CASE("W48 enabling and disabling: once a success, then it is so already") {
    world w;
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    receiver r;
    const interface_watch watch(w, w.idle_driver(), r, some_guid);
    CHECK(disk.enable(false) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(disk.enable() == STATUS_SUCCESS);
    CHECK(disk.enable() == STATUS_OBJECT_NAME_EXISTS);
    CHECK(disk.enable(false) == STATUS_SUCCESS);
    CHECK(disk.enable(false) == STATUS_OBJECT_NAME_NOT_FOUND);
    w.in.settle();
    CHECK(r.story() == "+disk -disk"); // real transitions only
}

TEST_CASE("W48 any nonzero BOOLEAN enables") {
    world w;
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    CHECK(IoSetDeviceInterfaceState(&disk.name, 0x80) == STATUS_SUCCESS);
    CHECK(IoSetDeviceInterfaceState(&disk.name, TRUE) == STATUS_OBJECT_NAME_EXISTS);
}

TEST_CASE("W48 an unknown name, none at all, or no partition: OBJECT_NAME_NOT_FOUND") {
    wide unknown(u"\\??\\nothing#{11111111-2222-3333-4444-555555555555}");
    wide empty(u"");
    UNICODE_STRING none{};
    {
        world w;
        CHECK(IoSetDeviceInterfaceState(&unknown.string, TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
        CHECK(IoSetDeviceInterfaceState(&unknown.string, FALSE) == STATUS_OBJECT_NAME_NOT_FOUND);
        CHECK(IoSetDeviceInterfaceState(&empty.string, TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
        CHECK(IoSetDeviceInterfaceState(&none, TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
        CHECK(IoSetDeviceInterfaceState(nullptr, TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
    }
    CHECK(IoSetDeviceInterfaceState(&unknown.string, TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_CASE(
    "W48 a driver enables an interface from inside a callback: it arrives after that callback, in order") {
    world w;
    driver& d = w.idle_driver();
    device& on = w.in.add_device("disk");
    driver_interface disk(on, some_guid);
    receiver outer;
    receiver inner;
    struct place {
        driver_interface* disk;
        receiver* inner;
        LONG during = -1;
    } to{&disk, &inner};
    outer->HookContext = &to;
    outer->Hook = [](RECORDER* recorder, const RECORDER_CALL*) {
        auto& p = *static_cast<place*>(recorder->HookContext);
        static_cast<void>(p.disk->enable());
        p.during = p.inner->count();
    };
    const interface_watch first(w, d, outer, memory_guid);
    const interface_watch second(w, d, inner, some_guid);
    w.in.add_memory_module();
    w.in.settle();
    CHECK(to.during == 0);
    CHECK(inner.story() == "+disk");
}
