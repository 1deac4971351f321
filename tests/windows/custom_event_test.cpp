// SPDX-License-Identifier: BSL-1.0
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace windows_tests;

namespace {

constexpr std::size_t fixed_part = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);

/// A structure as drivers build it: exactly `Size` bytes in the heap, and no more.
struct custom {
    explicit custom(std::string payload = {}, const GUID& event = some_guid)
        : bytes(std::make_unique<unsigned char[]>(fixed_part + payload.size())) {
        auto& n = get();
        n.Version = 1;
        n.Size = static_cast<USHORT>(fixed_part + payload.size());
        n.Event = event;
        n.FileObject = nullptr;
        n.NameBufferOffset = -1;
        std::memcpy(bytes.get() + fixed_part, payload.data(), payload.size());
    }
    TARGET_DEVICE_CUSTOM_NOTIFICATION& get() {
        return *reinterpret_cast<PTARGET_DEVICE_CUSTOM_NOTIFICATION>(bytes.get());
    }
    std::unique_ptr<unsigned char[]> bytes;
};

struct bench : world {
    explicit bench(const partition_options& options = when_told())
        : world(options), owner(idle_driver("owner")), disk(in.add_device("DISK#1")) {
        PFILE_OBJECT const file = open_device(disk);
        CHECK(a.listen(file, owner) == STATUS_SUCCESS);
        ObDereferenceObject(file);
        registered_with = file;
        a.hook = [this](const std::string&, PVOID structure) {
            auto* const n = static_cast<PTARGET_DEVICE_CUSTOM_NOTIFICATION>(structure);
            if (n->Size < fixed_part) return;
            payload.assign(reinterpret_cast<const char*>(structure) + fixed_part, n->Size - fixed_part);
            name_offset = n->NameBufferOffset;
            if (inside) inside();
        };
    }
    NTSTATUS now(custom& c) { return IoReportTargetDeviceChange(&disk.object(), c.bytes.get()); }
    NTSTATUS later(custom& c, PDEVICE_CHANGE_COMPLETE_CALLBACK completion = nullptr) {
        return IoReportTargetDeviceChangeAsynchronous(&disk.object(), c.bytes.get(), completion, this);
    }
    static void done(PVOID context) { static_cast<bench*>(context)->told += "done "; }
    std::string take() { return std::exchange(told, {}); }

    std::string told;
    driver& owner;
    device& disk;
    listener a{told, "a"};
    PFILE_OBJECT registered_with = nullptr;
    std::string payload;
    LONG name_offset = 0;
    std::function<void()> inside;
};

} // namespace

TEST_CASE("W32 each receiver of a custom event sees its own file object, and the reporter's stays NULL") {
    bench b;
    listener z(b.told, "z");
    PFILE_OBJECT const other = open_device(b.disk);
    CHECK(z.listen(other, b.owner) == STATUS_SUCCESS);
    ObDereferenceObject(other);
    custom c("payload");
    CHECK(b.now(c) == STATUS_SUCCESS);
    CHECK(b.take() == "a! z! ");
    CHECK(b.payload == "payload");
    CHECK(b.name_offset == -1);
    CHECK(b.a.file == b.registered_with);
    CHECK(z.file == other);
    CHECK(c.get().FileObject == nullptr);
    c.get().FileObject = other;
    CHECK(b.now(c) == STATUS_INVALID_PARAMETER);
    CHECK(b.later(c) == STATUS_INVALID_PARAMETER);
    b.in.settle();
    CHECK(b.take().empty());
}

TEST_CASE("W33 the system's own events cannot be reported") {
    bench b;
    for (unsigned char n = 1; n <= 8; ++n) {
        custom c("x", pnp_guid(n));
        CHECK(b.now(c) == STATUS_INVALID_DEVICE_REQUEST);
        CHECK(b.later(c) == STATUS_INVALID_DEVICE_REQUEST);
    }
    for (const GUID& g : {pnp_guid(0), pnp_guid(9)}) {
        custom c("x", g);
        CHECK(b.now(c) == STATUS_SUCCESS);
    }
    b.in.settle();
    CHECK(b.take() == "a! a! ");
}

TEST_CASE("W34 version, size and name offset are checked") {
    bench b;
    const auto refused = [&](auto change) {
        custom c("0123456789");
        change(c.get());
        return b.now(c) == STATUS_INVALID_PARAMETER && b.later(c) == STATUS_INVALID_PARAMETER;
    };
    using notification = TARGET_DEVICE_CUSTOM_NOTIFICATION;
    CHECK(refused([](notification& n) { n.Version = 0; }));
    CHECK(refused([](notification& n) { n.Version = 2; }));
    CHECK(refused([](notification& n) { n.Size = 35; }));
    CHECK(refused([](notification& n) { n.Size = 0; }));
    CHECK(refused([](notification& n) { n.NameBufferOffset = -2; }));
    CHECK(refused([](notification& n) { n.NameBufferOffset = 10; }));
    CHECK(b.now(*std::make_unique<custom>()) == STATUS_SUCCESS); // 36 bytes
    CHECK(b.payload.empty());
    custom last("0123456789");
    last.get().NameBufferOffset = 9;
    CHECK(b.now(last) == STATUS_SUCCESS);
    CHECK(b.name_offset == 9);
    custom largest(std::string(65535 - fixed_part, 'x'));
    CHECK(b.now(largest) == STATUS_SUCCESS);
    CHECK(b.payload.size() == 65535 - fixed_part);
    CHECK(IoReportTargetDeviceChange(&b.disk.object(), nullptr) == STATUS_INVALID_PARAMETER);
}

