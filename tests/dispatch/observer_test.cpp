// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/observer.hpp>

#include <assent/assent.hpp>

#include "domains.hpp"
#include "gate.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#endif

namespace {

using namespace std::chrono_literals;
using assent::activity;
using assent::activity_kind;
using assent::activity_recorder;
using assent::ending;
using assent::observed_by;
using test_support::gate;
using test_support::runner;

struct saved {
    int revision;
};
struct reload {
    using event_type = int;
    using status_type = bool;
};
struct parts {
    struct event_type {
        int part;
        bool comes;
    };
    using instance_type = int;
    static event_type arrival(int part) { return {part, true}; }
    static event_type removal(int part) { return {part, false}; }
};
struct modules {
    using event_type = int;
    using status_type = bool;
    using instance_type = int;
    static int arrival(int module) { return module; }
    static int removal(int module) { return -module; }
};
struct per_key {
    using event_type = int;
    using status_type = bool;
    using key_type = int;
    static int key(int event) { return event; }
};

template <class Category> using recorded = assent::dispatcher<Category, observed_by<activity_recorder>>;

struct quiet {
    void began(const activity&) noexcept {}
    void ended(const activity&, ending) noexcept {}
};
struct with_memo {
    int began(const activity&) noexcept { return 1; }
    void ended(const activity&, ending, int& memo) noexcept { ++memo; }
};
struct throwing_began {
    void began(const activity&) {}
    void ended(const activity&, ending) noexcept {}
};
struct throwing_ended {
    void began(const activity&) noexcept {}
    void ended(const activity&, ending) {}
};
struct answering_ended {
    void began(const activity&) noexcept {}
    bool ended(const activity&, ending) noexcept { return true; }
};
struct wrong_memo {
    int began(const activity&) noexcept { return 1; }
    void ended(const activity&, ending, std::string&) noexcept {}
};

static_assert(assent::observer<quiet> && assent::observer<with_memo> &&
              assent::observer<assent::no_observer>);
static_assert(assent::observer<assent::observer_reference<activity_recorder>>);
static_assert(assent::observer<assent::observer_reference<assent::watchdog<>>>);
static_assert(assent::observer<assent::observer_reference<assent::trace_writer<>>>);
static_assert(!assent::observer<saved>, "it sees nothing");
static_assert(!assent::observer<throwing_began> && !assent::observer<throwing_ended>,
              "what has begun ends, whatever an observer thinks of it");
static_assert(!assent::observer<answering_ended>, "nobody would hear the answer");
static_assert(!assent::observer<wrong_memo>, "it is given what began() returned, nothing else");
static_assert(!assent::observer<activity_recorder>, "a dispatcher cannot keep what does not move");
static_assert(!std::is_default_constructible_v<assent::observer_reference<activity_recorder>>,
              "a reference refers to something");

/// The callables of a participant that agrees to anything but `refuses`.
struct participant {
    int refuses = 0;
    bool prepare(int event) { return event != refuses; }
    void commit(int) noexcept {}
    void abort(int) noexcept {}
};

/// A clock that stands still until it is told the time.
struct told_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<told_clock>;
    static inline std::atomic<rep> time{0};
    static time_point now() noexcept { return time_point(duration(time.load())); }
    static void pass(duration d) noexcept { time += d.count(); }
};

TEST_CASE("an observer sees a notification and in it every callback, by name and in order") {
    activity_recorder seen;
    recorded<saved> saves(seen);
    const auto first = saves.on({.name = "first"}, [](const saved&) {});
    const auto nameless = saves.on([](const saved&) {});
    saves.notify({1});
    CHECK(seen.print().find("begin notification ") == 0);
    CHECK(seen.seen().front().category.find("saved") != std::string::npos);
    seen.clear();
    {
        const auto high = saves.on({.priority = 1, .name = "high"}, [](const saved&) {});
        saves.notify({2});
    }
    std::string lines;
    for (const auto& a : seen.seen())
        if (a.kind == activity_kind::callback) lines += a.print() + '\n';
    CHECK(lines == "begin callback 'high'\n"
                   "end callback 'high': done\n"
                   "begin callback 'first'\n"
                   "end callback 'first': done\n"
                   "begin callback ''\n"
                   "end callback '': done\n");
    CHECK(seen.seen().back().print().find("end notification ") == 0);
    CHECK(seen.seen().back().ended == ending::done);
}

