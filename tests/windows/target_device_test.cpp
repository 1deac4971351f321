// SPDX-License-Identifier: BSL-1.0
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace windows_tests;

namespace {

/// A device, a driver, and a listener that has opened the device, registered and closed it again.
struct target_bench : world {
    explicit target_bench(const partition_options& options = when_told())
        : world(options), owner(idle_driver("owner")), disk(in.add_device("DISK#1")) {}

    std::unique_ptr<listener> on(device& d, std::string name) {
        auto made = std::make_unique<listener>(told, std::move(name));
        PFILE_OBJECT const file = open_device(d);
        REQUIRE(file != nullptr);
        REQUIRE(made->listen(file, owner) == STATUS_SUCCESS);
        CHECK(ObDereferenceObject(file) == 0);
        made->file = nullptr;
        return made;
    }
    std::string take() { return std::exchange(told, {}); }

    std::string told;
    driver& owner;
    device& disk;
};

partition_options with(const knobs& answers) {
    partition_options o = when_told();
    o.answers = answers;
    return o;
}

} // namespace

TEST_CASE("W5 a registration for a target device takes its file object and hears of its removal") {
    target_bench b;
    const auto a = b.on(b.disk, "a");
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.take() == "a? a+ ");
    CHECK(open_device(b.disk) == nullptr);
}

TEST_CASE("W6 W8 a NULL, closed or unknown file object is refused and registers nothing") {
    target_bench b;
    listener a(b.told, "a");
    CHECK(a.listen(nullptr, b.owner) == STATUS_INVALID_PARAMETER);
    FILE_OBJECT stranger{};
    CHECK(a.listen(&stranger, b.owner) == STATUS_NO_SUCH_DEVICE);
    PFILE_OBJECT const file = open_device(b.disk);
    ObDereferenceObject(file);
    CHECK(a.listen(file, b.owner) == STATUS_NO_SUCH_DEVICE);
    partition other(when_told());
    device& elsewhere = other.add_device("DISK#1");
    PFILE_OBJECT const theirs = other.targets().files().open(elsewhere);
    CHECK(a.listen(theirs, b.owner) == STATUS_NO_SUCH_DEVICE);
    PFILE_OBJECT const orphan = open_device(b.disk);
    b.in.surprise_remove(b.disk);
    CHECK(a.listen(orphan, b.owner) == STATUS_NO_SUCH_DEVICE);
    ObDereferenceObject(orphan);
    CHECK(a.entry == nullptr);
    CHECK(b.owner.references() == 0);
}

TEST_CASE("W9 a target device registration counts as a reference to the driver") {
    target_bench b;
    const auto a = b.on(b.disk, "a");
    CHECK(b.owner.references() == 1);
    CHECK(a->stop() == STATUS_SUCCESS);
    CHECK(b.owner.references() == 0);
}

TEST_CASE("W10 the target device's own driver object is taken and reported, or refused") {
    struct counting : partition_observer {
        void violated(const violation& v) noexcept override { tens += v.requirement == 10; }
        int tens = 0;
    };
    for (const bool refuses : {false, true}) {
        counting seen;
        knobs answers;
        answers.refuses_target_devices_driver = refuses;
        partition_options o = with(answers);
        o.observer = &seen;
        target_bench b(o);
        b.disk.serve_by(&b.idle_driver("disk").object());
        PFILE_OBJECT const file = open_device(b.disk);
        listener mine(b.told, "m");
        CHECK(mine.listen(file, b.owner) == STATUS_SUCCESS);
        CHECK(seen.tens == 0);
        listener a(b.told, "a");
        CHECK(a.listen(file, *b.in.find(b.disk.object().DriverObject)) ==
              (refuses ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS));
        CHECK(seen.tens == (refuses ? 0 : 1));
        ObDereferenceObject(file);
    }
}

TEST_CASE("W11 the registration goes on when the file object is closed, and delivers its old address") {
    target_bench b;
    listener a(b.told, "a");
    PFILE_OBJECT const file = open_device(b.disk);
    CHECK(a.listen(file, b.owner) == STATUS_SUCCESS);
    CHECK(ObReferenceObject(file) == 2); // registering took none
    CHECK(ObDereferenceObject(file) == 1);
    CHECK(ObfDereferenceObject(file) == 0);
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.take() == "a? a+ ");
    CHECK(a.file == file);
}