TEST_CASE("W35 an asynchronous report copies the structure and completes after the last receiver") {
    for (const bool succeeds : {false, true}) {
        partition_options o = when_told();
        o.answers.asynchronous_report_succeeds = succeeds;
        bench b(o);
        {
            custom c("freed at once");
            CHECK(b.later(c, &bench::done) == (succeeds ? STATUS_SUCCESS : STATUS_PENDING));
        }
        CHECK(b.take().empty());
        b.in.settle();
        CHECK(b.take() == "a! done ");
        CHECK(b.payload == "freed at once");
        CHECK(b.a.stop() == STATUS_SUCCESS);
        custom c;
        b.later(c, &bench::done);
        b.later(c);
        b.in.settle();
        CHECK(b.take() == "done ");
    }
}

TEST_CASE("W35 reported from inside a notification, it is delivered and completed after that has unwound") {
    bench b;
    custom inner("inner");
    b.inside = [&] {
        b.inside = nullptr;
        CHECK(b.later(inner, &bench::done) == STATUS_PENDING);
        b.in.settle(); // even if somebody delivers meanwhile
        b.told += "unwound ";
    };
    custom outer("outer");
    CHECK(b.now(outer) == STATUS_SUCCESS);
    CHECK(b.take() == "a! unwound a! done ");
}

TEST_CASE("W35 the partition's worker delivers in order") {
    bench b([] {
        partition_options o = by_worker();
        return o;
    }());
    for (int i = 0; i < 20; ++i) {
        custom c(std::to_string(i));
        CHECK(b.later(c, &bench::done) == STATUS_PENDING);
    }
    b.in.settle();
    std::string expected;
    for (int i = 0; i < 20; ++i) expected += "a! done ";
    CHECK(b.take() == expected);
    CHECK(b.payload == "19");
}

TEST_CASE("W35 reported from inside another kind of notification, on any thread, it comes after that") {
    for (const bool on_worker : {false, true}) {
        bench b(on_worker ? by_worker() : when_told());
        custom c("inner");
        listener i(b.told, "i");
        i.hook = [&](const std::string&, PVOID) {
            CHECK(b.later(c, &bench::done) == STATUS_PENDING);
            b.told += "unwound ";
        };
        CHECK(i.listen(EventCategoryDeviceInterfaceChange, data_of(memory_guid), b.owner) == STATUS_SUCCESS);
        b.in.add_memory_module();
        b.in.settle();
        b.in.settle(); // the first one waits for the arrival only, which queues the report
        CHECK(b.take() == "iin unwound a! done ");
    }
}

TEST_CASE("W35 while it waits for a notification in progress, its completion waits too") {
    bench b(by_worker());
    custom c("later");
    b.inside = [&] {
        b.inside = nullptr;
        CHECK(b.later(c, &bench::done) == STATUS_PENDING); // the worker comes while we are in here
        b.told += "unwound ";
    };
    custom outer("outer");
    CHECK(b.now(outer) == STATUS_SUCCESS);
    b.in.settle();
    CHECK(b.take() == "a! unwound a! done ");
}

TEST_CASE("W35 an asynchronous report may be made at DISPATCH_LEVEL") {
    bench b;
    custom c("x");
    KIRQL before = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK(b.later(c) == STATUS_PENDING);
    KeLowerIrql(before);
    KIRQL seen = HIGH_LEVEL;
    b.inside = [&] { seen = KeGetCurrentIrql(); };
    b.in.settle();
    CHECK(seen == PASSIVE_LEVEL);
}

TEST_CASE("W36 a synchronous report from inside any notification callback is refused at once") {
    bench b;
    custom c("x");
    NTSTATUS custom_inside = STATUS_SUCCESS;
    b.inside = [&] { custom_inside = b.now(c); };
    CHECK(b.now(c) == STATUS_SUCCESS);
    CHECK(custom_inside == STATUS_POSSIBLE_DEADLOCK);
    CHECK(b.take() == "a! ");
    b.inside = nullptr;
    static bench* from;
    static NTSTATUS processor_inside;
    from = &b;
    const PVOID handle = KeRegisterProcessorChangeCallback(
        [](PVOID, PKE_PROCESSOR_CHANGE_NOTIFY_CONTEXT, PNTSTATUS) {
            custom another("y");
            processor_inside = from->now(another);
        },
        nullptr, 0);
    CHECK(b.in.add_processor().status == STATUS_SUCCESS);
    CHECK(processor_inside == STATUS_POSSIBLE_DEADLOCK);
    KeDeregisterProcessorChangeCallback(handle);
    CHECK(b.now(c) == STATUS_SUCCESS); // and afterwards it works again
}

TEST_CASE("W37 a device that is not of the partition cannot be reported on") {
    bench b;
    custom c("x");
    DEVICE_OBJECT stranger{};
    CHECK(IoReportTargetDeviceChange(&stranger, c.bytes.get()) == STATUS_NO_SUCH_DEVICE);
    CHECK(IoReportTargetDeviceChange(nullptr, c.bytes.get()) == STATUS_NO_SUCH_DEVICE);
    CHECK(IoReportTargetDeviceChangeAsynchronous(&stranger, c.bytes.get(), nullptr, nullptr) ==
          STATUS_NO_SUCH_DEVICE);
    b.in.surprise_remove(b.disk);
    CHECK(b.now(c) == STATUS_NO_SUCH_DEVICE);
}

TEST_CASE("W28 a custom event cannot be refused, and reaches its own device's receivers only") {
    bench b;
    device& other = b.in.add_device("DISK#2");
    listener z(b.told, "z");
    PFILE_OBJECT const file = open_device(other);
    CHECK(z.listen(file, b.owner) == STATUS_SUCCESS);
    ObDereferenceObject(file);
    b.a.other_answer = STATUS_UNSUCCESSFUL;
    custom c("x");
    CHECK(b.now(c) == STATUS_SUCCESS);
    CHECK(b.take() == "a! ");
}
