// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

// What the program has allocated is counted in this executable. clang links the allocation functions of its
// sanitizers statically; there the runs are made, and the leak checker looks at what is left.
#define COUNTS_MEMORY 0
#if defined(__GLIBC__)
#undef COUNTS_MEMORY
#define COUNTS_MEMORY 1
#if defined(__clang__)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#undef COUNTS_MEMORY
#define COUNTS_MEMORY 0
#endif
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || (defined(__GLIBC__) && !COUNTS_MEMORY)
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

namespace {
std::atomic<long> live_bytes{0};
} // namespace

#if COUNTS_MEMORY

namespace {

// Not inlined: g++ 12 takes an inlined free() for a mismatch with the operator new it pairs with.
[[gnu::noinline]] void* take(std::size_t size, std::size_t alignment) noexcept {
    void* const memory = alignment <= alignof(std::max_align_t)
                             ? std::malloc(size == 0 ? 1 : size)
                             : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory != nullptr)
        live_bytes.fetch_add(static_cast<long>(malloc_usable_size(memory)), std::memory_order_relaxed);
    return memory;
}

void* take_or_end(std::size_t size, std::size_t alignment) noexcept {
    void* const memory = take(size, alignment);
    if (memory == nullptr) std::abort();
    return memory;
}

[[gnu::noinline]] void give(void* memory) noexcept {
    if (memory == nullptr) return;
    live_bytes.fetch_sub(static_cast<long>(malloc_usable_size(memory)), std::memory_order_relaxed);
    std::free(memory);
}

} // namespace

