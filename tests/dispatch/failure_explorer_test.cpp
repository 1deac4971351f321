// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/failure_explorer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using assent::dispatcher;
using assent::explore_failures;
using assent::detail::protocol_log;
using assent::detail::told;

struct change {
    using event_type = int;
    using status_type = bool;
};
struct silent_change {
    using event_type = int;
    using status_type = bool;
    static constexpr assent::transaction_rules rules{.withdrawn = assent::withdrawn_participant::silent};
};
struct keyed_change {
    using event_type = int;
    using status_type = int;
    using key_type = int;
    static int key(int e) { return e; }
};

/// A value that is locked while a change is prepared.
struct cell {
    int value = 0;
    int wanted = 0;
    bool locked = false;
    bool prepare(int e) {
        locked = true;
        wanted = e;
        return true;
    }
    void commit(int) noexcept {
        value = wanted;
        locked = false;
    }
    void abort(int) noexcept { locked = false; }
};
/// Forgets to unlock.
struct leaky_cell : cell {
    void abort(int) noexcept {}
};

std::vector<assent::transaction_rules> every_rule() {
    std::vector<assent::transaction_rules> all;
    for (const auto audience : {assent::abort_audience::prepared, assent::abort_audience::with_refuser,
                                assent::abort_audience::everyone})
        for (const auto order : {assent::abort_order::reverse, assent::abort_order::forward})
            for (const auto refusal : {assent::after_refusal::stop, assent::after_refusal::ask_rest})
                for (const auto withdrawn :
                     {assent::withdrawn_participant::aborted, assent::withdrawn_participant::silent})
                    for (const auto commits : {assent::commit_order::forward, assent::commit_order::reverse})
                        all.push_back({audience, order, refusal, withdrawn, commits});
    return all;
}

bool mentions(const assent::exploration& found, const std::string& words) {
    return found.text().find(words) != std::string::npos;
}

std::string all_of(const std::vector<std::string>& complaints) {
    std::string joined;
    for (const std::string& c : complaints) joined += c + "; ";
    return joined;
}

constexpr std::size_t points_of(std::size_t participants) {
    return assent::config::exceptions ? 1 + 2 * (participants + 1) : 1 + participants + 1;
}

} // namespace

TEST_CASE(
    "1 to 6 participants keep the protocol at every point of failure under every combination of rules") {
    for (const assent::transaction_rules& rules : every_rule()) {
        for (std::size_t count = 1; count <= 6; ++count) {
            const auto found = explore_failures<change>([&](auto& run) {
                dispatcher<change> d;
                std::array<cell, 6> cells;
                std::vector<typename std::decay_t<decltype(run)>::registered> all;
                for (std::size_t i = 0; i < count; ++i)
                    all.push_back(run.on(d, {.priority = static_cast<int>(i % 3)}, std::ref(cells[i])));
                const bool happened = run.transact(d, 7, [] {}, {.rules = rules});
                run.require(happened == (run.fails() == assent::failure::none), "the wrong outcome");
                for (std::size_t i = 0; i < count; ++i) {
                    run.require(!cells[i].locked, "a cell stays locked");
                    run.require(cells[i].value == (happened ? 7 : 0), "a cell has the wrong value");
                }
            });
            CHECK_MESSAGE(static_cast<bool>(found), found.text());
            CHECK(found.points.size() == points_of(count));
        }
    }
}

TEST_CASE("a participant that leaves while another prepares, commits or aborts is no violation") {
    const auto scenario = [](auto& run, auto& d) {
        using registered = typename std::decay_t<decltype(run)>::registered;
        std::optional<registered> second;
        const auto first = run.on(d, {.name = "first"}, cell());
        second.emplace(run.on(d, {.name = "second"}, cell()));
        const auto third = run.on(
            d, {.name = "third"}, [&](int) { return second->unregister(), true; }, [](int) noexcept {},
            [](int) noexcept {});
        run.transact(d, 7, [] {});
    };
    const auto aborted = explore_failures<change>([&](auto& run) {
        dispatcher<change> d;
        scenario(run, d);
    });
    CHECK_MESSAGE(static_cast<bool>(aborted), aborted.text());
    const auto silent = explore_failures<silent_change>([&](auto& run) {
        dispatcher<silent_change> d;
        scenario(run, d);
    });
    CHECK_MESSAGE(static_cast<bool>(silent), silent.text());
}

