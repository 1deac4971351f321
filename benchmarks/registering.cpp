// SPDX-License-Identifier: BSL-1.0
// What registering and unregistering cost: many at once in three orders, and one after the other.

#include "measure.hpp"
#include "scenarios.hpp"
#include "subject.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <utility>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace bench {
namespace {

std::vector<std::uint32_t> order_of(const std::string& name, std::size_t n) {
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    if (name == "lifo") std::reverse(order.begin(), order.end());
    if (name == "random") std::shuffle(order.begin(), order.end(), std::mt19937(1));
    return order;
}

bool measured(const library& lib) { return lib.cheap_removal && lib.name != "assent, no_wait"; }

/// Everybody finds the heap in one piece, whatever the one before has done to it: freeing a large block
/// makes glibc join the small free ones. What is free stays in the process, so that no figure holds the
/// kernel's time for handing out pages.
void tidy_heap() {
#if defined(__GLIBC__)
    static const bool keeps =
        mallopt(M_TRIM_THRESHOLD, 1 << 30) != 0 && mallopt(M_MMAP_THRESHOLD, 1 << 30) != 0;
    static_cast<void>(keeps);
    void* volatile large = std::malloc(1 << 20);
    std::free(large);
#endif
}

void many(std::vector<row>& to, bool quick, std::size_t n, const char* order_name) {
    const std::vector<std::uint32_t> order = order_of(order_name, n);
    // Enough registrations for a median, at both ends of n.
    const std::size_t rounds = quick ? 2 : std::clamp<std::size_t>(1'000'000 / n, 3, 201);
    struct measured_library {
        std::string name;
        std::unique_ptr<subject> used;
        std::vector<double> in{}, out{};
    };
    std::vector<measured_library> all;
    for (const library& lib : libraries())
        if (measured(lib)) all.push_back({lib.name, lib.make()});
    for (const measured_library& m : all) m.used->make_room(n);
    for (std::size_t round = 0; round < rounds + 1; ++round) {
        for (measured_library& m : all) {
            tidy_heap();
            const auto start = clock::now();
            m.used->register_range(0, n);
            const double in = nanoseconds_since(start);
            const auto middle = clock::now();
            m.used->unregister_all(order);
            const double out = nanoseconds_since(middle);
            if (round == 0) continue; // the memory comes from the system
            m.in.push_back(in / static_cast<double>(n));
            m.out.push_back(out / static_cast<double>(n));
        }
    }
    for (measured_library& m : all) {
        to.push_back({"register", order_name, m.name, n, 1, "ns", summarise(m.in)});
        to.push_back({"unregister", order_name, m.name, n, 1, "ns", summarise(m.out)});
    }
}

/// Register and unregister at once, beside 16 that stay: with nobody else there, and with other threads
/// that have notified and sleep.
void pairs(std::vector<row>& to, bool quick, bool others) {
    std::vector<std::unique_ptr<subject>> subjects;
    std::vector<std::unique_ptr<parked_thread>> parked;
    std::vector<contestant> contestants;
    for (const library& lib : libraries()) {
        if (!measured(lib)) continue;
        subject& s = *subjects.emplace_back(lib.make());
        s.attach(16);
        if (others) parked.push_back(std::make_unique<parked_thread>([&s] { s.attach_this_thread(); }));
        s.attach_this_thread();
        contestants.push_back({lib.name, [&s](std::size_t times) { s.pairs(times); }});
    }
    const parked_thread second; // also where nobody else is attached
    measure_in_turns(contestants, quick ? 3 : 1001);
    for (contestant& c : contestants)
        to.push_back({"pair", others ? "others asleep" : "alone", c.name, 16, 1, "ns", summarise(c.sample)});
}

} // namespace

void registering(std::vector<row>& to, bool quick) {
    for (const bool others : {false, true}) pairs(to, quick, others);
    const parked_thread second;
    const std::vector<std::size_t> sizes =
        quick ? std::vector<std::size_t>{1000} : std::vector<std::size_t>{1000, 100'000, 1'000'000};
    for (const std::size_t n : sizes)
        for (const char* order : {"fifo", "lifo", "random"}) many(to, quick, n, order);
}

} // namespace bench
