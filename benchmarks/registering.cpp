// SPDX-License-Identifier: BSL-1.0
// What registering and unregistering cost: many at once in three orders, and one after the other.

#include "measure.hpp"
#include "scenarios.hpp"
#include "subject.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>

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

/// The memory that nobody can leave untouched who unregisters without searching: from the handle to an object
/// from the heap, as large as a registration, and from there to its place in an array. No lock, no order.
struct memory_alone {
    struct object {
        std::size_t place;
        void* rest[4];
    };
    struct entry {
        object* called;
        void* with;
    };
    using connection = std::unique_ptr<object>;
    template <class F> connection connect(F) {
        if (live++ == 0) places.clear();
        auto made = std::make_unique<object>();
        made->place = places.size();
        places.push_back({made.get(), nullptr});
        return made;
    }
    void disconnect(connection& c) {
        if (c == nullptr) return;
        places[c->place].called = nullptr;
        --live;
        c.reset();
    }
    void emit(const event&) {}

    std::vector<entry> places;
    std::size_t live = 0;
};

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

/// Of this thread only: a million registrations last longer than a time slice.
double processor_nanoseconds() {
    std::timespec now{};
    require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "register: no clock for a thread");
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void many(std::vector<row>& to, bool quick, std::size_t n, const char* order_name) {
    const std::vector<std::uint32_t> order = order_of(order_name, n);
    // Enough registrations for a median, at both ends of n.
    const std::size_t rounds = quick ? 2 : std::clamp<std::size_t>(1'000'000 / n, 3, 201);
    std::vector<library> all{{"memory alone", false, true, maker<memory_alone>()}};
    std::copy_if(libraries().begin(), libraries().end(), std::back_inserter(all), measured);
    summary alone_in, alone_out;
    for (const library& lib : all) {
        const std::unique_ptr<subject> used = lib.make();
        used->make_room(n);
        std::vector<double> in, out;
        for (std::size_t round = 0; round < rounds + 1; ++round) {
            tidy_heap();
            const double start = processor_nanoseconds();
            used->register_range(0, n);
            const double middle = processor_nanoseconds();
            used->unregister_all(order);
            const double end = processor_nanoseconds();
            if (round == 0) continue; // the memory comes from the system
            in.push_back((middle - start) / static_cast<double>(n));
            out.push_back((end - middle) / static_cast<double>(n));
        }
        const summary in_all = summarise(in), out_all = summarise(out);
        if (&lib == &all.front()) alone_in = in_all, alone_out = out_all;
        to.push_back({"register", order_name, lib.name, n, 1, "ns", in_all, ratio(in_all, alone_in)});
        to.push_back({"unregister", order_name, lib.name, n, 1, "ns", out_all, ratio(out_all, alone_out)});
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
