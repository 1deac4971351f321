// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/detail/replay.hpp>

#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::phase;
using assent::registration;
using assent::unregister_result;
using assent::verdict;

namespace {

struct device {
    struct event_type {
        int id = 0;
        bool arrives = true;
    };
    using instance_type = int;
    static event_type arrival(int i) { return {i, true}; }
    static event_type removal(int i) { return {i, false}; }
};

struct classed_device : device {
    using key_type = int;
    static int key(const event_type& e) { return e.id / 100; }
};

struct processor {
    struct event_type {
        int id = 0;
        bool arrives = true;
    };
    using status_type = int;
    using instance_type = int;
    static event_type arrival(int i) { return {i, true}; }
    static event_type removal(int i) { return {i, false}; }
    // As the processor notifications of a well-known system have it.
    static constexpr assent::transaction_rules replay_rules{.audience = assent::abort_audience::with_refuser,
                                                            .order = assent::abort_order::forward};
};

std::string word(const device::event_type& e) { return (e.arrives ? "+" : "-") + std::to_string(e.id); }

struct told {
    recorder* log;
    std::string name;
    std::function<int(phase, const processor::event_type&)> does = [](phase, const auto&) { return 0; };
    std::string word(char p, const processor::event_type& e) const {
        return p + name + (e.arrives ? "+" : "-") + std::to_string(e.id);
    }
    int prepare(const processor::event_type& e) {
        log->say(word('p', e));
        return does(phase::prepare, e);
    }
    void commit(const processor::event_type& e) noexcept {
        log->say(word('c', e));
        does(phase::commit, e);
    }
    void abort(const processor::event_type& e, const assent::abort_reason<int>& why) noexcept {
        log->say(word('a', e) + (why.cause == assent::abort_cause::withdrawn ? "w" : ""));
        does(phase::abort, e);
    }
};

} // namespace

TEST_CASE("a newcomer is told of what exists, then of what happens; others are not told again") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        recorder log;
        const auto old = d.on([&](const auto& e) { log.say("o" + word(e)); });
        d.notify_arrival(1);
        d.notify_arrival(2);
        d.notify_arrival(2); // exists: nobody is told
        d.notify_arrival(3);
        d.notify_removal(2);
        d.notify_removal(9); // never was
        CHECK(log.take() == "o+1 o+2 o+3 o-2");
        const auto r = d.on({.replay = true}, [&](const auto& e) { log.say("n" + word(e)); });
        CHECK(r.active());
        CHECK(log.take() == "n+1 n+3");
        const auto plain = d.on([&](const auto& e) { log.say("x" + word(e)); });
        CHECK(log.take().empty());
        d.notify_removal(1);
        CHECK(log.take() == "o-1 n-1 x-1");
    });
}

TEST_CASE("a keyed newcomer is told of its key's instances only") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<classed_device> d(in);
        recorder log;
        for (const int id : {101, 201, 102, 301}) d.notify_arrival(id);
        const auto r = d.on(1, {.replay = true}, [&](const auto& e) { log.say(word(e)); });
        CHECK(log.take() == "+101 +102");
        d.notify_arrival(202);
        d.notify_arrival(103);
        d.notify_removal(101);
        CHECK(log.take() == "+103 -101");
    });
}

TEST_CASE("an event from inside a callback is delivered after the outer one, to everybody") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        recorder log;
        const auto a = d.on([&](const auto& e) {
            log.say("a" + word(e));
            if (e.id == 1 && e.arrives) {
                d.notify_arrival(2);
                d.notify_removal(1);
                log.say("queued");
            }
        });
        const auto b = d.on([&](const auto& e) { log.say("b" + word(e)); });
        d.notify_arrival(1);
        CHECK(log.take() == "a+1 queued b+1 a+2 b+2 a-1 b-1");
    });
}

TEST_CASE("an event from inside a replay is delivered before on returns, to the newcomer too") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        recorder log;
        d.notify_arrival(1);
        d.notify_arrival(2);
        const auto r = d.on({.replay = true}, [&](const auto& e) {
            log.say(word(e));
            if (e.id == 1 && e.arrives) d.notify_arrival(3);
            if (e.id == 2 && e.arrives) d.notify_removal(1);
        });
        CHECK(log.take() == "+1 +2 +3 -1");
    });
}

TEST_CASE("a newcomer registered with replay inside a callback hears every instance once") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        recorder log;
        d.notify_arrival(1);
        registration newcomer;
        const auto a = d.on([&](const auto& e) {
            if (e.id != 2 || newcomer.active()) return;
            d.notify_arrival(3); // queued: the newcomer hears it later
            newcomer = d.on({.priority = -1, .replay = true}, [&](const auto& x) { log.say(word(x)); });
            log.say("registered");
        });
        d.notify_arrival(2);
        CHECK(log.take() == "+1 +2 registered +3");
    });
}