TEST_CASE("a participant that registers another in between or leaves from inside itself is no violation") {
    const auto found = explore_failures<change>([](auto& run) {
        dispatcher<change> d;
        using registered = typename std::decay_t<decltype(run)>::registered;
        std::optional<registered> late;
        std::optional<registered> leaver;
        const auto first = run.on(
            d, {},
            [&](int) { return late.emplace(run.on(d, {.priority = -1, .name = "late"}, cell())), true; },
            [](int) noexcept {}, [](int) noexcept {});
        leaver.emplace(run.on(
            d, {.name = "leaver"}, [&](int) { return leaver->unregister(), true; }, [](int) noexcept {},
            [](int) noexcept {}));
        run.transact(d, 7, [] {});
        run.transact(d, 8, [] {});
    });
    CHECK_MESSAGE(static_cast<bool>(found), found.text());
}

TEST_CASE("keys, other dispatchers, and one callable for all phases") {
    const auto found = explore_failures<keyed_change>(
        [](auto& run) {
            dispatcher<keyed_change> d;
            dispatcher<keyed_change> other;
            int asked = 0;
            const auto count = [&](const auto& notice, int) noexcept {
                asked += notice.which == assent::phase::prepare;
                return 0;
            };
            const auto a = run.on(d, 1, {.name = "one"}, count);
            const auto b = run.on(d, 2, {.name = "two"}, count);
            const auto c = run.on(other, 1, {.name = "other"}, count);
            run.transact(d, 1, [] { return true; });
            run.require(asked <= 1, "somebody else was asked");
        },
        -5);
    CHECK_MESSAGE(static_cast<bool>(found), found.text());
    CHECK(found.points.size() == points_of(1));
}

namespace {
struct module_change {
    struct event_type {
        int module = 0;
        bool comes = true;
    };
    using status_type = std::error_code;
    using instance_type = int;
    static event_type arrival(int i) { return {i, true}; }
    static event_type removal(int i) { return {i, false}; }
};
struct module_cell {
    bool locked = false;
    int modules = 0;
    std::error_code prepare(const module_change::event_type&) { return locked = true, std::error_code(); }
    void commit(const module_change::event_type& e) noexcept { modules += e.comes ? 1 : -1, locked = false; }
    void abort(const module_change::event_type&) noexcept { locked = false; }
};
} // namespace

TEST_CASE("G5 a joint change keeps the protocol at every point of failure, whatever the rules of its parts") {
    const std::vector<assent::transaction_rules> all = every_rule();
    for (std::size_t i = 0; i < all.size(); ++i) {
        // Each part in each role, beside parts with other rules.
        const auto& first = all[i];
        const auto& second = all[(i * 7 + 5) % all.size()];
        const auto& third = all[(i * 29 + 11) % all.size()];
        for (std::size_t count = 1; count <= 2; ++count) {
            const auto found = explore_failures<change, module_change, keyed_change>([&](auto& run) {
                dispatcher<change> cells;
                dispatcher<module_change> modules;
                dispatcher<keyed_change> bays;
                std::array<cell, 2> c;
                std::array<module_cell, 2> m;
                int open = 0;
                std::vector<typename std::decay_t<decltype(run)>::registered> kept;
                for (std::size_t k = 0; k < count; ++k) {
                    const int priority = static_cast<int>(k);
                    kept.push_back(run.on(cells, {.priority = priority}, std::ref(c[k])));
                    kept.push_back(run.on(modules, {.priority = priority}, std::ref(m[k])));
                    for (const int key : {4, 5})
                        kept.push_back(run.on(
                            bays, key, {}, [&](int) { return ++open, 0; }, [&](int) noexcept { --open; },
                            [&](int) noexcept { --open; }));
                }
                for (const bool comes : {true, false}) {
                    const int before = m[0].modules;
                    bool happened = false;
                    open = 0;
                    if (comes) {
                        happened =
                            run.transact([] {}, assent::part(cells, 7, first),
                                         assent::arrival(modules, 3, second), assent::part(bays, 4, third));
                    } else {
                        const std::array<int, 2> keys{5, 4};
                        happened =
                            run.transact([] { return true; }, assent::part_keys(bays, keys, 5, first),
                                         assent::removal(modules, 3, second), assent::part(cells, 0, third));
                    }
                    for (std::size_t k = 0; k < count; ++k) {
                        run.require(!c[k].locked && !m[k].locked, "something stays locked");
                        run.require(m[k].modules == before + (happened ? (comes ? 1 : -1) : 0),
                                    "a module is counted wrong");
                        if (happened)
                            run.require(c[k].value == (comes ? 7 : 0), "a cell has the wrong value");
                    }
                    // Who was not asked may be told of an abort all the same.
                    run.require(open <= 0, "a bay stays open");
                }
            });
            CHECK_MESSAGE(static_cast<bool>(found), found.text());
            CHECK(found.points.size() >= points_of(3 * count));
        }
    }
}

