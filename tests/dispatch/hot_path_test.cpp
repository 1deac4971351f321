// SPDX-License-Identifier: BSL-1.0
// What a notification does not do, looked at from inside its callbacks.
#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
namespace detail = assent::detail;

namespace {

struct event {
    int value = 0;
};

/// A key that counts what is done with it on this thread.
struct costly {
    static inline thread_local long compared = 0;
    static inline thread_local long hashed = 0;
    std::uint64_t number = 0;
    friend bool operator==(const costly& a, const costly& b) noexcept {
        ++compared;
        return a.number == b.number;
    }
};

} // namespace

template <> struct std::hash<costly> {
    std::size_t operator()(const costly& c) const noexcept {
        ++costly::hashed;
        return static_cast<std::size_t>(c.number);
    }
};

namespace {

struct keyed_event {
    struct event_type {
        costly key;
    };
    using key_type = costly;
    static const costly& key(const event_type& e) noexcept { return e.key; }
};

/// Memory that several threads use, as it was.
class memory {
public:
    void add(const void* from, std::size_t size) {
        const auto* const first = static_cast<const unsigned char*>(from);
        parts_.push_back({first, std::vector<unsigned char>(first, first + size)});
    }
    bool unchanged() const {
        for (const part& p : parts_)
            for (std::size_t i = 0; i < p.was.size(); ++i)
                if (p.at[i] != p.was[i]) return false;
        return true;
    }

private:
    struct part {
        const unsigned char* at;
        std::vector<unsigned char> was;
    };
    std::vector<part> parts_;
};

/// What belongs to no thread alone: the dispatcher's state, the domain, the nodes and where they stand.
template <class Dispatcher>
memory shared_by_all(Dispatcher& d, const assent::domain& in, const std::vector<registration>& registered) {
    memory shared;
    auto& state = detail::dispatcher_access::state_of(d);
    shared.add(&state, sizeof(state));
    shared.add(&in.core(), sizeof(detail::domain_core));
    for (const registration& r : registered) {
        detail::node* const n = detail::registration_access::node_of(r);
        shared.add(n, sizeof(detail::node));
        shared.add(n->home, n->home->priority == 0 ? sizeof(detail::channel) : sizeof(detail::priority_run));
        if (detail::block* const b = n->home->current())
            shared.add(b, sizeof(detail::block) + b->capacity * sizeof(detail::entry));
    }
    return shared;
}

/// body(priorities, whether registrations have come and gone before)
template <class Body> void in_each_shape(Body body) {
    for (const bool several : {false, true}) {
        for (const bool switched : {false, true}) {
            CAPTURE(several);
            CAPTURE(switched);
            body(several ? 3 : 1, switched);
        }
    }
}

} // namespace

TEST_CASE_TEMPLATE("G7 inside a callback nothing has been written but what belongs to the notifying thread",
                   Policy, assent::default_policy, assent::symmetric_policy) {
    in_each_domain([](const assent::domain& in) {
        in_each_shape([&](int priorities, bool switched) {
            memory shared;
            int calls = 0;
            bool clean = true;
            const auto look = [&](const auto&) {
                ++calls;
                clean = clean && shared.unchanged();
            };
            const auto run = [&](auto& d, const auto& register_one, const auto& e) {
                std::vector<registration> all;
                for (int i = 0; i < 6; ++i) all.push_back(register_one(i % priorities));
                REQUIRE(assent::attach_thread(3, in));
                d.notify(e); // a thread's first use may add its record to the domain
                shared = shared_by_all(d, in, all);
                calls = 0;
                d.notify(e);
                CHECK(calls == 6);
                CHECK(clean);
                CHECK(shared.unchanged());
                shared = memory();
            };
            {
                dispatcher<event, Policy> d(in);
                if (switched) churn(d, [](const event&) {});
                run(
                    d, [&](int priority) { return d.on({.priority = priority}, look); }, event{1});
            }
            dispatcher<keyed_event, Policy> keyed(in);
            if (switched) churn(keyed, costly{7}, [](const auto&) {});
            run(
                keyed, [&](int priority) { return keyed.on(costly{7}, {.priority = priority}, look); },
                keyed_event::event_type{{7}});
        });
    });
}

TEST_CASE_TEMPLATE(
    "G7 a notification takes no lock: it ends while others hold those of dispatcher and domain", Policy,
    assent::default_policy, assent::symmetric_policy) {
    in_each_domain([](const assent::domain& in) {
        in_each_shape([&](int priorities, bool switched) {
            dispatcher<event, Policy> d(in);
            dispatcher<keyed_event, Policy> keyed(in);
            if (switched) churn(d, [](const event&) {});
            if (switched) churn(keyed, costly{7}, [](const auto&) {});
            std::vector<registration> all;
            int calls = 0;
            for (int i = 0; i < priorities; ++i) {
                all.push_back(d.on({.priority = i}, [&](const event&) { ++calls; }));
                all.push_back(keyed.on(costly{7}, {.priority = i}, [&](const auto&) { ++calls; }));
            }
            gate over("the notifications are over");
            const runner waiting([&] {
                const std::lock_guard one(detail::dispatcher_access::state_of(d).lock);
                const std::lock_guard other(detail::dispatcher_access::state_of(keyed).lock);
                in.core().waits.while_nobody_asks([&] {
                    runner notifier([&] {
                        // More than after how many it looks whether to change its mode.
                        for (int i = 0; i < 2100; ++i) {
                            d.notify({});
                            keyed.notify({{7}});
                        }
                        over.open();
                    });
                    over.wait();
                });
            });
            over.wait();
            CHECK(calls == 2 * 2100 * priorities);
        });
    });
}

TEST_CASE("G6 an event's key is hashed once and compared with its own only, however many others there are") {
    constexpr int events = 500;
    for (const std::uint64_t others : {0U, 100U, 20'000U}) {
        CAPTURE(others);
        dispatcher<keyed_event> d;
        std::vector<registration> all;
        int calls = 0;
        for (std::uint64_t i = 0; i < others; ++i) all.push_back(d.on(costly{1000 + i}, [](const auto&) {}));
        for (std::uint64_t i = 0; i < events; ++i)
            all.push_back(d.on(costly{i}, [&](const auto&) { ++calls; }));
        costly::hashed = costly::compared = 0;
        for (std::uint64_t i = 0; i < events; ++i) d.notify({{i}});
        CHECK(calls == events);
        CHECK(costly::hashed == events);
        CHECK(costly::compared == events);
        // Nobody's: found out without comparing.
        for (std::uint64_t i = 0; i < events; ++i) d.notify({{500'000 + i}});
        CHECK(costly::compared == events);
    }
}

TEST_CASE("G6 the callbacks of one key cost an event of another nothing") {
    dispatcher<keyed_event> d;
    std::vector<registration> all;
    int theirs = 0;
    int calls = 0;
    for (int i = 0; i < 1000; ++i) all.push_back(d.on(costly{1}, [&](const auto&) { ++theirs; }));
    all.push_back(d.on(costly{2}, [&](const auto&) { ++calls; }));
    d.notify({{2}});
    CHECK(theirs == 0);
    CHECK(calls == 1);
}