TEST_CASE("the same when what is being told is a removal") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        recorder log;
        d.notify_arrival(1);
        d.notify_arrival(2);
        registration newcomer;
        const auto a = d.on([&](const auto&) {
            if (!newcomer.active())
                newcomer = d.on({.priority = -1, .replay = true}, [&](const auto& x) { log.say(word(x)); });
        });
        d.notify_removal(1);
        CHECK(log.take() == "+2");
    });
}

TEST_CASE(
    "on_into gives the registration away before the first replayed event, and it may be dropped there") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        recorder log;
        census callables;
        for (const int id : {1, 2, 3}) d.notify_arrival(id);
        registration kept;
        const bool done = d.on_into(
            [&](registration&& r) {
                kept = std::move(r);
                log.say("given");
            },
            {.replay = true},
            [&, m = census::member(callables)](const auto& e) {
                log.say(word(e));
                CHECK(kept.active());
            });
        CHECK(done);
        CHECK(log.take() == "given +1 +2 +3");
        CHECK(kept.unregister() == unregister_result::done);

        static_cast<void>(d.on_into(
            [&](registration&& r) {
                kept = std::move(r);
                log.say("given");
            },
            {.replay = true},
            [&, m = census::member(callables)](const auto& e) {
                log.say(word(e));
                if (e.id == 2) CHECK(kept.unregister() == unregister_result::inside_callback);
            }));
        CHECK(log.take() == "given +1 +2");
        CHECK(callables.alive() == 0);
        static_cast<void>(d.on_into([](registration&& r) { const registration dropped(std::move(r)); },
                                    {.replay = true},
                                    [&, m = census::member(callables)](const auto& e) { log.say(word(e)); }));
        CHECK(log.take().empty());
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G1 a newcomer unregistered from another thread during its replay is called no more after") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        for (const int id : {1, 2, 3}) d.notify_arrival(id);
        census callables;
        stop inside;
        std::atomic<int> calls{0};
        registration kept;
        std::atomic<bool> gone{false};
        std::atomic<bool> called_when_gone{false};
        runner registering([&] {
            static_cast<void>(d.on_into([&](registration&& r) { kept = std::move(r); }, {.replay = true},
                                        [&, m = census::member(callables)](const auto&) {
                                            if (gone) called_when_gone = true;
                                            if (++calls == 1) inside.here();
                                        }));
        });
        inside.entered.wait();
        runner unregistering([&] {
            CHECK(kept.unregister() == unregister_result::done);
            gone = true;
            CHECK(callables.alive() == 0);
        });
        CHECK(stays_false([&] { return gone.load(); }));
        inside.leave.open();
        registering.join();
        unregistering.join();
        CHECK(!called_when_gone.load());
        CHECK(calls.load() == 1);
    });
}

TEST_CASE("a newcomer sees every instance exactly once while others arrive on other threads") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 60; ++round) {
            dispatcher<device> d(in);
            constexpr int each = 25;
            std::atomic<int> ready{0};
            const auto start = [&] {
                ++ready;
                eventually([&] { return ready == 3; });
            };
            std::vector<int> seen(2 * each);
            bool orderly = true;
            registration r;
            {
                const auto arrivals = [&](int from) {
                    start();
                    for (int i = from; i < from + each; ++i) d.notify_arrival(i);
                };
                const runner a([&] { arrivals(0); });
                const runner b([&] { arrivals(each); });
                start();
                int last[2] = {-1, each - 1};
                for (int i = 0; i < round; ++i) std::this_thread::yield();
                r = d.on({.replay = true}, [&, last](const auto& e) mutable {
                    ++seen[static_cast<std::size_t>(e.id)];
                    int& before = last[e.id / each];
                    if (e.id != before + 1) orderly = false;
                    before = e.id;
                });
            }
            CHECK(orderly);
            CHECK(seen == std::vector<int>(2 * each, 1));
        }
    });
}

TEST_CASE("a two-phase replay prepares for all that exists, then commits for all") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        for (const int id : {0, 1, 2}) CHECK(d.transact_arrival(id, [] {}));
        const auto r = d.on({.replay = true}, told{&log, ""});
        CHECK(r.active());
        CHECK(log.take() == "p+0 p+1 p+2 c+0 c+1 c+2");
        CHECK(d.transact_arrival(3, [] {}));
        CHECK(!d.transact_arrival(4, [] { return false; }));
        CHECK(d.transact_removal(1, [] {}));
        log.take();
        const auto s = d.on({.replay = true}, told{&log, ""});
        CHECK(log.take() == "p+0 p+2 p+3 c+0 c+2 c+3");
    });
}