TEST_CASE("each departure from the protocol of a joint change is reported") {
    struct line {
        std::vector<std::pair<std::size_t, told>> said;
        bool committed;
        const char* complaint;
    };
    using enum told;
    constexpr auto act = protocol_log::the_action;
    // Participants 0 and 1 are in the first part, 2 in the second.
    const std::vector<line> lines{
        {{{0, agreed}, {1, agreed}, {2, agreed}, {act, acted}, {0, commit}, {1, commit}, {2, commit}},
         true,
         ""},
        {{{0, agreed}, {1, agreed}, {2, refused}, {1, abort}, {0, abort}}, false, ""},
        {{{0, agreed}, {1, agreed}, {2, agreed}, {act, acted}, {2, abort}, {1, abort}, {0, abort}},
         false,
         ""},
        {{{2, agreed}, {0, agreed}, {1, agreed}, {act, acted}, {0, commit}, {1, commit}, {2, commit}},
         true,
         "asked out of order"},
        {{{0, agreed}, {1, agreed}, {2, agreed}, {act, acted}, {2, commit}, {0, commit}, {1, commit}},
         true,
         "commits out of order"},
        {{{0, agreed}, {1, agreed}, {2, agreed}, {act, acted}, {1, abort}, {0, abort}, {2, abort}},
         false,
         "aborts out of order"},
        {{{0, agreed}, {1, refused}, {2, agreed}, {2, abort}, {0, abort}}, false, "asked after a refusal"},
        {{{0, agreed}, {1, agreed}, {2, refused}}, false, "never told how it ended"},
        {{{0, agreed}, {1, agreed}, {2, agreed}, {act, acted}, {0, commit}, {1, commit}, {2, abort}},
         true,
         "one commits and another aborts"},
    };
    for (const line& l : lines) {
        protocol_log log;
        for (const char* name : {"a", "b", "c"}) log.join(name, 0);
        log.participants[2].part = 1;
        log.begin([](std::size_t) { return true; });
        for (const auto& [who, what] : l.said) log.say(who, what);
        const assent::transaction_rules rules[] = {{.refusal = assent::after_refusal::ask_rest}, {}};
        const std::string complaints = all_of(log.end_joint(rules, l.committed));
        INFO(complaints);
        if (*l.complaint == '\0') {
            CHECK(complaints.empty());
        } else {
            CHECK_MESSAGE(complaints.find(l.complaint) != std::string::npos, l.complaint);
        }
    }
}

TEST_CASE("a participant that does not undo is reported at each point where it should have") {
    const auto found = explore_failures<change>([](auto& run) {
        dispatcher<change> d;
        leaky_cell leaky;
        const auto a = run.on(d, {.name = "leaky"}, std::ref(leaky));
        const auto b = run.on(d, {.name = "second"}, cell());
        run.transact(d, 7, [] {});
        run.require(!leaky.locked, "leaky stays locked");
    });
    CHECK_FALSE(static_cast<bool>(found));
    // Not where nothing fails, and not where leaky itself refused.
    CHECK(found.violations() == (assent::config::exceptions ? 4 : 2));
    CHECK(mentions(found, "refusal by 'second':\n    leaky stays locked\n"));
    CHECK(mentions(found, "the action fails:\n    leaky stays locked\n"));
    CHECK(mentions(found, "nothing fails: ok\n"));
}

TEST_CASE("a participant that announces from inside the change it was asked about is reported") {
    const auto found = explore_failures<change>([](auto& run) {
        dispatcher<change> d;
        const auto a = run.on(
            d, {.name = "hasty"}, [&](int e) { return d.announce(e), true; }, [](int) noexcept {},
            [](int) noexcept {});
        run.transact(d, 7, [] {});
    });
    CHECK_FALSE(static_cast<bool>(found));
    CHECK(mentions(found, "'hasty' is told to commit what it did not agree to"));
}

TEST_CASE("a scenario without a transaction explores nothing and is not a success") {
    CHECK_FALSE(static_cast<bool>(explore_failures<change>([](auto&) {})));
}

