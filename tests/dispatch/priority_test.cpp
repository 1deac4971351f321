// SPDX-License-Identifier: BSL-1.0
// Priorities that come and go: the runs of those nobody uses are unlinked, under the feet of walks.
#include <assent/dispatch/dispatcher.hpp>

#include "allocation.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
namespace detail = assent::detail;

namespace {

struct event {
    int value = 0;
};

struct change {
    struct event_type {};
    using status_type = bool;
};

/// How many runs a walk visits.
template <class Category> int linked(dispatcher<Category>& d) {
    auto& all = detail::dispatcher_access::state_of(d).channels.all;
    int runs = 0;
    for (detail::run* r = all.highest(); r != nullptr; r = all.below(*r)) ++runs;
    return runs;
}

} // namespace

TEST_CASE("G6 a notification does not come to priorities that nobody uses any more") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::vector<int> called;
        const auto log = [&called](int priority) {
            return [&called, priority](const event&) { called.push_back(priority); };
        };
        const auto first = d.on({.priority = 7}, log(7));
        const auto second = d.on(log(0));
        const auto third = d.on({.priority = -7}, log(-7));
        for (int i = 1; i <= 1000; ++i)
            const auto once = d.on({.priority = i % 2 == 0 ? i + 10 : -i}, log(i));
        CHECK(linked(d) <= 3 + 3 / 2 + 4);
        d.notify({});
        CHECK(called == std::vector<int>{7, 0, -7});

        // Many at once; then those that come back are where they belong.
        called.clear();
        {
            std::vector<registration> many;
            for (int i = 1; i <= 1000; ++i)
                many.push_back(d.on({.priority = i % 2 == 0 ? i + 10 : -i}, log(i)));
            CHECK(linked(d) == 1002);
            std::shuffle(many.begin(), many.end(), std::mt19937(1));
        }
        CHECK(linked(d) <= 3 + 3 / 2 + 4);
        const auto again = d.on({.priority = 500}, log(500));
        const auto new_one = d.on({.priority = 8}, log(8));
        const auto lowest = d.on({.priority = -999}, log(-999));
        d.notify({});
        CHECK(called == std::vector<int>{500, 8, 7, 0, -7, -999});
    });
}

TEST_CASE("the blocks of a priority that nobody uses any more are freed") {
    if (!allocations::replaced()) return skip("allocations cannot be counted here");
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        const auto stays = d.on([](const event&) {});
        const long before = allocations::outstanding();
        for (int i = 1; i <= 1000; ++i) const auto once = d.on({.priority = i}, [](const event&) {});
        // The run itself, and both arrays; a block for those still linked.
        CHECK(allocations::outstanding() - before <= 1000 + 2 + 6);
    });
}

TEST_CASE("G4 callbacks that register and unregister under any priority change nothing for who stays") {
    in_each_domain([](const assent::domain& in) {
        for (unsigned seed = 1; seed <= 40; ++seed) {
            CAPTURE(seed);
            dispatcher<event> d(in);
            std::mt19937 random(seed);
            std::vector<int> called;
            std::vector<registration> staying;
            std::vector<registration> changing(40);
            std::vector<bool> young(40);
            int depth = 0;
            const auto upset = [&] {
                const std::size_t i = random() % changing.size();
                if (changing[i]) {
                    changing[i].unregister(assent::no_wait);
                } else {
                    young[i] = true;
                    changing[i] =
                        d.on({.priority = static_cast<int>(random() % 61) - 30}, [&, i](const event&) {
                            if (depth == 1) CHECK(!young[i]); // registered in this very notification
                        });
                }
            };
            for (int p = -15; p <= 15; p += 5) {
                staying.push_back(d.on({.priority = p}, [&, p](const event& e) {
                    if (depth == 1) called.push_back(p);
                    for (int i = 0; i < 8; ++i) upset();
                    if (e.value == 0 && depth == 1 && random() % 4 == 0) {
                        ++depth;
                        d.notify({1});
                        --depth;
                    }
                }));
            }
            for (int round = 0; round < 50; ++round) {
                called.clear();
                young.assign(young.size(), false);
                depth = 1;
                d.notify({});
                depth = 0;
                CHECK(called == std::vector<int>{15, 10, 5, 0, -5, -10, -15});
                for (int i = 0; i < 20; ++i) upset();
            }
        }
    });
}

TEST_CASE(
    "G5 a transaction tells those it has asked although all of them go, and their priorities with them") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        std::vector<registration> r(12);
        int asked = 0;
        int told = 0;
        for (std::size_t i = 0; i < r.size(); ++i) {
            r[i] = d.on(
                {.priority = static_cast<int>(i)}, [&](const auto&) { return ++asked, true; },
                [&](const auto&) noexcept { ++told; }, [&](const auto&) noexcept { ++told; });
        }
        const auto result = d.transact({}, [&] {
            for (registration& one : r) one.unregister();
            CHECK(linked(d) <= 1 + 4);
        });
        CHECK(bool(result));
        CHECK(asked == 12);
        CHECK(told == 12);
    });
}

TEST_CASE("G2 a dispatcher may be destroyed inside a callback whose priority nobody uses any more") {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<event>>(in);
        std::vector<registration> r(12);
        int called = 0;
        for (std::size_t i = 0; i < r.size(); ++i) {
            r[i] = d->on({.priority = static_cast<int>(i) + 1}, [&](const event&) {
                ++called;
                for (registration& one : r) one.unregister();
                CHECK(linked(*d) <= 1 + 4);
                d.reset();
            });
        }
        d->notify({});
        CHECK(called == 1);
        CHECK(d == nullptr);
    });
}

TEST_CASE("G4 who stays is called once and in order while priorities come and go on another thread") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::vector<int> called;
        std::vector<registration> staying;
        for (int p = -20; p <= 20; p += 10)
            staying.push_back(d.on({.priority = p}, [&called, p](const event&) { called.push_back(p); }));
        std::atomic<bool> over{false};
        std::atomic<long> passing{0};
        std::atomic<int> rounds{0};
        {
            const runner other([&] {
                std::mt19937 random(3);
                while (!over.load()) {
                    std::vector<registration> some;
                    for (int i = 0; i < 20; ++i)
                        some.push_back(d.on({.priority = static_cast<int>(random() % 101) - 50},
                                            [&](const event&) { passing.fetch_add(1); }));
                    std::shuffle(some.begin(), some.end(), random);
                    some.clear();
                    rounds.fetch_add(1);
                }
            });
            int wrong = 0;
            const auto once = [&] {
                called.clear();
                d.notify({});
                wrong += called != std::vector<int>{20, 10, 0, -10, -20};
            };
            for (int i = 0; i < 5000; ++i) once();
            eventually(
                [&] {
                    once();
                    return rounds.load() > 50 && passing.load() > 0;
                },
                "priorities that come and go, and are called");
            over.store(true);
            CHECK(wrong == 0);
        }
        CHECK(linked(d) <= 5 + 5 / 2 + 4);
    });
}
