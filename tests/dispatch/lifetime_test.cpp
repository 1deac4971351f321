// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>

#include "child_process.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_result;
using assent::verdict;

namespace {

struct event {
    int value = 0;
};
struct keyed_event {
    struct event_type {
        int device = 0;
    };
    using key_type = int;
    static int key(const event_type& e) { return e.device; }
};
struct instances {
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

struct told {
    recorder* log;
    std::string name;
    std::function<void(assent::phase)> does = [](assent::phase) {};
    bool prepare(const change::event_type&) {
        log->say("p" + name);
        does(assent::phase::prepare);
        return true;
    }
    void commit(const change::event_type&) noexcept {
        log->say("c" + name);
        does(assent::phase::commit);
    }
    void abort(const change::event_type&) noexcept {
        log->say("a" + name);
        does(assent::phase::abort);
    }
};

} // namespace

TEST_CASE("G13 registrations that outlive their dispatcher are inert and free their callables") {
    in_each_domain([](const assent::domain& in) {
        census callables;
        std::vector<registration> r;
        {
            dispatcher<event> d(in);
            for (int i = 0; i < 50; ++i)
                r.push_back(d.on({.priority = i % 3, .name = "outlives"},
                                 [m = census::member(callables)](const event&) {}));
            r.push_back(d.on({.deferred = true}, [m = census::member(callables)](const event&) {}));
            d.notify({});
        }
        for (registration& one : r) {
            CHECK(!one.active());
            CHECK(!one.start());
        }
        CHECK(r.front().name() == "outlives");
        CHECK(r.front().unregister() == unregister_result::done);
        r.clear();
        CHECK(callables.alive() == 0);
        CHECK(callables.destroyed() == 51);
    });
}

TEST_CASE("G13 the same for receivers of keys") {
    in_each_domain([](const assent::domain& in) {
        census callables;
        std::vector<registration> r;
        {
            dispatcher<keyed_event> d(in);
            for (int i = 0; i < 50; ++i)
                r.push_back(d.on(i % 7, [m = census::member(callables)](const auto&) {}));
        }
        CHECK(!r.back().active());
        r.clear();
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G13 a dispatcher is destroyed while other threads destroy its registrations") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 100; ++round) {
            census callables;
            auto d = std::make_unique<dispatcher<event>>(in);
            std::vector<registration> r[2];
            for (auto& half : r)
                for (int i = 0; i < 20; ++i)
                    half.push_back(d->on([m = census::member(callables)](const event&) {}));
            d->notify({});
            std::atomic<int> ready{0};
            const auto start = [&] {
                ++ready;
                eventually([&] { return ready == 3; });
            };
            {
                const runner a([&] {
                    start();
                    r[0].clear();
                });
                const runner b([&] {
                    start();
                    r[1].clear();
                });
                start();
                d.reset();
            }
            CHECK(callables.alive() == 0);
        }
    });
}

TEST_CASE("G13 a dispatcher is destroyed inside its own callback, the rest of the event is not delivered") {
    in_each_domain([](const assent::domain& in) {
        for (const bool several : {false, true}) {
            census callables;
            auto d = std::make_unique<dispatcher<event>>(in);
            int after = 0;
            const auto a = d->on([&, m = census::member(callables)](const event&) { d.reset(); });
            const auto b = d->on({.priority = several ? -1 : 0}, [&](const event&) { ++after; });
            d->notify({});
            CHECK(d == nullptr);
            CHECK(after == 0);
            CHECK(!a.active());
            CHECK(!b.active());
            CHECK(callables.alive() == 1);
        }
    });
}

TEST_CASE("G13 a callback destroys its dispatcher and every registration, at any depth") {
    in_each_domain([](const assent::domain& in) {
        for (int depth = 1; depth <= 5; ++depth) {
            census callables;
            auto d = std::make_unique<dispatcher<event>>(in);
            std::vector<registration> r;
            for (int i = 0; i < 3; ++i) {
                r.push_back(d->on([&, m = census::member(callables)](const event& e) {
                    if (d == nullptr) return;
                    if (e.value < depth) return d->notify({e.value + 1});
                    d.reset();
                    r.clear();
                    CHECK(callables.alive() >= 1);
                }));
            }
            d->notify({1});
            CHECK(callables.alive() == 0);
        }
    });
}