// The judge itself: each departure from the protocol, written down by hand, is reported.
TEST_CASE("each departure from the protocol is reported") {
    struct line {
        std::vector<std::pair<std::size_t, told>> said;
        bool committed;
        assent::transaction_rules rules;
        const char* complaint; ///< empty: none
    };
    constexpr auto act = protocol_log::the_action;
    constexpr assent::transaction_rules usual{};
    const assent::transaction_rules forward{.order = assent::abort_order::forward};
    const assent::transaction_rules last_first{.commits = assent::commit_order::reverse};
    const assent::transaction_rules everyone{.audience = assent::abort_audience::everyone};
    const assent::transaction_rules refuser{.audience = assent::abort_audience::with_refuser};
    const assent::transaction_rules all_asked{.refusal = assent::after_refusal::ask_rest};
    using enum told;
    const std::vector<line> lines{
        {{{0, agreed}, {1, agreed}, {act, acted}, {0, commit}, {1, commit}}, true, usual, ""},
        {{{0, agreed}, {1, agreed}, {act, acted}, {1, abort}, {0, abort}}, false, usual, ""},
        {{{0, agreed}, {1, refused}, {0, abort}}, false, usual, ""},
        {{{0, agreed}, {1, refused}, {1, abort}, {0, abort}}, false, refuser, ""},
        {{{0, refused}, {1, abort}, {0, abort}}, false, everyone, ""},
        {{{0, refused}, {1, agreed}, {1, abort}}, false, all_asked, ""},
        {{{0, agreed}, {1, agreed}, {0, agreed}, {act, acted}, {0, commit}, {1, commit}},
         true,
         usual,
         "asked more than once"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {0, commit}}, true, usual, "never told how it ended"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {0, commit}, {1, commit}, {1, abort}},
         true,
         usual,
         "the end more than once"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {0, commit}, {1, abort}},
         true,
         usual,
         "one commits and another aborts"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {0, abort}, {1, abort}},
         false,
         usual,
         "aborts out of order"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {1, abort}, {0, abort}},
         false,
         forward,
         "aborts out of order"},
        {{{1, agreed}, {0, agreed}, {act, acted}, {0, commit}, {1, commit}},
         true,
         usual,
         "asked out of order"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {1, commit}, {0, commit}},
         true,
         usual,
         "commits out of order"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {1, commit}, {0, commit}}, true, last_first, ""},
        {{{0, agreed}, {1, agreed}, {act, acted}, {0, commit}, {1, commit}},
         true,
         last_first,
         "commits out of order"},
        {{{0, agreed}, {act, acted}, {0, commit}}, true, usual, "was never asked"},
        {{{0, agreed}, {act, acted}, {0, commit}, {1, commit}},
         true,
         usual,
         "commit what it did not agree to"},
        {{{0, agreed}, {1, agreed}, {0, commit}, {1, commit}}, true, usual, "commits before the action"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {0, commit}, {1, commit}},
         false,
         usual,
         "a change that did not happen"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {1, abort}, {0, abort}},
         true,
         usual,
         "although the change happened"},
        {{{0, refused}, {1, agreed}, {1, abort}}, false, usual, "asked after a refusal"},
        {{{0, agreed}, {1, refused}, {act, acted}, {0, abort}}, false, usual, "the action runs although"},
        {{{0, agreed}, {1, refused}, {1, abort}, {0, abort}}, false, usual, "an abort that is not for it"},
        {{{0, agreed}, {1, refused}, {0, abort}}, false, refuser, "misses an abort"},
        {{{0, refused}, {0, abort}}, false, everyone, "misses an abort"},
        {{{0, agreed}, {1, agreed}, {act, acted}, {act, acted}, {0, commit}, {1, commit}},
         true,
         usual,
         "the action ran twice"},
        {{{0, agreed}, {act, acted}, {1, agreed}, {0, commit}, {1, commit}}, true, usual, "asked too late"},
        {{{0, agreed}, {1, refused}, {0, abort_withdrawn}}, false, usual, "a withdrawal there was none of"},
    };
    for (const line& l : lines) {
        protocol_log log;
        log.join("a", 0);
        log.join("b", 0);
        log.begin([](std::size_t) { return true; });
        for (const auto& [who, what] : l.said) log.say(who, what);
        const std::string complaints = all_of(log.end(l.rules, l.committed));
        INFO(complaints);
        if (*l.complaint == '\0') {
            CHECK(complaints.empty());
        } else {
            CHECK_MESSAGE(complaints.find(l.complaint) != std::string::npos, l.complaint);
        }
    }
}

TEST_CASE("a call after unregister is reported, and one to somebody who joined meanwhile") {
    protocol_log log;
    log.join("a", 0);
    log.begin([](std::size_t) { return true; });
    log.join("late", 0);
    log.say(1, told::agreed);
    log.participants[0].unregistered = true;
    log.enter(0);
    const std::string complaints = all_of(log.end({}, false));
    CHECK(complaints.find("'a' is told something after it was unregistered") != std::string::npos);
    CHECK(complaints.find("'late' hears of a transaction it was not part of") != std::string::npos);
}
