// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::verdict;

namespace {

struct event {
    int value = 0;
};
/// Events pass one after the other.
struct device {
    struct event_type {
        int id = 0;
    };
    using instance_type = int;
    static event_type arrival(int i) { return {i}; }
    static event_type removal(int i) { return {-i}; }
};
struct change {
    struct event_type {
        int value = 0;
    };
    using status_type = bool;
};

/// Agrees to everything, and does something on each call.
template <class OnPrepare, class OnCommit> struct participant {
    OnPrepare on_prepare;
    OnCommit on_commit;
    bool prepare(const change::event_type& e) {
        on_prepare(e);
        return true;
    }
    void commit(const change::event_type& e) noexcept { on_commit(e); }
    void abort(const change::event_type&) noexcept {}
};
template <class OnPrepare, class OnCommit>
participant(OnPrepare, OnCommit) -> participant<OnPrepare, OnCommit>;

constexpr auto nothing = [](const change::event_type&) {};
constexpr auto success = [] { return true; };

/// Dispatchers in a ring; each one's callback meets the others, then tells the next. Each thread starts at one.
template <std::size_t Count> void ring_of_notifications(const assent::domain& in) {
    std::vector<dispatcher<device>> ring;
    for (std::size_t i = 0; i < Count; ++i) ring.emplace_back(in);
    std::array<std::atomic<int>, Count> first{};
    std::array<std::atomic<int>, Count> second{};
    std::atomic<std::size_t> inside{0};
    std::vector<registration> r;
    for (std::size_t i = 0; i < Count; ++i)
        r.push_back(ring[i].on([&, i](const device::event_type& e) {
            if (e.id == 2) {
                ++second[i];
                return;
            }
            ++first[i];
            ++inside;
            eventually([&] { return inside == Count; }, "a callback on every thread");
            ring[(i + 1) % Count].notify({2});
        }));
    {
        std::vector<std::unique_ptr<runner>> threads;
        for (std::size_t i = 0; i < Count; ++i)
            threads.push_back(std::make_unique<runner>([&, i] { ring[i].notify({1}); }));
    }
    for (std::size_t i = 0; i < Count; ++i) {
        CHECK(first[i].load() == 1);
        CHECK(second[i].load() == 1);
    }
}

} // namespace

TEST_CASE(
    "G2 G7 plain dispatchers whose callbacks notify each other wait for nobody, on any number of threads") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> a(in);
        dispatcher<event> b(in);
        std::atomic<int> inside{0};
        std::atomic<int> calls{0};
        const auto to = [&](dispatcher<event>& other) {
            return [&](const event& e) {
                ++calls;
                if (e.value == 3) {
                    ++inside;
                    eventually([&] { return inside == 4; }, "all four threads in the innermost callback");
                } else {
                    other.notify({e.value + 1});
                }
            };
        };
        const registration in_a = a.on(to(b));
        const registration in_b = b.on(to(a));
        {
            std::vector<std::unique_ptr<runner>> threads;
            for (int t = 0; t < 4; ++t)
                threads.push_back(std::make_unique<runner>([&, t] { (t % 2 == 0 ? a : b).notify({0}); }));
        }
        CHECK(calls.load() == 4 * 4);
    });
}

TEST_CASE(
    "G3 replaying dispatchers whose callbacks notify each other on two threads: every event arrives once") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 10; ++round) ring_of_notifications<2>(in);
    });
}

TEST_CASE("G3 the same with five in a ring") {
    in_each_domain([](const assent::domain& in) { ring_of_notifications<5>(in); });
}

TEST_CASE("G3 an event that comes back to its dispatcher through another is delivered after the one that "
          "caused it") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> a(in);
        dispatcher<device> b(in);
        std::vector<int> heard;
        const registration in_a = a.on([&](const device::event_type& e) {
            heard.push_back(e.id);
            if (e.id == 1) b.notify({2});
            heard.push_back(-e.id);
        });
        const registration in_b = b.on([&](const device::event_type&) { a.notify({3}); });
        a.notify({1});
        CHECK(heard == std::vector{1, -1, 3, -3});
    });
}

TEST_CASE(
    "G10 a transaction that comes back to its dispatcher through another one is refused in every phase") {
    in_each_domain([](const assent::domain& in) {
        for (const bool in_prepare : {true, false}) {
            CAPTURE(in_prepare);
            dispatcher<change> a(in);
            dispatcher<change> b(in);
            std::vector<verdict> back;
            int told = 0;
            const auto ask_a = [&](const change::event_type&) {
                back.push_back(a.transact({2}, success).result());
            };
            const auto ask_b = [&](const change::event_type&) {
                ++told;
                CHECK(b.transact({1}, success).result() == verdict::committed);
            };
            const registration in_b = b.on(participant{ask_a, ask_a});
            registration in_a;
            if (in_prepare) {
                in_a = a.on(participant{ask_b, nothing});
            } else {
                in_a = a.on(participant{nothing, ask_b});
            }
            CHECK(a.transact({0}, success).result() == verdict::committed);
            CHECK(told == 1);
            CHECK(back == std::vector{verdict::would_deadlock, verdict::would_deadlock});
        }
    });
}

TEST_CASE("G3 announcements that cross on two dispatchers are both told, once each") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 10; ++round) {
            std::array<dispatcher<change>, 2> d{dispatcher<change>(in), dispatcher<change>(in)};
            std::array<std::atomic<int>, 2> crossed{};
            std::atomic<int> inside{0};
            std::array<registration, 2> r;
            for (std::size_t i = 0; i < 2; ++i)
                r[i] = d[i].on(participant{nothing, [&, i](const change::event_type& e) {
                                               if (e.value == 2) {
                                                   ++crossed[i];
                                                   return;
                                               }
                                               ++inside;
                                               eventually([&] { return inside == 2; }, "both commits");
                                               d[1 - i].announce({2});
                                           }});
            {
                const runner one([&] { d[0].announce({1}); });
                const runner two([&] { CHECK(d[1].transact({1}, success)); });
            }
            CHECK(crossed[0].load() == 1);
            CHECK(crossed[1].load() == 1);
        }
    });
}