TEST_CASE("W12 W29 receivers hear in registration order, each with its own file object, of 32 bytes") {
    target_bench b;
    listener first(b.told, "1");
    listener second(b.told, "2");
    PFILE_OBJECT const one = open_device(b.disk);
    PFILE_OBJECT const two = open_device(b.disk);
    CHECK(one != two);
    CHECK(first.listen(one, b.owner) == STATUS_SUCCESS);
    CHECK(second.listen(two, b.owner) == STATUS_SUCCESS);
    ObDereferenceObject(one);
    ObDereferenceObject(two);
    CHECK(b.in.query_remove(b.disk, [] { return STATUS_UNSUCCESSFUL; }).status == STATUS_UNSUCCESSFUL);
    CHECK(b.take() == "1? 2? 1- 2- ");
    CHECK(first.version == 1);
    CHECK(first.size == 32);
    CHECK(first.file == one);
    CHECK(second.file == two);
}

TEST_CASE("W21 descendants and removal relations are asked too, user-mode programs before drivers") {
    target_bench b;
    device& child = b.in.add_device("DISK#1#PART", b.disk);
    device& grandchild = b.in.add_device("DISK#1#PART#FS", child);
    device& partner = b.in.add_device("DISK#2");
    device& stranger = b.in.add_device("DISK#3");
    b.in.relate(b.disk, partner);
    const auto s = b.on(stranger, "stranger");
    const auto g = b.on(grandchild, "g");
    const auto c = b.on(child, "c");
    const auto d = b.on(b.disk, "d");
    const auto p = b.on(partner, "p");
    const assent::registration u = b.in.watch_device(grandchild, [&](const GUID& event) {
        b.told += std::string("u") + sign_of(event) + " ";
        return STATUS_SUCCESS;
    });
    CHECK(b.in.query_remove(child, [] { return STATUS_UNSUCCESSFUL; }).status == STATUS_UNSUCCESSFUL);
    CHECK(b.take() == "u? c? g? u- c- g- ");
    bool asked_before_the_stack = false;
    CHECK(b.in.query_remove(b.disk,
                            [&] {
                                asked_before_the_stack = b.take() == "u? d? c? p? g? ";
                                return STATUS_SUCCESS;
                            })
              .status == STATUS_SUCCESS);
    CHECK(asked_before_the_stack);
    CHECK(b.take() == "u+ d+ c+ p+ g+ ");
    for (device* gone : {&b.disk, &child, &grandchild, &partner})
        CHECK(b.in.find(&gone->object()) == nullptr);
    CHECK(b.in.find(&stranger.object()) != nullptr);
}

TEST_CASE("W21 a user-mode program can refuse, and then no driver is asked") {
    target_bench b;
    const auto a = b.on(b.disk, "a");
    const assent::registration u = b.in.watch_device(b.disk, [](const GUID&) { return STATUS_UNSUCCESSFUL; });
    CHECK(b.in.query_remove(b.disk).status == STATUS_UNSUCCESSFUL);
    CHECK(b.take().empty());
}

TEST_CASE("W22 any error status vetoes; asking stops there, or goes on, and the first status stands") {
    for (const bool ask_all : {false, true}) {
        knobs answers;
        if (ask_all) answers.device_removal.refusal = assent::after_refusal::ask_rest;
        target_bench b(with(answers));
        const auto a1 = b.on(b.disk, "1");
        const auto a2 = b.on(b.disk, "2");
        const auto a3 = b.on(b.disk, "3");
        a2->answer = STATUS_DEVICE_BUSY; // a warning is no success either
        a3->answer = STATUS_UNSUCCESSFUL;
        const decision d = b.in.query_remove(b.disk);
        CHECK(d.status == STATUS_DEVICE_BUSY);
        CHECK(d.by == "owner");
        CHECK(b.take() == (ask_all ? "1? 2? 3? 1- 2- 3- " : "1? 2? 1- 2- "));
        CHECK(b.in.find(&b.disk.object()) != nullptr);
    }
}

TEST_CASE("W23 who hears CANCELLED after a veto: those asked with the refuser, without it, or everyone") {
    using assent::abort_audience;
    for (const auto& [audience, story] : {std::pair(abort_audience::with_refuser, "1? 2? 1- 2- "),
                                          std::pair(abort_audience::prepared, "1? 2? 1- "),
                                          std::pair(abort_audience::everyone, "1? 2? 1- 2- 3- ")}) {
        knobs answers;
        answers.device_removal.audience = audience;
        target_bench b(with(answers));
        const auto a1 = b.on(b.disk, "1");
        const auto a2 = b.on(b.disk, "2");
        const auto a3 = b.on(b.disk, "3");
        a2->answer = STATUS_UNSUCCESSFUL;
        CHECK(b.in.query_remove(b.disk).status == STATUS_UNSUCCESSFUL);
        CHECK(b.take() == story);
    }
}