TEST_CASE("a refusal in a two-phase replay aborts as the category says and registers nothing") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        census callables;
        for (const int id : {0, 1, 2}) d.announce_arrival(id);
        const auto refuses = [&](int which) {
            return told{&log, "", [which, m = census::member(callables)](phase p, const auto& e) {
                            return p == phase::prepare && e.id == which ? -7 : 0;
                        }};
        };
        {
            const auto r = d.on({.replay = true}, refuses(1));
            CHECK(!r.active());
            CHECK(log.take() == "p+0 p+1 a+0 a+1");
        }
        registration kept;
        const auto o =
            d.on_into([&](registration&& r) { kept = std::move(r); }, {.replay = true}, refuses(2));
        CHECK(o.result() == verdict::refused);
        CHECK(o.status() == -7);
        CHECK(!kept.active());
        CHECK(log.take() == "p+0 p+1 p+2 a+0 a+1 a+2");
        CHECK(d.transact_arrival(5, [] {}));
        CHECK(log.take().empty());
        static_cast<void>(kept.unregister());
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("unregistered inside its replay a participant is told of the withdrawal and nothing else") {
    in_each_domain([](const assent::domain& in) {
        for (const phase when : {phase::prepare, phase::commit}) {
            dispatcher<processor> d(in);
            recorder log;
            census callables;
            for (const int id : {0, 1, 2}) d.announce_arrival(id);
            registration kept;
            const auto o =
                d.on_into([&](registration&& r) { kept = std::move(r); }, {.replay = true},
                          told{&log, "", [&, when, m = census::member(callables)](phase p, const auto& e) {
                                   if (p == when && e.id == 1)
                                       CHECK(kept.unregister() == unregister_result::inside_callback);
                                   return 0;
                               }});
            CHECK(!o);
            CHECK(log.take() == (when == phase::prepare ? "p+0 p+1 a+0w a+1w" : "p+0 p+1 p+2 c+0 c+1 a+2w"));
            CHECK(callables.alive() == 0);
        }
    });
}

TEST_CASE("a newcomer that registers during a change hears of it after its commit, as a pair of its own") {
    in_each_domain([](const assent::domain& in) {
        for (const bool in_action : {false, true}) {
            for (const bool fails : {false, true}) {
                dispatcher<processor> d(in);
                recorder log;
                d.announce_arrival(0);
                registration newcomer;
                const auto join = [&] { newcomer = d.on({.priority = 5, .replay = true}, told{&log, "n"}); };
                const auto a = d.on(told{&log, "o", [&](phase p, const auto&) {
                                             if (p == phase::prepare && !in_action && !newcomer.active())
                                                 join();
                                             return 0;
                                         }});
                const auto o = d.transact_arrival(1, [&] {
                    if (in_action) join();
                    return !fails;
                });
                CHECK(bool(o) == !fails);
                CHECK(newcomer.active());
                CHECK(log.take() == (fails ? "po+1 pn+0 cn+0 ao+1" : "po+1 pn+0 cn+0 co+1 pn+1 cn+1"));
                // Owed nothing any more.
                CHECK(d.transact_arrival(2, [] {}));
                CHECK(log.take() == "pn+2 po+2 cn+2 co+2");
            }
        }
    });
}

TEST_CASE("a newcomer that registers during a commit finds the new instance among what exists") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        registration newcomer;
        const auto a = d.on(told{&log, "o", [&](phase p, const auto&) {
                                     if (p == phase::commit && !newcomer.active())
                                         newcomer = d.on({.priority = -5, .replay = true}, told{&log, "n"});
                                     return 0;
                                 }});
        CHECK(d.transact_arrival(1, [] {}));
        CHECK(log.take() == "po+1 co+1 pn+1 cn+1");
    });
}

TEST_CASE("a newcomer that registers while a removal is prepared hears the arrival and the removal") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        d.announce_arrival(1);
        registration newcomer;
        const auto a = d.on(told{&log, "o", [&](phase p, const auto&) {
                                     if (p == phase::prepare && !newcomer.active())
                                         newcomer = d.on({.replay = true}, told{&log, "n"});
                                     return 0;
                                 }});
        CHECK(d.transact_removal(1, [] {}));
        CHECK(log.take() == "po-1 pn+1 cn+1 co-1 pn-1 cn-1");
    });
}

TEST_CASE("a newcomer's refusal of what it is owed cancels its registration, not the change") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        registration newcomer;
        const auto a = d.on(told{
            &log, "o", [&](phase p, const auto&) {
                if (p == phase::prepare && !newcomer.active())
                    newcomer = d.on({.replay = true}, told{&log, "n", [](phase, const auto&) { return -1; }});
                return 0;
            }});
        const auto o = d.transact_arrival(1, [] {});
        CHECK(o);
        CHECK(!newcomer.active());
        const std::string said = log.take();
        // Whether the refuser hears the abort of its own refusal is the replay rule's matter.
        CHECK((said == "po+1 co+1 pn+1 an+1" || said == "po+1 co+1 pn+1"));
        d.announce({7});
        CHECK(log.take() == "co+7");
    });
}