TEST_CASE("G13 the same for a key's receiver") {
    in_each_domain([](const assent::domain& in) {
        census callables;
        auto d = std::make_unique<dispatcher<keyed_event>>(in);
        registration other = d->on(2, [m = census::member(callables)](const auto&) {});
        registration r;
        r = d->on(1, [&, m = census::member(callables)](const auto&) {
            d.reset();
            r = registration();
            other = registration();
            CHECK(callables.alive() == 1);
        });
        d->notify({1});
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G13 destroyed inside prepare: the change is called off and those prepared are told") {
    in_each_domain([](const assent::domain& in) {
        recorder log;
        auto d = std::make_unique<dispatcher<change>>(in);
        bool acted = false;
        const auto a = d->on(told{&log, "1"});
        const auto b = d->on(told{&log, "2", [&](assent::phase p) {
                                      if (p == assent::phase::prepare) d.reset();
                                  }});
        const auto c = d->on(told{&log, "3"});
        const auto result = d->transact({}, [&] { acted = true; });
        CHECK(result.result() == verdict::refused);
        CHECK(!acted);
        CHECK(log.take() == "p1 p2 a2 a1");
        CHECK(!a.active());
        CHECK(!c.active());
    });
}

TEST_CASE("G13 destroyed inside prepare after a refusal: who destroys it and agrees is told of the abort") {
    in_each_domain([](const assent::domain& in) {
        recorder log;
        auto d = std::make_unique<dispatcher<change>>(in);
        const auto a =
            d->on([](const change::event_type&) { return false; }, [](const change::event_type&) noexcept {},
                  [&](const change::event_type&) noexcept { log.say("never"); });
        const auto b = d->on(told{&log, "2", [&](assent::phase p) {
                                      if (p == assent::phase::prepare) d.reset();
                                  }});
        const auto c = d->on(told{&log, "3"});
        const auto result = d->transact(
            {}, [] {}, {.rules = assent::transaction_rules{.refusal = assent::after_refusal::ask_rest}});
        CHECK(result.result() == verdict::refused);
        CHECK(log.take() == "p2 a2");
    });
}

TEST_CASE("G13 destroyed inside the action, a commit or an abort: everybody is still told") {
    in_each_domain([](const assent::domain& in) {
        for (const int where : {0, 1, 2}) {
            recorder log;
            auto d = std::make_unique<dispatcher<change>>(in);
            const auto destroys = [&](assent::phase p) {
                if ((where == 1 && p == assent::phase::commit) || (where == 2 && p == assent::phase::abort))
                    d.reset();
            };
            const auto a = d->on(told{&log, "1", destroys});
            const auto b = d->on(told{&log, "2", destroys});
            const auto result = d->transact({}, [&] {
                if (where == 0) d.reset();
                return where != 2;
            });
            CHECK(result.result() == (where == 2 ? verdict::failed : verdict::committed));
            CHECK(log.take() == (where == 2 ? "p1 p2 a2 a1" : "p1 p2 c1 c2"));
            CHECK(d == nullptr);
            CHECK(!a.active());
            CHECK(!b.active());
        }
    });
}

TEST_CASE("G13 destroyed in a transaction together with its registrations") {
    in_each_domain([](const assent::domain& in) {
        recorder log;
        census callables;
        auto d = std::make_unique<dispatcher<change>>(in);
        std::vector<registration> r;
        for (int i = 0; i < 3; ++i) {
            r.push_back(
                d->on(told{&log, std::to_string(i), [&, i, m = census::member(callables)](assent::phase p) {
                               if (i != 1 || p != assent::phase::prepare) return;
                               d.reset();
                               r.clear();
                           }}));
        }
        CHECK(!d->transact({}, [] {}));
        CHECK(log.take() == "p0 p1 a0 a1");
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G13 destroyed inside its callback with events queued: those are not delivered") {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<instances>>(in);
        std::vector<int> seen;
        const auto a = d->on([&](const auto& e) {
            seen.push_back(e.id);
            if (e.id != 1) return;
            d->notify({2});
            d->notify_arrival(3);
            d.reset();
        });
        d->notify({1});
        CHECK(seen == std::vector<int>{1});
        CHECK(!a.active());
    });
}

TEST_CASE("G13 a replaying dispatcher destroyed inside its callback calls nobody after") {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<instances>>(in);
        int after = 0;
        const auto a = d->on([&](const auto&) { d.reset(); });
        const auto b = d->on([&](const auto&) { ++after; });
        d->notify({1});
        CHECK(after == 0);
        CHECK(!b.active());
    });
}

TEST_CASE("G13 destroyed by a queued event that a replaying registration delivers") {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<instances>>(in);
        d->notify_arrival(1);
        const auto a = d->on([&](const auto& e) {
            if (e.id == 2) d.reset();
        });
        const auto b = d->on({.replay = true}, [&](const auto& e) {
            if (e.id == 1) d->notify({2});
        });
        CHECK(d == nullptr);
        CHECK(!a.active());
        CHECK(!b.active());
    });
}

TEST_CASE("G13 destroyed by a queued announcement, after the transaction is over") {
    in_each_domain([](const assent::domain& in) {
        recorder log;
        auto d = std::make_unique<dispatcher<change>>(in);
        int commits = 0;
        const auto a = d->on(told{&log, "1", [&](assent::phase p) {
                                      if (p == assent::phase::prepare) d->announce({2});
                                      if (p == assent::phase::commit && ++commits == 2) d.reset();
                                  }});
        CHECK(d->transact({1}, [] {}));
        CHECK(log.take() == "p1 c1 c1");
        CHECK(d == nullptr);
        CHECK(!a.active());
    });
}