TEST_CASE("W23 W24 everyone hears CANCELLED when the device itself refuses or is still open") {
    target_bench b;
    device& child = b.in.add_device("DISK#1#PART", b.disk);
    const auto a1 = b.on(b.disk, "1");
    const auto a2 = b.on(child, "2");
    bool stack_asked = false;
    {
        const user_handle handle = b.in.open_from_user_mode(child);
        CHECK(b.in.query_remove(b.disk,
                                [&] {
                                    stack_asked = true;
                                    return STATUS_SUCCESS;
                                })
                  .status == STATUS_PLUGPLAY_QUERY_VETOED);
    }
    CHECK(!stack_asked);
    CHECK(b.take() == "1? 2? 1- 2- ");
    CHECK(b.in.query_remove(b.disk, [] { return STATUS_DEVICE_BUSY; }).status == STATUS_DEVICE_BUSY);
    CHECK(b.take() == "1? 2? 1- 2- ");
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.take() == "1? 2? 1+ 2+ ");
}

TEST_CASE("W24 a driver that closes its file object when it is asked does not stand in the way") {
    target_bench b;
    listener a(b.told, "a");
    PFILE_OBJECT file = open_device(b.disk);
    CHECK(b.disk.object().ReferenceCount == 1);
    CHECK(a.listen(file, b.owner) == STATUS_SUCCESS);
    CHECK(b.in.query_remove(b.disk).status == STATUS_PLUGPLAY_QUERY_VETOED);
    CHECK(b.take() == "a? a- ");
    a.hook = [&](const std::string& sign, PVOID) {
        if (sign == "?") ObDereferenceObject(file);
    };
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.take() == "a? a+ ");
    CHECK(b.disk.object().ReferenceCount == 0);
}

TEST_CASE(
    "W25 a driver registers again inside CANCELLED, and the new registration misses the event in progress") {
    target_bench b;
    listener a(b.told, "a");
    PFILE_OBJECT file = open_device(b.disk);
    CHECK(a.listen(file, b.owner) == STATUS_SUCCESS);
    a.hook = [&](const std::string& sign, PVOID) {
        if (sign == "?") ObDereferenceObject(std::exchange(file, nullptr));
        if (sign != "-") return;
        CHECK(a.stop() == STATUS_SUCCESS);
        file = open_device(b.disk);
        REQUIRE(file != nullptr);
        CHECK(a.listen(file, b.owner) == STATUS_SUCCESS);
    };
    const auto last = b.on(b.disk, "z");
    last->answer = STATUS_UNSUCCESSFUL;
    CHECK(b.in.query_remove(b.disk).status == STATUS_UNSUCCESSFUL);
    CHECK(b.take() == "a? z? a- z- ");
    last->answer = STATUS_SUCCESS;
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS); // now behind z
    CHECK(b.take() == "z? a? z+ a+ ");
}

TEST_CASE("W25 a driver that unregisters while it is asked hears nothing more of the query") {
    target_bench b;
    const auto a = b.on(b.disk, "a");
    const auto z = b.on(b.disk, "z");
    a->hook = [&](const std::string&, PVOID) { CHECK(a->stop() == STATUS_SUCCESS); };
    z->answer = STATUS_UNSUCCESSFUL;
    CHECK(b.in.query_remove(b.disk).status == STATUS_UNSUCCESSFUL);
    CHECK(b.take() == "a? z? z- ");
}

TEST_CASE("W26 a driver frees its context inside COMPLETE, and nothing of it is touched afterwards") {
    target_bench b;
    auto* const a = b.on(b.disk, "a").release();
    a->hook = [a](const std::string& sign, PVOID) {
        if (sign != "+") return;
        CHECK(a->stop() == STATUS_SUCCESS);
    };
    // The context goes with the call that frees it; what is left of the routine reads copies.
    struct freeing {
        listener* inner;
        PVOID entry = nullptr;
        static NTSTATUS routine(PVOID structure, PVOID context) {
            auto* const self = static_cast<freeing*>(context);
            const std::string sign = sign_of(static_cast<PPLUGPLAY_NOTIFICATION_HEADER>(structure)->Event);
            const NTSTATUS answer = listener::routine(structure, self->inner);
            if (sign == "+") {
                CHECK(IoUnregisterPlugPlayNotificationEx(self->entry) == STATUS_SUCCESS);
                delete self->inner;
                delete self;
            }
            return answer;
        }
    };
    a->stop();
    a->hook = nullptr;
    auto* const context = new freeing{a};
    PFILE_OBJECT const file = open_device(b.disk);
    CHECK(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, file, &b.owner.object(),
                                         &freeing::routine, context, &context->entry) == STATUS_SUCCESS);
    ObDereferenceObject(file);
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.take() == "a? a+ ");
    CHECK(b.owner.references() == 0);
}