/// What was seen, without the names of the categories, which compilers spell differently.
std::string plain(const activity_recorder& seen) {
    std::string text;
    for (auto a : seen.seen()) {
        a.category = "X";
        text += a.print() + '\n';
    }
    return text;
}

TEST_CASE("an observer sees the phases of a change that is committed") {
    activity_recorder seen;
    recorded<reload> reloads(seen);
    const auto a = reloads.on({.name = "a"}, participant{});
    const auto b = reloads.on({.name = "b"}, participant{});
    CHECK(reloads.transact(1, [] {}));
    CHECK(plain(seen) == "begin transaction X\n"
                         "begin prepare\n"
                         "begin prepare 'a'\n"
                         "end prepare 'a': done\n"
                         "begin prepare 'b'\n"
                         "end prepare 'b': done\n"
                         "end prepare: done\n"
                         "begin action\n"
                         "end action: done\n"
                         "begin commit\n"
                         "begin commit 'a'\n"
                         "end commit 'a': done\n"
                         "begin commit 'b'\n"
                         "end commit 'b': done\n"
                         "end commit: done\n"
                         "end transaction X: done\n");
}

TEST_CASE("an observer sees the callbacks whose callables live in the caller's storage") {
    activity_recorder seen;
    recorded<saved> saves(seen);
    assent::registration_storage<> room;
    const auto stored = saves.on_in(room, {.name = "stored"}, [](const saved&) {});
    saves.notify({1});
    CHECK(plain(seen) == "begin notification X\n"
                         "begin callback 'stored'\n"
                         "end callback 'stored': done\n"
                         "end notification X: done\n");
}

TEST_CASE("in a change over several dispatchers each one's observer sees its own part") {
    activity_recorder one;
    activity_recorder other;
    recorded<reload> first(one);
    recorded<reload> second(other);
    const auto a = first.on({.name = "a"}, participant{});
    const auto b = second.on({.name = "b"}, participant{.refuses = 1});
    CHECK_FALSE(assent::transact([] {}, assent::part(first, 1), assent::part(second, 1)));
    CHECK(plain(one) == "begin transaction X\n"
                        "begin prepare\n"
                        "begin prepare 'a'\n"
                        "end prepare 'a': done\n"
                        "end prepare: done\n"
                        "begin abort\n"
                        "begin abort 'a'\n"
                        "end abort 'a': done\n"
                        "end abort: done\n"
                        "end transaction X: refused\n");
    CHECK(plain(other) == "begin transaction X\n"
                          "begin prepare\n"
                          "begin prepare 'b'\n"
                          "end prepare 'b': refused\n"
                          "end prepare: refused\n"
                          "begin abort\n"
                          "end abort: done\n"
                          "end transaction X: refused\n");
    one.clear();
    const auto done = assent::transact([] {}, assent::part(first, 2), assent::part(first, 3));
    CHECK(done.result() == assent::verdict::would_deadlock);
    CHECK(plain(one).find("end transaction X: would deadlock") != std::string::npos);
}

TEST_CASE("an observer sees a refusal and the aborts that follow it") {
    activity_recorder seen;
    recorded<reload> reloads(seen);
    const auto a = reloads.on({.name = "a"}, participant{});
    const auto b = reloads.on({.name = "b"}, participant{.refuses = 1});
    CHECK_FALSE(reloads.transact(1, [] {}));
    CHECK(plain(seen) == "begin transaction X\n"
                         "begin prepare\n"
                         "begin prepare 'a'\n"
                         "end prepare 'a': done\n"
                         "begin prepare 'b'\n"
                         "end prepare 'b': refused\n"
                         "end prepare: refused\n"
                         "begin abort\n"
                         "begin abort 'a'\n"
                         "end abort 'a': done\n"
                         "end abort: done\n"
                         "end transaction X: refused\n");
}

