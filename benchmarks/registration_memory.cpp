// SPDX-License-Identifier: BSL-1.0
// registration_memory [--quick] [--json FILE]: bytes and allocations per registration. A program of its
// own, because it counts every allocation.

#include "report.hpp"
#include "subject.hpp"

#include <assent/assent.hpp>

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

namespace {

// One thread does all that is counted.
struct {
    std::size_t live = 0;
    std::size_t peak = 0;
    std::size_t allocations = 0;
} memory;

/// What the allocator gave, with the header before it.
std::size_t taken(void* p) { return malloc_usable_size(p) + sizeof(std::size_t); }

void* count(void* p) noexcept {
    if (p == nullptr) return nullptr;
    memory.live += taken(p);
    memory.peak = std::max(memory.peak, memory.live);
    ++memory.allocations;
    return p;
}

void release(void* p) noexcept {
    if (p == nullptr) return;
    memory.live -= taken(p);
    std::free(p);
}

void* aligned(std::size_t size, std::align_val_t alignment) noexcept {
    const auto to = static_cast<std::size_t>(alignment);
    return count(std::aligned_alloc(to, (size + to - 1) / to * to));
}

void* or_end(void* p) noexcept {
    if (p == nullptr) std::abort();
    return p;
}

} // namespace

void* operator new(std::size_t size) { return or_end(count(std::malloc(size))); }
void* operator new[](std::size_t size) { return or_end(count(std::malloc(size))); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return count(std::malloc(size)); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return count(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t to) { return or_end(aligned(size, to)); }
void* operator new[](std::size_t size, std::align_val_t to) { return or_end(aligned(size, to)); }
void* operator new(std::size_t size, std::align_val_t to, const std::nothrow_t&) noexcept {
    return aligned(size, to);
}
void* operator new[](std::size_t size, std::align_val_t to, const std::nothrow_t&) noexcept {
    return aligned(size, to);
}
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }

namespace bench {
namespace {

struct by_key {
    using event_type = event;
    using key_type = std::uint64_t;
    static key_type key(const event& e) { return e.key; }
};

/// add(i) registers one callback of type `counting`.
template <class Add> void measure(std::vector<row>& to, const std::string& name, std::size_t n, Add add) {
    const auto start = memory;
    double worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
        memory.peak = memory.live;
        add(i);
        // Where the library grows is where it needs most, as long as there are enough to share that.
        if (i >= n / 10) {
            const auto peak = static_cast<double>(memory.peak - start.live);
            worst = std::max(worst, peak / static_cast<double>(i + 1));
        }
    }
    const auto per = [&](std::size_t now, std::size_t before) {
        return static_cast<double>(now - before) / static_cast<double>(n);
    };
    const auto callable = static_cast<double>(sizeof(counting));
    const auto add_row = [&](const char* variant, const char* unit, double value) {
        row made{"memory", variant, name, n, 1, unit};
        made.value.median = value;
        to.push_back(made);
    };
    add_row("beyond the callable", "bytes", per(memory.live, start.live) - callable);
    add_row("at the worst growth point", "bytes", worst - callable);
    add_row("allocations", "allocations", per(memory.allocations, start.allocations));
}

void measure_all(std::vector<row>& to, std::size_t n) {
    for (const library& lib : libraries()) {
        if (!lib.cheap_removal || lib.name == "assent, no_wait") continue;
        const std::unique_ptr<subject> s = lib.make();
        s->make_room(n);
        measure(to, lib.name, n, [&](std::size_t i) { s->register_range(i, i + 1); });
    }
    assent::dispatcher<by_key> changes;
    std::vector<assent::registration> registrations(n);
    long counter = 0;
    measure(to, "assent, keyed", n, [&](std::size_t i) {
        registrations[i] = changes.on((i + 1) * 0x9E3779B97F4A7C15U, counting{&counter});
    });
    // The form that allocates nothing: the caller's room, and slots made ahead.
    const auto rooms = std::make_unique<assent::registration_storage_for<counting>[]>(n);
    assent::dispatcher<event> events;
    events.reserve(n);
    std::vector<assent::registration> stored(n);
    const std::size_t before = memory.allocations;
    for (std::size_t i = 0; i < n; ++i) stored[i] = events.on_in(rooms[i], counting{&counter});
    const std::size_t allocations = memory.allocations - before;
    row made{"memory", "allocations", "assent, supplied storage", n, 1, "allocations"};
    made.value.median = static_cast<double>(allocations) / static_cast<double>(n);
    to.push_back(made);
}

} // namespace
} // namespace bench

int main(int count, char** arguments) {
    const bench::options how = bench::parse(count, arguments, {"memory"});
    std::vector<bench::row> rows;
    bench::measure_all(rows, 1'000);
    if (!how.quick) {
        bench::measure_all(rows, 100'000);
        bench::measure_all(rows, 1'000'000);
    }
    return bench::report(rows, how) ? 0 : 1;
}
