// SPDX-License-Identifier: BSL-1.0
// One receiver for each of many keys; an event concerns one of them.

#include "event.hpp"
#include "measure.hpp"
#include "scenarios.hpp"

#include <assent/assent.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <unordered_map>

namespace bench {
namespace {

struct by_key {
    using event_type = event;
    using key_type = std::uint64_t;
    static key_type key(const event& e) { return e.key; }
};

struct receiver {
    void (*call)(void*, const event&);
    void* object;
};

/// The same shape without any protection: a chained hash table of receivers' lists.
using hash_table = std::unordered_map<std::uint64_t, std::vector<receiver>>;

[[gnu::noinline]] void emit_raw(const receiver& r, const event& e) {
    r.call(r.object, e);
    asm volatile("" ::: "memory");
}
[[gnu::noinline]] void emit_hashed(const hash_table& table, const event& e) {
    if (const auto it = table.find(e.key); it != table.end())
        for (const receiver& r : it->second) r.call(r.object, e);
    asm volatile("" ::: "memory");
}
[[gnu::noinline]] void emit_assent(assent::dispatcher<by_key>& d, const event& e) {
    d.notify(e);
    asm volatile("" ::: "memory");
}

/// Spreads keys over the whole range, as identifiers and pointers are.
std::uint64_t key_of(std::size_t i) { return (i + 1) * 0x9E3779B97F4A7C15U; }

} // namespace

void keyed(std::vector<row>& to, bool quick) {
    const parked_thread second;
    const std::size_t n = quick ? 2'000 : 1'000'000;
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));

    std::vector<long> counters(3 * n); // in turns for the three
    std::vector<receiver> receivers;
    hash_table table;
    assent::dispatcher<by_key> changes;
    std::vector<assent::registration> registrations;
    receivers.reserve(n);
    registrations.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        receivers.push_back({&counting::call, &counters[3 * i]});
        table[key_of(i)].push_back({&counting::call, &counters[3 * i + 1]});
        registrations.push_back(changes.on(key_of(i), counting{&counters[3 * i + 2]}));
    }

    for (const bool hot : {true, false}) {
        std::vector<contestant> contestants;
        // Everybody walks the same sequence of keys, from where it stopped.
        const auto add = [&](const char* name, auto emit) {
            contestants.push_back({name, [&, emit, at = std::size_t{0}](std::size_t times) mutable {
                                       event e;
                                       for (std::size_t i = 0; i < times; ++i) {
                                           const std::size_t k = hot ? n / 2 : order[at];
                                           at = at + 1 == n ? 0 : at + 1;
                                           e.key = key_of(k);
                                           emit(k, e);
                                       }
                                   }});
        };
        add("raw loop", [&](std::size_t k, const event& e) { emit_raw(receivers[k], e); });
        add("hash table", [&](std::size_t, const event& e) { emit_hashed(table, e); });
        add("assent", [&](std::size_t, const event& e) { emit_assent(changes, e); });
        measure_in_turns(contestants, quick ? 3 : 2001);
        summary raw, hashed;
        for (contestant& c : contestants) {
            const char* const variant = hot ? "hot key" : "random keys";
            const summary s = summarise(c.sample);
            if (c.name == "raw loop") raw = s;
            if (c.name == "hash table") hashed = s;
            to.push_back({"keyed", variant, c.name, n, 1, "ns", s, ratio(s, raw)});
            if (c.name != "assent") continue;
            summary to_table;
            to_table.median = ratio(s, hashed);
            to.push_back({"keyed", std::string(variant) + " to hash table", c.name, n, 1, "ratio", to_table});
        }
    }
    long called[3] = {};
    for (std::size_t i = 0; i < counters.size(); ++i) called[i % 3] += counters[i];
    for (const long c : called) require(c > 0, "keyed: callbacks were not called");
}

} // namespace bench