TEST_CASE(
    "an observer sees an action that fails, a change nobody is asked about, and one that nobody heard of") {
    activity_recorder seen;
    recorded<per_key> changes(seen);
    const auto a = changes.on(1, {.name = "a"}, participant{});
    CHECK_FALSE(changes.transact(1, [] { return false; }));
    CHECK(plain(seen) == "begin transaction X\n"
                         "begin prepare\n"
                         "begin prepare 'a'\n"
                         "end prepare 'a': done\n"
                         "end prepare: done\n"
                         "begin action\n"
                         "end action: failed\n"
                         "begin abort\n"
                         "begin abort 'a'\n"
                         "end abort 'a': done\n"
                         "end abort: done\n"
                         "end transaction X: failed\n");
    seen.clear();
    changes.announce(1);
    CHECK(plain(seen) == "begin announcement X\n"
                         "begin commit 'a'\n"
                         "end commit 'a': done\n"
                         "end announcement X: done\n");
    seen.clear();
    CHECK(changes.transact(2, [] {}));
    CHECK(plain(seen) == "begin transaction X\n"
                         "begin action\n"
                         "end action: done\n"
                         "end transaction X: done\n");
    seen.clear();
    const int both[] = {1, 2};
    CHECK(changes.transact_keys(both, 1, [] {}));
    CHECK(seen.count(activity_kind::transaction) == 1);
    CHECK(seen.count(activity_kind::phase) == 2);
    CHECK(seen.count(activity_kind::callback) == 2);
}

TEST_CASE("an observer sees a change that would deadlock, inside the one that it would wait for") {
    activity_recorder seen;
    recorded<reload> reloads(seen);
    CHECK(reloads.transact(
        1, [&] { CHECK(reloads.transact(2, [] {}).result() == assent::verdict::would_deadlock); }));
    CHECK(plain(seen) == "begin transaction X\n"
                         "begin prepare\n"
                         "end prepare: done\n"
                         "begin action\n"
                         "begin transaction X\n"
                         "end transaction X: would deadlock\n"
                         "end action: done\n"
                         "begin commit\n"
                         "end commit: done\n"
                         "end transaction X: done\n");
}

TEST_CASE("an observer sees a prepare phase that runs out of its time") {
    activity_recorder seen;
    recorded<reload> reloads(seen);
    const auto slow = reloads.on({.name = "slow"}, [until = std::chrono::steady_clock::now() + 1ms](
                                                       const assent::phase_notice<bool>&, int) noexcept {
        while (std::chrono::steady_clock::now() < until) continue;
        return true;
    });
    const auto never = reloads.on({.name = "never"}, participant{});
    CHECK(reloads.transact(1, [] {}, {.budget = 1ns}).result() == assent::verdict::timed_out);
    CHECK(seen.print().find("end prepare: timed out") != std::string::npos);
    CHECK(seen.seen().back().ended == ending::timed_out);
}

TEST_CASE("an observer sees what a newcomer is told of what exists, and a refusal of it") {
    activity_recorder seen;
    recorded<parts> stock(seen);
    stock.notify_arrival(1);
    CHECK(plain(seen) == "begin notification X\n"
                         "end notification X: done\n");
    seen.clear();
    const auto newcomer = stock.on({.name = "newcomer", .replay = true}, [](const parts::event_type&) {});
    CHECK(plain(seen) == "begin replay X\n"
                         "begin callback 'newcomer'\n"
                         "end callback 'newcomer': done\n"
                         "end replay X: done\n");

    activity_recorder asked;
    recorded<modules> loaded(asked);
    CHECK(loaded.transact_arrival(7, [] {}));
    asked.clear();
    const auto refuser = loaded.on({.name = "refuser", .replay = true}, participant{.refuses = 7});
    CHECK(plain(asked) == "begin replay X\n"
                          "begin prepare 'refuser'\n"
                          "end prepare 'refuser': refused\n"
                          "end replay X: refused\n");
}

