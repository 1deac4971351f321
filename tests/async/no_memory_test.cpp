// SPDX-License-Identifier: BSL-1.0
#include <assent/async/manual_executor.hpp>
#include <assent/async/ordered_worker.hpp>
#include <assent/async/post.hpp>
#include <assent/core/handle_table.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>

// This executable's allocation functions fail for a thread that asks them to. clang's sanitizers define
// these functions themselves and do not let a program replace them (seen with clang 19).
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define ALLOCATION_CANNOT_FAIL
#endif
#endif

#if defined(ALLOCATION_CANNOT_FAIL)

#include "skip.hpp"

TEST_CASE("what happens without memory") {
    test_support::skip("the allocation functions of a clang sanitizer cannot be replaced");
}

#else

namespace {
thread_local bool fails = false;
thread_local int refused = 0;
thread_local int granted = 0;

struct no_memory {
    no_memory() {
        refused = granted = 0;
        fails = true;
    }
    no_memory(const no_memory&) = delete;
    no_memory& operator=(const no_memory&) = delete;
    ~no_memory() { fails = false; }
};

void* allocate(std::size_t size) noexcept {
    if (fails) {
        ++refused;
        return nullptr;
    }
    ++granted;
    return std::malloc(size == 0 ? 1 : size);
}

// Not inlined: g++ 12 takes an inlined free() for a mismatch with the operator new it pairs with.
[[gnu::noinline]] void release(void* p) noexcept { std::free(p); }

void* allocate_or_throw(std::size_t size) {
    void* const p = allocate(size);
    if (p == nullptr) {
#if defined(__cpp_exceptions)
        throw std::bad_alloc();
#else
        std::abort();
#endif
    }
    return p;
}
} // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p); }

TEST_CASE("a handle table without memory says so, keeps what it has and leaves the value with its owner") {
    assent::handle_table<std::unique_ptr<int>> table;
    auto value = std::make_unique<int>(1);
    {
        const no_memory now;
        CHECK(table.insert(std::move(value)) == assent::handle::none);
        CHECK(table.reserve() == assent::handle::none);
        CHECK(refused == 2);
    }
    REQUIRE(value != nullptr);
    const assent::handle h = table.insert(std::move(value));
    REQUIRE(h != assent::handle::none);
    std::size_t reserved = 0;
    {
        const no_memory now;
        while (table.reserve() != assent::handle::none) ++reserved;
    }
    CHECK(reserved == table.capacity() - 1);
    CHECK(table.size() == 1);
    CHECK(**table.take(h) == 1);
}

TEST_CASE("without memory nothing is posted, and nobody is told") {
    struct event {
        int value;
    };
    bool told = false;
    assent::manual_executor e;
    assent::dispatcher<event> d;
    {
        const no_memory now;
        CHECK(assent::post(e, d, {1}, [&](assent::delivery_result) { told = true; }) ==
              assent::submission::no_memory);
        CHECK(refused == 1);
    }
    CHECK(e.pending() == 0);
    CHECK_FALSE(told);
}

TEST_CASE("a task is one allocation, and executing it none") {
    assent::manual_executor manual;
    assent::ordered_worker worker({.capacity = 1});
    int runs = 0;
    granted = 0;
    assent::task a = assent::task::make([&] { ++runs; }, [] {});
    assent::task b = assent::task::make([&] { ++runs; }, [] {});
    CHECK(granted == 2);
    {
        const no_memory now;
        CHECK(manual.execute(std::move(a)) == assent::submission::accepted);
        CHECK(manual.run_all() == 1);
        CHECK(worker.execute(std::move(b)) == assent::submission::accepted);
        CHECK(worker.drain() == assent::drain_result::done);
        CHECK(refused == 0);
    }
    CHECK(runs == 2);
}

#if defined(__cpp_exceptions)
TEST_CASE("a worker without memory throws") {
    const no_memory now;
    bool thrown = false;
    try {
        assent::ordered_worker w;
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    CHECK(thrown);
}
#endif

#endif