TEST_CASE("G13 destroyed inside a replay") {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<instances>>(in);
        d->notify_arrival(1);
        d->notify_arrival(2);
        std::vector<int> seen;
        const auto a = d->on({.replay = true}, [&](const auto& e) {
            seen.push_back(e.id);
            d.reset();
        });
        CHECK(seen.size() >= 1);
        CHECK(!a.active());
    });
}

TEST_CASE("G13 destroyed inside its callback while another thread destroys the registration that runs") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 20; ++round) {
            census callables;
            auto d = std::make_unique<dispatcher<event>>(in);
            stop inside;
            std::optional<registration> r = d->on([&, m = census::member(callables)](const event&) {
                d.reset();
                inside.here();
            });
            const runner notifier([&] { d->notify({}); });
            inside.entered.wait();
            std::atomic<bool> had_left{false};
            std::atomic<bool> returned{false};
            runner unregisterer([&] {
                r.reset();
                had_left = inside.left.load();
                returned = true;
            });
            CHECK(stays_false([&] { return returned.load(); }));
            inside.leave.open();
            unregisterer.join();
            CHECK(had_left.load());
            CHECK(callables.alive() == 0);
        }
    });
}

TEST_CASE("child: a dispatcher destroyed under a notification" * doctest::skip()) {
    auto d = std::make_unique<dispatcher<event>>();
    stop inside;
    const auto r = d->on([&](const event&) { inside.here(); });
    const runner notifier([&] { d->notify({}); });
    inside.entered.wait();
    d.reset();
    inside.leave.open();
}

TEST_CASE("G13 debug builds detect that a dispatcher is destroyed while another thread is inside notify") {
    if (!assent::config::debug_checks) return skip("NDEBUG: nothing is detected");
    const child_result child = run_case_in_child("child: a dispatcher destroyed under a notification");
    if (!child.ran) return skip("no child processes on this system");
    CAPTURE(child.output);
    CHECK(!child.passed);
    CHECK(child.output.find("dispatcher destroyed while another thread is inside its notify") !=
          std::string::npos);
}

namespace {
struct unregisters_late {
    dispatcher<event>* d = nullptr;
    registration r;
    ~unregisters_late() {
        if (d == nullptr) return;
        d->notify({1});
        static_cast<void>(r.unregister());
    }
};
} // namespace

TEST_CASE("G13 destructors of thread_local objects may notify and unregister") {
#if defined(__MINGW32__) && !defined(__clang__)
    // Shown with a std::string: what it held is gone when its destructor runs (g++ 12, 16 bytes and more).
    return skip("g++ for mingw-w64 frees thread_local objects before it destroys them");
#endif
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        std::atomic<int> calls{0};
        const auto keep = d.on([&](const event&) { ++calls; });
        for (int i = 0; i < 10; ++i) {
            runner([&] {
                static thread_local unregisters_late late;
                late.d = &d;
                late.r = d.on([m = census::member(callables)](const event&) {});
                d.notify({0});
            }).join();
        }
        CHECK(callables.alive() == 0);
        CHECK(calls.load() == 20);
    });
}

namespace {
/// Made before and destroyed after every static object of the library.
struct outlives_everything {
    unregisters_late late;
    bool used = false;
    ~outlives_everything() {
        if (!used) return;
        dispatcher<event> made_now;
        const registration r = made_now.on([](const event&) { std::puts("notified at last"); });
        made_now.notify({});
        std::fflush(stdout);
    }
};
#if defined(__GNUC__)
[[gnu::init_priority(101)]]
#endif
outlives_everything last_of_all;
} // namespace

TEST_CASE("child: static objects that notify and unregister when the program ends" * doctest::skip()) {
    // Destroyed from the last to the first: one that notifies and unregisters, the dispatcher, one that outlives it.
    static registration outlives;
    static dispatcher<event> d;
    static unregisters_late late;
    static auto* const kept = new dispatcher<event>(assent::domain::make()); // not what keeps the default one
    outlives = d.on([](const event&) {});
    late.d = &d;
    late.r = d.on([](const event& e) {
        if (e.value == 1) std::puts("notified when the program ends");
    });
    last_of_all.used = true;
    last_of_all.late.d = kept;
    last_of_all.late.r = last_of_all.late.d->on([](const event& e) {
        if (e.value == 1) std::puts("notified after everything");
        std::fflush(stdout);
    });
    runner([] { d.notify({0}); }).join();
    d.notify({0});
}

TEST_CASE("G13 destructors of static objects may notify and unregister") {
    const child_result child =
        run_case_in_child("child: static objects that notify and unregister when the program ends");
    if (!child.ran) return skip("no child processes on this system");
    CAPTURE(child.output);
    CHECK(child.passed);
    for (const char* const said :
         {"notified when the program ends", "notified at last", "notified after everything"})
        CHECK(child.output.find(said) != std::string::npos);
}