TEST_CASE("an observer sees a newcomer that registered during a change hear of it afterwards") {
    activity_recorder seen;
    recorded<modules> loaded(seen);
    assent::registration newcomer;
    CHECK(loaded.transact_arrival(
        7, [&] { newcomer = loaded.on({.name = "newcomer", .replay = true}, participant{}); }));
    const std::string text = plain(seen);
    CHECK(text.find("end transaction X: done\n"
                    "begin replay X\n"
                    "begin prepare 'newcomer'\n"
                    "end prepare 'newcomer': done\n"
                    "begin commit 'newcomer'\n"
                    "end commit 'newcomer': done\n"
                    "end replay X: done\n") != std::string::npos);
}

TEST_CASE(
    "an observer sees an event notified inside a callback inside it, or after it where events are queued") {
    activity_recorder seen;
    recorded<saved> saves(seen);
    const auto r = saves.on({.name = "r"}, [&](const saved& e) {
        if (e.revision > 0) saves.notify({e.revision - 1});
    });
    saves.notify({1});
    CHECK(plain(seen) == "begin notification X\n"
                         "begin callback 'r'\n"
                         "begin notification X\n"
                         "begin callback 'r'\n"
                         "end callback 'r': done\n"
                         "end notification X: done\n"
                         "end callback 'r': done\n"
                         "end notification X: done\n");

    activity_recorder queued;
    recorded<parts> stock(queued);
    const auto q = stock.on({.name = "q"}, [&](const parts::event_type& e) {
        if (e.comes) stock.notify_removal(e.part);
    });
    stock.notify_arrival(1);
    CHECK(plain(queued) == "begin notification X\n"
                           "begin callback 'q'\n"
                           "end callback 'q': done\n"
                           "end notification X: done\n"
                           "begin notification X\n"
                           "begin callback 'q'\n"
                           "end callback 'q': done\n"
                           "end notification X: done\n");
}

TEST_CASE(
    "an observer sees the abort of a prepared participant that is unregistered, on the thread that does it") {
    activity_recorder seen;
    recorded<reload> reloads(seen);
    auto leaver = reloads.on({.name = "leaver"}, participant{});
    CHECK(reloads.transact(1, [&] { runner([&] { static_cast<void>(leaver.unregister()); }).join(); }));
    bool told = false;
    for (const auto& a : seen.seen()) {
        if (a.kind != activity_kind::callback || a.in_phase != assent::phase::abort) continue;
        told = true;
        CHECK(a.name == "leaver");
        CHECK(a.thread != std::this_thread::get_id());
    }
    CHECK(told);
}

TEST_CASE("several threads are seen at once, and what each begins it ends, innermost first") {
    test_support::in_each_domain([](const assent::domain& in) {
        activity_recorder seen;
        recorded<saved> saves(seen, in);
        const auto r = saves.on({.name = "r"}, [](const saved&) {});
        {
            std::vector<std::unique_ptr<runner>> threads;
            for (int t = 0; t < 3; ++t)
                threads.push_back(std::make_unique<runner>([&] {
                    for (int i = 0; i < 50; ++i) saves.notify({i});
                }));
        }
        CHECK(seen.count(activity_kind::notification) == 150);
        CHECK(seen.count(activity_kind::callback) == 150);
        std::vector<std::pair<std::thread::id, std::vector<activity_kind>>> open;
        for (const auto& a : seen.seen()) {
            auto it =
                std::find_if(open.begin(), open.end(), [&](const auto& o) { return o.first == a.thread; });
            if (it == open.end()) it = open.insert(open.end(), {a.thread, {}});
            if (!a.ended) {
                it->second.push_back(a.kind);
            } else {
                REQUIRE(!it->second.empty());
                CHECK(it->second.back() == a.kind);
                it->second.pop_back();
            }
        }
        for (const auto& o : open) CHECK(o.second.empty());
    });
}

