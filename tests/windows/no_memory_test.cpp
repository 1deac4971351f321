// SPDX-License-Identifier: BSL-1.0
#include "gate.hpp"
#include "world.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <new>

// clang's sanitizers define the allocation functions themselves and do not let a program replace them.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define ALLOCATION_CANNOT_FAIL
#endif
#endif

#if defined(ALLOCATION_CANNOT_FAIL)

#include "skip.hpp"

TEST_CASE("W1 without memory") {
    test_support::skip("the allocation functions of a clang sanitizer cannot be replaced");
}

#else

using namespace windows_tests;
using test_support::runner;

namespace {

// Per thread: what other threads allocate neither counts nor fails.
thread_local std::size_t allocations = 0;
thread_local std::size_t failing = 0; // the allocation that fails, counted from 1

void* allocate(std::size_t size) noexcept {
    if (++allocations == failing) return nullptr;
    return std::malloc(size != 0 ? size : 1);
}

// Not inlined: g++ 12 takes an inlined free() for a mismatch with the operator new it pairs with.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

void* allocate_or_throw(std::size_t size) {
    void* const memory = allocate(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

// body() with its n-th allocation failing, on a thread that has done nothing before: what a thread needs once
// is among what can fail. @return whether it got as far as that allocation.
template <class Body> bool fails_at(std::size_t n, Body body) {
    bool reached = false;
    const auto run = [&] {
        allocations = 0;
        failing = n;
        body();
        failing = 0;
        reached = allocations >= n;
    };
    runner thread(run);
    thread.join();
    return reached;
}

} // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }

TEST_CASE("W1 registering without memory: INSUFFICIENT_RESOURCES, and nothing has changed") {
    std::size_t n = 1;
    for (bool more = true; more; ++n) {
        world w; // a new one: what a partition needs once is among what can fail
        driver& d = w.idle_driver();
        receiver r;
        PVOID entry = &w;
        NTSTATUS status = STATUS_PENDING;
        more = fails_at(n, [&] {
            status = IoRegisterPlugPlayNotification(interface_events, 0, data_of(memory_guid), &d.object(),
                                                    RecorderInterfaceChange, r.get(), &entry);
        });
        CAPTURE(n);
        if (more) {
            CHECK(status == STATUS_INSUFFICIENT_RESOURCES);
            CHECK(d.references() == 0);
            CHECK(entry == &w);
        } else {
            CHECK(status == STATUS_SUCCESS);
        }
        w.in.add_memory_module();
        w.in.settle();
        CHECK(r.count() == (more ? 0 : 1));
        if (!more) CHECK(IoUnregisterPlugPlayNotificationEx(entry) == STATUS_SUCCESS);
        CHECK(w.in.unload(d).remaining.empty());
    }
    CHECK(n > 3);
}

TEST_CASE("W1 the same with a replay, as far as the first callback") {
    // The calls themselves copy the name; how many allocations come before the first?
    std::size_t before_first_call = 0;
    const auto routine = [](PVOID, PVOID context) -> NTSTATUS {
        auto& count = *static_cast<std::size_t*>(context);
        if (count == 0) count = allocations - 1;
        return STATUS_SUCCESS;
    };
    {
        world w(when_told(1, 2));
        driver& d = w.idle_driver();
        PVOID entry = nullptr;
        CHECK_FALSE(fails_at(static_cast<std::size_t>(-1), [&] {
            CHECK(IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                                 &d.object(), routine, &before_first_call,
                                                 &entry) == STATUS_SUCCESS);
        }));
        CHECK(IoUnregisterPlugPlayNotification(entry) == STATUS_SUCCESS);
    }
    REQUIRE(before_first_call > 3);
    for (std::size_t n = 1; n <= before_first_call; ++n) {
        world w(when_told(1, 2));
        driver& d = w.idle_driver();
        receiver r;
        PVOID entry = nullptr;
        NTSTATUS status = STATUS_PENDING;
        CAPTURE(n);
        CHECK(fails_at(n, [&] {
            status = IoRegisterPlugPlayNotification(interface_events, include_existing, data_of(memory_guid),
                                                    &d.object(), RecorderInterfaceChange, r.get(), &entry);
        }));
        CHECK(status == STATUS_INSUFFICIENT_RESOURCES);
        CHECK(d.references() == 0);
        w.in.add_memory_module();
        w.in.settle();
        CHECK(r.count() == 0);
        CHECK(w.in.unload(d).remaining.empty());
    }
}

TEST_CASE("W50 a processor registration without memory returns NULL, and nothing has changed") {
    for (const ULONG flags : {ULONG{0}, ULONG{KE_PROCESSOR_CHANGE_ADD_EXISTING}}) {
        std::size_t n = 1;
        for (bool more = true; more; ++n) {
            world w(when_told(3));
            driver& d = w.idle_driver();
            receiver r;
            PVOID handle = nullptr;
            more = fails_at(n, [&] {
                const running_driver scope(&d);
                handle = KeRegisterProcessorChangeCallback(RecorderProcessorChange, r.get(), flags);
            });
            CAPTURE(n);
            CHECK((handle == nullptr) == more);
            if (more) {
                CHECK(r.count() == 0);
                CHECK(d.references() == 0);
            }
            r.take();
            CHECK(w.in.add_processor().status == STATUS_SUCCESS);
            CHECK(r.count() == (more ? 0 : 2));
            if (handle != nullptr) KeDeregisterProcessorChangeCallback(handle);
            CHECK(w.in.unload(d).remaining.empty());
        }
        CHECK(n > 3);
    }
}

TEST_CASE("W47 registering an interface without memory: INSUFFICIENT_RESOURCES, and it is not registered") {
    std::size_t n = 1;
    for (bool more = true; more; ++n) {
        world w;
        device& on = w.in.add_device("disk");
        wide reference(u"reference that is long enough");
        UNICODE_STRING name{};
        NTSTATUS status = STATUS_PENDING;
        more = fails_at(n, [&] {
            status = IoRegisterDeviceInterface(&on.object(), &some_guid, &reference.string, &name);
        });
        CAPTURE(n);
        CHECK(status == (more ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS));
        CHECK((name.Buffer == nullptr) == more);
        if (name.Buffer != nullptr) RtlFreeUnicodeString(&name);
        driver_interface again(on, some_guid, &reference.string);
        CHECK(again.status == (more ? STATUS_SUCCESS : STATUS_OBJECT_NAME_EXISTS));
    }
    CHECK(n > 3);
}

TEST_CASE("W48 enabling without memory: INSUFFICIENT_RESOURCES, and it is not enabled") {
    std::size_t n = 1;
    for (bool more = true; more; ++n) {
        world w;
        device& on = w.in.add_device("disk");
        driver_interface disk(on, some_guid);
        receiver r;
        const interface_watch watch(w, w.idle_driver(), r, some_guid);
        NTSTATUS status = STATUS_PENDING;
        bool thrown = false;
        more = fails_at(n, [&] {
            try {
                status = disk.enable();
            } catch (const std::bad_alloc&) {
                thrown = true; // through C code, if it had been called from there
            }
        });
        CAPTURE(n);
        CHECK_FALSE(thrown);
        CHECK(status == (more ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS));
        w.in.settle();
        CHECK(r.count() == (more ? 0 : 1));
        CHECK(disk.enable() == (more ? STATUS_SUCCESS : STATUS_OBJECT_NAME_EXISTS));
    }
    CHECK(n > 1);
}

TEST_CASE("W52 adding a processor without memory throws and leaves everything as it was") {
    std::size_t n = 1;
    for (bool more = true; more; ++n) {
        auto options = when_told(1);
        options.maximum_processors = 2;
        world w(options);
        receiver r;
        const processor_watch watch(r);
        bool thrown = false;
        addition added{STATUS_PENDING, 0};
        more = fails_at(n, [&] {
            try {
                added = w.in.add_processor();
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
        });
        CAPTURE(n);
        CHECK((more || added.status == STATUS_SUCCESS));
        const bool there = KeQueryActiveProcessorCount(nullptr) == 2;
        if (thrown && !there) {
            // Whoever had its Start has had its Failure, and the place is free.
            CHECK((r.story().empty() || r.story().starts_with("Start1 Failure1:")));
            CHECK(w.in.add_processor().status == STATUS_SUCCESS);
        } else {
            // Once it runs it stays, whatever its announcement lacked.
            CHECK(r.story() == "Start1 Complete1");
        }
        CHECK(KeQueryActiveProcessorCount(nullptr) == 2);
    }
    CHECK(n > 3);
}

#endif