TEST_CASE("W26 COMPLETE comes before the device object goes, or after it") {
    for (const bool after : {false, true}) {
        knobs answers;
        answers.device_goes_before_remove_complete = after;
        target_bench b(with(answers));
        device& other = b.in.add_device("DISK#9");
        const auto a = b.on(b.disk, "a");
        const auto o = b.on(other, "o");
        a->hook = [&](const std::string& sign, PVOID) {
            CHECK((b.in.find(&b.disk.object()) == nullptr) == (after && sign == "+"));
        };
        o->hook = [&](const std::string&, PVOID) { CHECK((b.in.find(&other.object()) == nullptr) == after); };
        CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
        b.in.surprise_remove(other);
        CHECK(b.take() == "a? a+ o+ ");
        CHECK(b.in.find(&b.disk.object()) == nullptr);
        CHECK(b.in.find(&other.object()) == nullptr);
    }
}

TEST_CASE("W27 a surprise removal is told as COMPLETE without a query, also with handles open") {
    target_bench b;
    device& child = b.in.add_device("DISK#1#PART", b.disk);
    const auto a = b.on(b.disk, "a");
    const auto c = b.on(child, "c");
    a->answer = STATUS_UNSUCCESSFUL; // nobody asks
    PFILE_OBJECT const open = open_device(child);
    b.in.surprise_remove(b.disk);
    CHECK(b.take() == "a+ c+ ");
    CHECK(ObDereferenceObject(open) == 0);
}

TEST_CASE("W28 a status returned for an event that asks nothing changes nothing") {
    target_bench b;
    const auto a = b.on(b.disk, "a");
    const auto z = b.on(b.disk, "z");
    a->other_answer = STATUS_UNSUCCESSFUL;
    CHECK(b.in.query_remove(b.disk, [] { return STATUS_DEVICE_BUSY; }).status == STATUS_DEVICE_BUSY);
    CHECK(b.take() == "a? z? a- z- ");
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.take() == "a? z? a+ z+ ");
}

TEST_CASE("W17 W19 a removed device's interfaces are disabled; a link opens its device while it is enabled") {
    target_bench b;
    driver_interface face(b.disk, some_guid);
    PFILE_OBJECT file = nullptr;
    PDEVICE_OBJECT object = nullptr;
    CHECK(IoGetDeviceObjectPointer(&face.name, FILE_READ_DATA, &file, &object) ==
          STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(face.enable() == STATUS_SUCCESS);
    CHECK(IoGetDeviceObjectPointer(&face.name, FILE_READ_DATA, &file, &object) == STATUS_SUCCESS);
    CHECK(object == &b.disk.object());
    CHECK(file->DeviceObject == object);
    CHECK(IoGetRelatedDeviceObject(file) == object);
    CHECK(IoGetAttachedDevice(object) == object);
    ObDereferenceObject(file);
    b.in.settle();
    receiver r;
    const interface_watch watch(b, b.owner, r, some_guid);
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    b.in.settle();
    CHECK(r.story() == "-DISK#1");
    CHECK(IoGetDeviceObjectPointer(&face.name, FILE_READ_DATA, &file, &object) ==
          STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_CASE("a query for removal from inside a target device callback is refused, not hung") {
    target_bench b;
    const auto a = b.on(b.disk, "a");
    NTSTATUS inner = STATUS_SUCCESS;
    a->hook = [&](const std::string&, PVOID) { inner = b.in.query_remove(b.disk).status; };
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(inner == STATUS_POSSIBLE_DEADLOCK);
}

TEST_CASE("W39 unregistering waits for the receiver's own call on another thread") {
    target_bench b;
    const auto a = b.on(b.disk, "a");
    bool ended = false;
    a->hook = [&](const std::string& sign, PVOID) {
        if (sign == "?") ended = true;
    };
    std::thread remover([&] { CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS); });
    remover.join();
    CHECK(a->stop() == STATUS_SUCCESS);
    CHECK(ended);
}