TEST_CASE("G13 the observer kept by a dispatcher outlives it for as long as one of its callbacks runs") {
    struct counting {
        explicit counting(std::shared_ptr<int> to) : balance(std::move(to)) {}
        void began(const activity&) noexcept { ++*balance; }
        void ended(const activity&, ending) noexcept { --*balance; }
        std::shared_ptr<int> balance;
    };
    struct policy : assent::default_policy {
        using observer = counting;
    };
    const auto balance = std::make_shared<int>(0);
    auto saves = std::make_unique<assent::dispatcher<saved, policy>>(counting(balance));
    assent::registration r;
    r = saves->on([&](const saved&) {
        CHECK(*balance == 2);
        saves.reset();
        static_cast<void>(r.unregister());
    });
    saves->notify({1});
    CHECK(*balance == 0);
    CHECK(balance.use_count() == 1);
}

TEST_CASE("dispatchers that share an observer are told apart") {
    struct dispatchers {
        std::vector<const void*> seen;
        void began(const activity& a) noexcept {
            if (a.kind == activity_kind::notification) seen.push_back(a.dispatcher);
        }
        void ended(const activity&, ending) noexcept {}
    } shared;
    assent::dispatcher<saved, observed_by<dispatchers>> a(shared);
    assent::dispatcher<saved, observed_by<dispatchers>> b(shared);
    a.notify({1});
    b.notify({1});
    a.notify({2});
    REQUIRE(shared.seen.size() == 3);
    CHECK(shared.seen[0] != shared.seen[1]);
    CHECK(shared.seen[0] == shared.seen[2]);
}

TEST_CASE("a dispatcher without observer is no larger for it") {
    struct plain_policy : assent::default_policy {};
    CHECK(sizeof(assent::dispatcher<saved, plain_policy>) == sizeof(void*));
    CHECK(std::is_empty_v<assent::no_observer>);
}

TEST_CASE("a watchdog reports the callbacks over its budget by the name of their registration") {
    std::vector<std::string> late;
    const auto report = [&](const assent::overrun& o) noexcept {
        late.push_back(std::string(o.name) + (o.in_phase ? std::string(assent::word_for(*o.in_phase)) : "") +
                       (o.still_runs ? "..." : "") + std::to_string(o.took / 1ms));
    };
    using dog_type = assent::watchdog<decltype(report), told_clock>;
    dog_type dog(10ms, report);
    assent::dispatcher<saved, observed_by<dog_type>> saves(dog);
    const auto slow = saves.on({.name = "slow"}, [](const saved&) { told_clock::pass(11ms); });
    const auto just = saves.on({.name = "just"}, [](const saved&) { told_clock::pass(10ms); });
    saves.notify({1});
    CHECK(late == std::vector<std::string>{"slow11"});
    late.clear();
    assent::dispatcher<reload, observed_by<dog_type>> reloads(dog);
    const auto part = reloads.on(
        {.name = "part"}, [](int) { return true; }, [](int) noexcept { told_clock::pass(12ms); },
        [](int) noexcept {});
    // The phases and the change itself may take their time.
    CHECK(reloads.transact(1, [] { told_clock::pass(1000ms); }));
    CHECK(late == std::vector<std::string>{"partcommit12"});
}

TEST_CASE("a watchdog that looks finds the callbacks that do not return, each once") {
    std::vector<std::string> late;
    const auto report = [&](const assent::overrun& o) noexcept {
        late.push_back(std::string(o.name) + (o.still_runs ? " runs" : " returned"));
    };
    using dog_type = assent::watchdog<decltype(report), told_clock>;
    dog_type dog(10ms, report);
    assent::dispatcher<saved, observed_by<dog_type>> saves(dog);
    test_support::stop inside;
    const auto quick = saves.on({.name = "quick"}, [](const saved&) {});
    const auto stuck = saves.on({.name = "stuck"}, [&](const saved&) { inside.here(); });
    runner other([&] { saves.notify({1}); });
    inside.entered.wait();
    CHECK(dog.look() == 0);
    told_clock::pass(11ms);
    CHECK(dog.look() == 1);
    CHECK(dog.look() == 0);
    CHECK(late == std::vector<std::string>{"stuck runs"});
    inside.leave.open();
    other.join();
    CHECK(late == std::vector<std::string>{"stuck runs", "stuck returned"});
    CHECK(dog.look() == 0);
}

#if defined(__cpp_exceptions)