TEST_CASE("G1 a newcomer that unregisters itself in the prepare it was owed gets no commit") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        census callables;
        registration newcomer;
        bool once = true;
        const auto a =
            d.on(told{&log, "o", [&](phase p, const auto&) {
                          if (p != phase::prepare || !std::exchange(once, false)) return 0;
                          newcomer = d.on(
                              {.replay = true},
                              told{&log, "n", [&, m = census::member(callables)](phase q, const auto&) {
                                       if (q == phase::prepare)
                                           CHECK(newcomer.unregister() == unregister_result::inside_callback);
                                       return 0;
                                   }});
                          return 0;
                      }});
        CHECK(d.transact_arrival(1, [] {}));
        CHECK(log.take() == "po+1 co+1 pn+1 an+1w");
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("surprise arrivals and removals are remembered like those that were asked about") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        const auto a = d.on(told{&log, "o", [&](phase p, const auto& e) {
                                     if (p == phase::commit && e.id == 1) d.announce_removal(2);
                                     return 0;
                                 }});
        d.announce_arrival(2);
        d.announce_arrival(1);
        CHECK(log.take() == "co+2 co+1 co-2");
        const auto r = d.on({.replay = true}, told{&log, "n"});
        CHECK(log.take() == "pn+1 cn+1");
    });
}

TEST_CASE(
    "a newcomer to two phases sees every instance exactly once while others are added on another thread") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 60; ++round) {
            dispatcher<processor> d(in);
            constexpr int count = 40;
            std::atomic<bool> started{false};
            std::vector<int> prepared(count);
            std::vector<int> finished(count);
            registration r;
            {
                const runner adding([&] {
                    started = true;
                    for (int i = 0; i < count; ++i)
                        CHECK(bool(d.transact_arrival(i, [&] { return i % 5 != 4; })) == (i % 5 != 4));
                });
                eventually([&] { return started.load(); });
                for (int i = 0; i < round; ++i) std::this_thread::yield();
                recorder log;
                r = d.on({.replay = true},
                         [&](const assent::phase_notice<int>& n, const processor::event_type& e) noexcept {
                             const auto i = static_cast<std::size_t>(e.id);
                             if (n.which == phase::prepare) ++prepared[i];
                             if (n.which == phase::commit) finished[i] += 1;
                             if (n.which == phase::abort) finished[i] += 100;
                             return 0;
                         });
            }
            for (std::size_t i = 0; i < count; ++i) {
                CAPTURE(i);
                if (i % 5 == 4) {
                    CHECK(finished[i] == 100 * prepared[i]);
                } else {
                    CHECK(prepared[i] == 1);
                    CHECK(finished[i] == 1);
                }
            }
        }
    });
}

#if defined(__cpp_exceptions)
TEST_CASE("G8 what a callback throws during its replay arrives, and it is not registered") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device> d(in);
        census callables;
        int calls = 0;
        d.notify_arrival(1);
        d.notify_arrival(2);
        registration kept;
        const auto f = [&, m = census::member(callables)](const auto& e) {
            ++calls;
            if (e.id == 1) throw 5;
        };
        CHECK_THROWS_AS(static_cast<void>(d.on({.replay = true}, f)), int);
        CHECK(calls == 2);
        CHECK_THROWS_AS(
            static_cast<void>(d.on_into([&](registration&& r) { kept = std::move(r); }, {.replay = true}, f)),
            int);
        CHECK(!kept.active());
        d.notify_arrival(3);
        CHECK(calls == 4);
    });
}

TEST_CASE("G8 what a participant throws in a replay aborts and arrives") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        d.announce_arrival(1);
        d.announce_arrival(2);
        CHECK_THROWS_AS(static_cast<void>(d.on({.replay = true}, told{&log, "",
                                                                      [](phase p, const auto& e) {
                                                                          if (p == phase::prepare &&
                                                                              e.id == 2)
                                                                              throw 5;
                                                                          return 0;
                                                                      }})),
                        int);
        CHECK(log.take() == "p+1 p+2 a+1 a+2");
        CHECK(d.transact_arrival(3, [] {}));
        CHECK(log.take().empty());
    });
}

TEST_CASE("G8 a queued event's exception arrives from the outer call, after the other queued events") {
    dispatcher<device> d;
    recorder log;
    const auto a = d.on([&](const auto& e) {
        log.say(word(e));
        if (e.id == 1) {
            d.notify({2});
            d.notify({3});
        }
        if (e.id == 2) throw 2;
    });
    CHECK_THROWS_AS(d.notify({1}), int);
    CHECK(log.take() == "+1 +2 +3");
}
#endif
