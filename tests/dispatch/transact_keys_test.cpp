// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using assent::abort_audience;
using assent::abort_order;
using assent::after_refusal;
using assent::commit_order;
using assent::dispatcher;
using assent::phase;
using assent::phase_notice;
using assent::registration;
using assent::verdict;

namespace {

struct slot_change {
    struct event_type {
        int slot = 0;
    };
    using status_type = int;
    using key_type = int;
    static int key(const event_type& e) noexcept { return e.slot; }
};

struct bench {
    dispatcher<slot_change> changes;
    std::string told;
    std::vector<registration> kept;

    void add(int slot, std::string name, int priority = 0, int answer = 0) {
        kept.push_back(changes.on(slot, {.priority = priority},
                                  [this, name = std::move(name), answer](
                                      const phase_notice<int>& n, const slot_change::event_type&) noexcept {
                                      static constexpr const char* signs[] = {"?", "+", "-"};
                                      told += name + signs[static_cast<int>(n.which)] + " ";
                                      return n.which == phase::prepare ? answer : 0;
                                  }));
    }
    auto run(const std::vector<int>& slots, assent::transaction_rules rules = {}) {
        told.clear();
        return changes.transact_keys(slots, {slots.empty() ? 0 : slots.front()}, [this] { told += "act "; },
                                     {.rules = rules, .budget = {}});
    }
};

} // namespace

TEST_CASE("a change of several keys asks by priority, then in the order of the keys, then of registration") {
    bench b;
    b.add(2, "b");
    b.add(1, "a");
    b.add(3, "other");
    b.add(2, "bu", 1);
    b.add(1, "au", 1);
    b.add(1, "low", -1);
    b.add(2, "b2");
    CHECK(b.run({1, 2}));
    CHECK(b.told == "au? bu? a? b? b2? low? act au+ bu+ a+ b+ b2+ low+ ");
    CHECK(b.run({2, 1}));
    CHECK(b.told == "bu? au? b? b2? a? low? act bu+ au+ b+ b2+ a+ low+ ");
}

TEST_CASE("the order is the same with however many keys and priorities") {
    bench b;
    const std::vector<int> slots{4, 2, 3, 1};
    const std::vector<int> priorities{0, 2, -1, 1, -2};
    for (const int priority : priorities)
        for (int slot = 1; slot <= 4; ++slot)
            b.add(slot, std::to_string(slot) + "/" + std::to_string(priority), priority);
    std::string asked, told;
    for (int priority = 2; priority >= -2; --priority) {
        for (const int slot : slots) {
            const std::string name = std::to_string(slot) + "/" + std::to_string(priority);
            asked += name + "? ";
            told += name + "+ ";
        }
    }
    CHECK(b.run(slots));
    CHECK(b.told == asked + "act " + told);
}

TEST_CASE("a key named twice is asked once; keys nobody registered for change nothing") {
    bench b;
    b.add(1, "a");
    CHECK(b.run({7, 1, 1, 8}));
    CHECK(b.told == "a? act a+ ");
    CHECK(b.run({7, 8}));
    CHECK(b.told == "act ");
    CHECK(b.run({}));
    CHECK(b.told == "act ");
}

TEST_CASE("a refusal under one key calls the change off under all of them") {
    bench b;
    b.add(1, "a");
    b.add(2, "b", 0, -5);
    b.add(3, "c");
    const auto refused = b.run({1, 2, 3});
    CHECK(refused.result() == verdict::refused);
    CHECK(refused.status() == -5);
    CHECK(b.told == "a? b? a- ");
    CHECK(!b.run({1, 2, 3}, {.audience = abort_audience::everyone, .order = abort_order::forward}));
    CHECK(b.told == "a? b? a- b- c- ");
    CHECK(!b.run({1, 2, 3}, {.audience = abort_audience::with_refuser, .refusal = after_refusal::ask_rest}));
    CHECK(b.told == "a? b? c? c- b- a- ");
}

TEST_CASE("commits can be told the other way round") {
    bench b;
    b.add(1, "a");
    b.add(1, "u", 1);
    b.add(2, "b");
    CHECK(b.run({1, 2}, {.commits = commit_order::reverse}));
    CHECK(b.told == "u? a? b? act b+ a+ u+ ");
}

TEST_CASE(
    "whoever registers for one of the keys while a change of several is asked about takes no part in it") {
    bench b;
    std::vector<registration> late;
    int heard = 0;
    b.kept.push_back(
        b.changes.on(1, [&](const phase_notice<int>& n, const slot_change::event_type&) noexcept {
            if (n.which == phase::prepare)
                late.push_back(
                    b.changes.on(2, [&](const phase_notice<int>&, const slot_change::event_type&) noexcept {
                        ++heard;
                        return 0;
                    }));
            return 0;
        }));
    b.add(2, "b");
    CHECK(b.run({1, 2}));
    CHECK(heard == 0);
    CHECK(b.run({2}));
    CHECK(heard == 2);
}

TEST_CASE("a change of several keys from inside a callback is refused") {
    bench b;
    auto inner = verdict::committed;
    b.kept.push_back(b.changes.on(1, [&](const phase_notice<int>&, const slot_change::event_type&) noexcept {
        inner = b.changes.transact_keys(std::vector<int>{1, 2}, {1}, [] {}).result();
        return 0;
    }));
    CHECK(b.changes.transact({1}, [] {}));
    CHECK(inner == verdict::would_deadlock);
}