TEST_CASE("G8 an observer sees who threw; every callback, phase and notification still ends") {
    activity_recorder seen;
    recorded<saved> saves(seen);
    const auto a = saves.on({.name = "a"}, [](const saved&) { throw std::runtime_error("a"); });
    const auto b = saves.on({.name = "b"}, [](const saved&) {});
    CHECK_THROWS_AS(saves.notify({1}), std::runtime_error);
    CHECK(plain(seen) == "begin notification X\n"
                         "begin callback 'a'\n"
                         "end callback 'a': threw\n"
                         "begin callback 'b'\n"
                         "end callback 'b': done\n"
                         "end notification X: threw\n");

    activity_recorder asked;
    recorded<reload> reloads(asked);
    const auto p = reloads.on({.name = "p"}, participant{});
    const auto q = reloads.on(
        {.name = "q"}, [](int) -> bool { throw std::runtime_error("q"); }, [](int) noexcept {},
        [](int) noexcept {});
    CHECK_THROWS_AS(static_cast<void>(reloads.transact(1, [] {})), std::runtime_error);
    CHECK(plain(asked) == "begin transaction X\n"
                          "begin prepare\n"
                          "begin prepare 'p'\n"
                          "end prepare 'p': done\n"
                          "begin prepare 'q'\n"
                          "end prepare 'q': threw\n"
                          "end prepare: threw\n"
                          "begin abort\n"
                          "begin abort 'p'\n"
                          "end abort 'p': done\n"
                          "end abort: done\n"
                          "end transaction X: threw\n");

    activity_recorder stocked;
    recorded<parts> stock(stocked);
    const auto s = stock.on({.name = "s"}, [](const parts::event_type&) { throw std::runtime_error("s"); });
    CHECK_THROWS_AS(stock.notify_arrival(1), std::runtime_error);
    CHECK(stocked.seen().back().ended == ending::threw);
    stocked.clear();
    CHECK_THROWS_AS(
        static_cast<void>(stock.on({.name = "n", .replay = true},
                                   [](const parts::event_type&) { throw std::runtime_error("n"); })),
        std::runtime_error);
    CHECK(plain(stocked) == "begin replay X\n"
                            "begin callback 'n'\n"
                            "end callback 'n': threw\n"
                            "end replay X: threw\n");
}

TEST_CASE("an observer sees an action that throws") {
    activity_recorder seen;
    recorded<reload> reloads(seen);
    const auto p = reloads.on({.name = "p"}, participant{});
    CHECK_THROWS_AS(static_cast<void>(reloads.transact(1, [] { throw std::runtime_error("action"); })),
                    std::runtime_error);
    CHECK(seen.print().find("end action: threw\nbegin abort\nbegin abort 'p'\n") != std::string::npos);
    CHECK(seen.seen().back().ended == ending::threw);
}

#if defined(__linux__) && defined(__GLIBCXX__)

TEST_CASE("G8 an observer sees a thread that ends inside a callback, and all that ends with it") {
    activity_recorder seen;
    recorded<saved> saves(seen);
    recorded<reload> reloads(seen);
    const auto r = saves.on({.name = "r"}, [](const saved&) { pthread_exit(nullptr); });
    const auto p = reloads.on(
        {.name = "p"},
        [&](int) {
            saves.notify({1});
            return true;
        },
        [](int) noexcept {}, [](int) noexcept {});
    pthread_t thread{};
    CHECK(pthread_create(
              &thread, nullptr,
              [](void* d) -> void* {
                  static_cast<void>(static_cast<recorded<reload>*>(d)->transact(1, [] {}));
                  return nullptr;
              },
              &reloads) == 0);
    pthread_join(thread, nullptr);
    CHECK(plain(seen) == "begin transaction X\n"
                         "begin prepare\n"
                         "begin prepare 'p'\n"
                         "begin notification X\n"
                         "begin callback 'r'\n"
                         "end callback 'r': cancelled\n"
                         "end notification X: cancelled\n"
                         "end prepare 'p': cancelled\n"
                         "end prepare: cancelled\n"
                         "begin abort\n"
                         "end abort: done\n"
                         "end transaction X: cancelled\n");
}

#endif

#endif

} // namespace
