// SPDX-License-Identifier: BSL-1.0
// A transaction that everybody agrees to, beside two raw loops: one that asks, one that tells.

#include "event.hpp"
#include "measure.hpp"
#include "scenarios.hpp"

#include <assent/assent.hpp>

#include <memory>

namespace bench {
namespace {

struct change {
    using event_type = event;
    using status_type = bool;
};

struct counts {
    long prepared = 0;
    long committed = 0;
};

struct participant {
    counts* mine;
    bool prepare(const event& e) const {
        mine->prepared += e.step;
        return true;
    }
    void commit(const event& e) const noexcept { mine->committed += e.step; }
    void abort(const event&) const noexcept {}
};

struct raw_participant {
    bool (*prepare)(void*, const event&);
    void (*commit)(void*, const event&);
    void* object;
};

bool raw_prepare(void* object, const event& e) {
    static_cast<counts*>(object)->prepared += e.step;
    return true;
}
void raw_commit(void* object, const event& e) { static_cast<counts*>(object)->committed += e.step; }

[[gnu::noinline]] bool act() {
    asm volatile("" ::: "memory");
    return true;
}

[[gnu::noinline]] bool raw_transact(const std::vector<raw_participant>& all, const event& e) {
    for (const raw_participant& p : all)
        if (!p.prepare(p.object, e)) return false;
    if (!act()) return false;
    for (const raw_participant& p : all) p.commit(p.object, e);
    return true;
}

[[gnu::noinline]] bool assent_transact(assent::dispatcher<change>& d, const event& e) {
    return d.transact(e, [] { return act(); }).result() == assent::verdict::committed;
}

} // namespace

void transact(std::vector<row>& to, bool quick) {
    const parked_thread second;
    const event e;
    for (const std::size_t n : {1U, 4U, 16U, 64U}) {
        std::vector<counts> counters(2 * n);
        std::vector<raw_participant> raw_participants;
        assent::dispatcher<change> changes;
        std::vector<assent::registration> registrations;
        for (std::size_t i = 0; i < n; ++i) {
            raw_participants.push_back({&raw_prepare, &raw_commit, &counters[i]});
            registrations.push_back(changes.on(participant{&counters[n + i]}));
        }
        long expected[2] = {};
        std::vector<contestant> contestants;
        contestants.push_back({"raw loop", [&](std::size_t times) {
                                   for (std::size_t i = 0; i < times; ++i)
                                       expected[0] += raw_transact(raw_participants, e);
                               }});
        contestants.push_back({"assent", [&](std::size_t times) {
                                   for (std::size_t i = 0; i < times; ++i)
                                       expected[1] += assent_transact(changes, e);
                               }});
        measure_in_turns(contestants, quick ? 5 : 2001);
        for (std::size_t i = 0; i < 2 * n; ++i) {
            require(counters[i].committed == expected[i / n] && counters[i].prepared == expected[i / n],
                    "transact: participants were not called");
        }
        require(expected[0] > 0 && expected[1] > 0, "transact: nothing was committed");
        summary raw;
        for (contestant& c : contestants) {
            const summary s = summarise(c.sample);
            if (c.name == "raw loop") raw = s;
            to.push_back({"transact", "", c.name, n, 1, "ns", s, ratio(s, raw)});
        }
    }
}

} // namespace bench
