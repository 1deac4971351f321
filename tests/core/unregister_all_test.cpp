// SPDX-License-Identifier: BSL-1.0
#include <assent/core/unregister_all.hpp>

#include <assent/assent.hpp>

#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_all;
using assent::unregister_result;

namespace {

struct event {};

struct keyed_event {
    using event_type = keyed_event;
    using key_type = std::string;
    std::string name;
    static const std::string& key(const keyed_event& e) noexcept { return e.name; }
};

struct change {
    using event_type = int;
    using status_type = bool;
};

constexpr int rounds = assent::config::thread_sanitizer ? 300 : 3'000;

} // namespace

TEST_CASE("a group is unregistered with one heavy fence, and counts as one unregistration") {
    in_each_domain([](const assent::domain& in) {
        const std::uint64_t one = in.fences() == assent::fence_kind::asymmetric ? 1 : 0;
        dispatcher<event> d(in);
        dispatcher<keyed_event> keys(in);
        census callables;
        const auto nothing = [m = census::member(callables)](const auto&) {};
        std::vector<registration> group;
        for (int i = 0; i < 10; ++i) group.push_back(d.on({.priority = i % 3}, nothing));
        const registration stays = keys.on("a key", nothing);
        for (int i = 0; i < 10; ++i) group.push_back(keys.on("a key", nothing));
        const auto fences = [&in](auto act) {
            const auto before = in.heavy_fences();
            act();
            return in.heavy_fences() - before;
        };
        // For each dispatcher. Few enough for no block to be replaced, which has a fence of its own.
        CHECK(fences([&] { CHECK(unregister_all(group) == unregister_result::done); }) == 2 * one);
        CHECK(callables.alive() == 2); // `nothing` itself, and the one that stays
        for (const registration& r : group) CHECK_FALSE(r.active());
        CHECK(unregister_all(group) == unregister_result::empty);
        // Not so many that notifications have to fence from now on: the next one still interrupts.
        registration next = d.on({.priority = 1}, nothing);
        CHECK(fences([&] { next.unregister(); }) == one);
        // A thousand: a few more, for blocks that are replaced.
        group.clear();
        for (int i = 0; i < 1000; ++i) group.push_back(keys.on("a key", nothing));
        CHECK(fences([&] { unregister_all(group); }) <= 5 * one);
    });
}

TEST_CASE(
    "G1 a group may hold registrations of several dispatchers and categories, dead, dormant and empty ones") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> one(in);
        dispatcher<keyed_event> keys(in);
        dispatcher<change> changes(in);
        auto gone = std::make_unique<dispatcher<event>>(in);
        census callables;
        int calls = 0;
        const auto count = [&calls, m = census::member(callables)](const auto&) { ++calls; };
        std::vector<registration> group;
        group.push_back(one.on(count));
        group.emplace_back();
        group.push_back(keys.on("a", count));
        group.push_back(gone->on(count));
        group.push_back(keys.on("b", count));
        group.push_back(one.on({.deferred = true}, count));
        group.push_back(changes.on([m = census::member(callables)](const int&) { return true; },
                                   [](const int&) noexcept {}, [](const int&) noexcept {}));
        group.push_back(one.on(count));
        const registration stays = one.on([&calls](const event&) { calls += 100; });
        dispatcher<event> dormant_only(in);
        group.push_back(dormant_only.on({.deferred = true}, count));
        gone.reset();
        CHECK(unregister_all(group) == unregister_result::done);
        one.notify({});
        keys.notify({"a"});
        keys.notify({"b"});
        CHECK(changes.transact(1, [] {}));
        CHECK(calls == 100);
        CHECK(callables.alive() == 1); // `count` itself
    });
}

TEST_CASE("G1 unregistering a group waits for those of it that run, and for nobody else") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        dispatcher<event> elsewhere(in);
        stop inside;
        stop unrelated;
        std::atomic<int> later{0};
        std::vector<registration> group;
        group.push_back(d.on([&](const event&) { inside.here(); }));
        group.push_back(d.on([&](const event&) { ++later; }));
        const registration other = elsewhere.on([&](const event&) { unrelated.here(); });
        const runner blocked([&] { elsewhere.notify({}); });
        const runner notifying([&] { d.notify({}); });
        unrelated.entered.wait();
        inside.entered.wait();
        std::atomic<bool> returned{false};
        runner unregistering([&] {
            CHECK(unregister_all(group) == unregister_result::done);
            returned = true;
        });
        CHECK(stays_false([&] { return returned.load(); }));
        inside.leave.open();
        unregistering.join();
        CHECK(later.load() == 0);
        unrelated.leave.open();
    });
}

TEST_CASE("G2 a callback may unregister a group that it belongs to") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        std::vector<registration> group;
        int calls = 0;
        for (int i = 0; i < 3; ++i)
            group.push_back(d.on([&, m = census::member(callables)](const event&) {
                ++calls;
                CHECK(unregister_all(group) == unregister_result::inside_callback);
                CHECK(callables.alive() == 1);
            }));
        d.notify({});
        CHECK(calls == 1);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("a group in storage of the caller's is unregistered before the storage goes") {
    dispatcher<event> d;
    assent::registration_storage<> room[3];
    std::vector<registration> group;
    for (auto& each : room) group.push_back(d.on_in(each, [](const event&) {}));
    CHECK(unregister_all(group) == unregister_result::done);
    for (auto& each : room) CHECK(each.vacant());
}

TEST_CASE("G1 no callback of a group is called after it was unregistered, beside notifications") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        dispatcher<keyed_event> keys(in);
        std::atomic<bool> running{true};
        std::atomic<long> violations{0};
        {
            std::vector<std::unique_ptr<runner>> notifiers;
            for (int t = 0; t < 3; ++t)
                notifiers.push_back(std::make_unique<runner>([&] {
                    const keyed_event keyed{"a key"};
                    while (running.load(std::memory_order_relaxed)) {
                        d.notify({});
                        keys.notify(keyed);
                    }
                }));
            std::vector<std::unique_ptr<std::atomic<bool>>> gone;
            std::minstd_rand random(1);
            for (int i = 0; i < rounds; ++i) {
                gone.push_back(std::make_unique<std::atomic<bool>>(false));
                const auto look = [&violations, over = gone.back().get()](const auto&) {
                    if (over->load(std::memory_order_acquire)) ++violations;
                };
                std::vector<registration> group;
                for (auto n = random() % 6 + 1; n > 0; --n) {
                    group.push_back(d.on({.priority = static_cast<int>(n % 2)}, look));
                    if (n % 2 == 0) group.push_back(keys.on("a key", look));
                }
                if (unregister_all(group) != unregister_result::done) ++violations;
                gone.back()->store(true, std::memory_order_release);
            }
            running.store(false, std::memory_order_relaxed);
        }
        CHECK(violations.load() == 0);
    });
}