void* operator new(std::size_t n) { return take_or_end(n, 1); }
void* operator new[](std::size_t n) { return take_or_end(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) { return take_or_end(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) {
    return take_or_end(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return take(n, 1); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return take(n, 1); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return take(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return take(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { give(p); }
void operator delete[](void* p) noexcept { give(p); }
void operator delete(void* p, std::size_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t) noexcept { give(p); }
void operator delete(void* p, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { give(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { give(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { give(p); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { give(p); }

#endif

using namespace test_support;
using assent::dispatcher;
using assent::registration;

namespace {

struct event {
    int value = 0;
};
struct keyed_event {
    struct event_type {
        std::uint64_t key = 0;
        bool block = false;
    };
    using key_type = std::uint64_t;
    static key_type key(const event_type& e) { return e.key; }
};

// The full number where the build asks for it (optimised ones do); what takes about as long in others.
#if UNDER_SANITIZER
constexpr long shorter = 2000;
#elif defined(TEST_FULL_LENGTH)
constexpr long shorter = 1;
#else
constexpr long shorter = 50;
#endif

/// The body of a callback that blocks for as long as a test takes.
class blockade {
public:
    void here() {
        entered.open();
        leave_.wait_without_limit();
        left_.store(true);
    }
    void lift() {
        CHECK(!left_.load());
        leave_.open();
    }
    gate entered{"callback entered"};

private:
    gate leave_;
    std::atomic<bool> left_{false};
};

/// What the kernel says the process occupies, in bytes; 0 where it says nothing.
long resident() {
    long kilobytes = 0;
    if (std::FILE* const status = std::fopen("/proc/self/status", "r")) {
        char line[128];
        while (std::fgets(line, sizeof line, status) != nullptr)
            if (std::sscanf(line, "VmRSS: %ld", &kilobytes) == 1) break;
        std::fclose(status);
    }
    return kilobytes * 1024;
}

/// Runs step(i) for every i below `steps`. What is allocated between two steps never exceeds what it was after
/// the first of them by more than `slack` bytes, nor what the process occupies by more than a megabyte.
template <class Step> void stays_flat(long steps, long slack, Step step) {
    const long warm = std::min(steps / 4, 2000L);
    long i = 0;
    for (; i < warm; ++i) step(i);
    const long bytes = live_bytes.load();
    const long occupied = resident();
    long most = bytes;
    long most_occupied = occupied;
    const long often = steps / 64 + 1;
    for (; i < steps; ++i) {
        step(i);
        if (i % 7 == 0) most = std::max(most, live_bytes.load(std::memory_order_relaxed));
        if (i % often == 0) most_occupied = std::max(most_occupied, resident());
    }
    MESSAGE(steps << " steps: " << most - bytes << " bytes more allocated, " << most_occupied - occupied
                  << " more occupied");
    if constexpr (COUNTS_MEMORY) CHECK(most <= bytes + slack);
    if constexpr (!UNDER_SANITIZER) CHECK(most_occupied <= occupied + (1L << 20));
}

/// A tenth of the steps where every publication is fenced: that run is beside the point, not left out.
long steps_in(const assent::domain& in, long full) {
    const bool also = in.fences() == assent::fence_kind::none && assent::config::asymmetric_fence;
    return std::max(full / shorter / (also ? 10 : 1), 10'000L);
}

constexpr long allocator_whim = 2048; // it sometimes gives a little more than it was asked for
constexpr long block_growth = 4096;   // a block of few entries replaced by a larger one, and both alive

} // namespace

TEST_CASE("bounds: one callback blocked for ever beside 10^8 register/unregister pairs keeps memory flat") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        blockade inside;
        const registration blocked = d.on([&](const event& e) {
            if (e.value == 1) inside.here();
        });
        const runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        long calls = 0;
        stays_flat(steps_in(in, 100'000'000), block_growth, [&](long i) {
            const registration r = d.on([&calls](const event&) { ++calls; });
            if (i % 64 == 0) d.notify({2});
        });
        CHECK(calls > 0);
        inside.lift();
    });
}

TEST_CASE(
    "bounds: the same with 40 others that stay, pairs in two priorities, and the oldest leaving first") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::vector<registration> staying;
        for (int i = 0; i < 20; ++i) staying.push_back(d.on({.priority = i % 3}, [](const event&) {}));
        blockade inside;
        const registration blocked = d.on({.priority = 1}, [&](const event& e) {
            if (e.value == 1) inside.here();
        });
        for (int i = 0; i < 20; ++i) staying.push_back(d.on({.priority = i % 3}, [](const event&) {}));
        const runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        std::vector<registration> coming(8);
        stays_flat(steps_in(in, 10'000'000), block_growth, [&](long i) {
            coming[static_cast<std::size_t>(i % 8)] =
                d.on({.priority = static_cast<int>(i % 2)}, [](const event&) {});
            if (i % 64 == 0) d.notify({2});
        });
        inside.lift();
    });
}

TEST_CASE("G6 10^7 keys that live shortly keep memory flat") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<keyed_event> d(in);
        const registration staying = d.on(0, [](const auto&) {});
        long calls = 0;
        const long steps = steps_in(in, 10'000'000);
        stays_flat(steps, block_growth, [&](long i) {
            const std::uint64_t key = (static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15U;
            const registration r = d.on(key, [&calls](const auto&) { ++calls; });
            d.notify({key});
        });
        CHECK(calls == steps);
    });
}

TEST_CASE("G6 10^6 keys that live shortly keep memory flat beside one whose callback is blocked for ever") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<keyed_event> d(in);
        blockade inside;
        const registration blocked = d.on(0, [&](const auto& e) {
            if (e.block) inside.here();
        });
        const runner notifier([&] { d.notify({0, true}); });
        inside.entered.wait();
        std::vector<registration> coming(50);
        stays_flat(steps_in(in, 1'000'000), 4 * block_growth, [&](long i) {
            const std::uint64_t key = (static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15U;
            coming[static_cast<std::size_t>(i % 50)] = d.on(key, [](const auto&) {});
            d.notify({key});
            if (i % 64 == 0) d.notify({0});
        });
        inside.lift();
    });
}

TEST_CASE("threads that come and go, 20 levels deep, use again what others left: memory stays flat") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::atomic<long> calls{0};
        const registration deeper = d.on([&](const event& e) {
            ++calls;
            if (e.value > 0) d.notify({e.value - 1});
        });
        const long waves = UNDER_SANITIZER ? 20 : 500;
        stays_flat(waves, allocator_whim, [&](long) {
            std::vector<std::unique_ptr<runner>> threads;
            for (int t = 0; t < 4; ++t)
                threads.push_back(std::make_unique<runner>([&] {
                    const registration r = d.on([](const event&) {});
                    d.notify({20});
                }));
        });
        CHECK(calls.load() >= waves * 4 * 21);
    });
}

TEST_CASE("dispatchers and domains that come and go keep memory flat") {
    const long steps = 2'000'000 / shorter;
    const assent::domain staying = assent::domain::make();
    stays_flat(steps, allocator_whim, [&](long i) {
        const assent::domain in = i % 4 == 0 ? assent::domain::make() : staying;
        dispatcher<event> d(in);
        const registration r = d.on([](const event&) {});
        d.notify({});
    });
}
