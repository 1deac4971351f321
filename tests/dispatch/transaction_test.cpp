// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace test_support;
using assent::abort_audience;
using assent::abort_cause;
using assent::abort_order;
using assent::after_refusal;
using assent::dispatcher;
using assent::phase;
using assent::registration;
using assent::transaction_rules;
using assent::unregister_result;
using assent::verdict;
using assent::withdrawn_participant;

namespace {

struct change {
    struct event_type {
        int value = 0;
    };
    using status_type = int; // negative refuses
};
using event = change::event_type;
using reason = assent::abort_reason<int>;

std::string word(const reason& r) {
    static const char* const causes[] = {"refused", "failed", "threw", "late", "withdrawn"};
    std::string s = causes[static_cast<int>(r.cause)];
    if (r.status != nullptr) s += std::to_string(*r.status);
    return s;
}

/// Says what it is told; answers and acts as the test wants.
struct told {
    recorder* log;
    std::string name;
    std::function<int(phase)> does = [](phase) { return 0; };

    int prepare(const event&) {
        log->say("p" + name);
        return does(phase::prepare);
    }
    void commit(const event&) noexcept {
        log->say("c" + name);
        does(phase::commit);
    }
    void abort(const event&, const reason& why) noexcept {
        log->say("a" + name + ":" + word(why));
        does(phase::abort);
    }
};

enum class answer { agree, refuse, except };
enum class act { succeeds, fails, throws };

struct scenario {
    std::vector<answer> answers;
    act action;
    transaction_rules rules;
};

struct expectation {
    std::string said;
    verdict result;
    std::optional<int> status;
    std::string refuser;
    int exception = 0; ///< participant number + 1, 99 for the action's
};

/// What must happen, from the rules' documentation alone.
expectation predict(const scenario& s) {
    expectation e{"", verdict::committed, {}, "", 0};
    const auto say = [&](const std::string& w) { e.said += (e.said.empty() ? "" : " ") + w; };
    std::vector<int> prepared;
    std::vector<int> refused;
    const int n = static_cast<int>(s.answers.size());
    std::string why;
    for (int i = 0; i < n; ++i) {
        say("p" + std::to_string(i));
        const answer a = s.answers[static_cast<std::size_t>(i)];
        if (a == answer::agree) {
            prepared.push_back(i);
            continue;
        }
        if (refused.empty()) {
            e.result = verdict::refused;
            e.refuser = std::to_string(i);
            if (a == answer::refuse) e.status = -10 - i;
            why = a == answer::refuse ? "refused" + std::to_string(-10 - i) : "threw";
        }
        if (a == answer::except && e.exception == 0) e.exception = i + 1;
        refused.push_back(i);
        if (s.rules.refusal == after_refusal::stop) break;
    }
    if (refused.empty()) {
        say("act");
        if (s.action == act::fails) {
            e.result = verdict::failed;
            e.status = -99;
            why = "failed-99";
        } else if (s.action == act::throws) {
            e.result = verdict::failed;
            e.exception = 99;
            why = "threw";
        }
    }
    if (e.result == verdict::committed) {
        for (int i = 0; i < n; ++i) say("c" + std::to_string(i));
        return e;
    }
    std::vector<int> hear = prepared;
    if (s.rules.audience == abort_audience::with_refuser)
        hear.insert(hear.end(), refused.begin(), refused.end());
    if (s.rules.audience == abort_audience::everyone) {
        hear.clear();
        for (int i = 0; i < n; ++i) hear.push_back(i);
    }
    std::sort(hear.begin(), hear.end());
    if (s.rules.order == abort_order::reverse) std::reverse(hear.begin(), hear.end());
    for (const int i : hear) say("a" + std::to_string(i) + ":" + why);
    return e;
}

std::vector<transaction_rules> all_rules() {
    std::vector<transaction_rules> all;
    for (const auto audience :
         {abort_audience::prepared, abort_audience::with_refuser, abort_audience::everyone})
        for (const auto order : {abort_order::reverse, abort_order::forward})
            for (const auto refusal : {after_refusal::stop, after_refusal::ask_rest})
                for (const auto withdrawn : {withdrawn_participant::aborted, withdrawn_participant::silent})
                    all.push_back({audience, order, refusal, withdrawn});
    return all;
}

#if defined(__cpp_exceptions)
constexpr int answers_possible = 3;
constexpr int actions_possible = 3;
[[noreturn]] void raise(int what) { throw what; }
#else
constexpr int answers_possible = 2;
constexpr int actions_possible = 2;
[[noreturn]] void raise(int) { std::abort(); }
#endif

/// Runs it against the library; `priorities` gives each participant one of its own.
void check(const assent::domain& in, const scenario& s, bool priorities) {
    dispatcher<change> d(in);
    recorder log;
    std::vector<registration> r;
    const auto n = static_cast<int>(s.answers.size());
    for (int k = 0; k < n; ++k) {
        const int i = priorities ? n - 1 - k : k; // registered last, asked first
        const answer a = s.answers[static_cast<std::size_t>(i)];
        r.push_back(d.on({.priority = priorities ? 100 - i : 0, .name = std::to_string(i)},
                         told{&log, std::to_string(i), [a, i](phase p) {
                                  if (p == phase::prepare && a == answer::except) raise(i + 1);
                                  return a == answer::refuse ? -10 - i : 0;
                              }}));
    }
    const auto action = [&]() -> int {
        log.say("act");
        if (s.action == act::throws) raise(99);
        return s.action == act::fails ? -99 : 0;
    };
    const expectation e = predict(s);
    int exception = 0;
#if defined(__cpp_exceptions)
    try {
#endif
        const auto result = d.transact({}, action, {.rules = s.rules});
        CHECK(result.result() == e.result);
        CHECK(result.status() == e.status);
        CHECK(result.refuser() == e.refuser);
#if defined(__cpp_exceptions)
    } catch (const int thrown) {
        exception = thrown;
    }
#endif
    CHECK(exception == e.exception);
    CHECK(log.take() == e.said);
    // Nothing is left over: the next change, refused by its action, reaches everyone who is asked now.
    for (registration& one : r) CHECK(one.active());
}

} // namespace

TEST_CASE("G5 every rule with a refusal, an exception or a failing action at every step tells exactly whom "
          "it names") {
    in_each_domain([](const assent::domain& in) {
        for (int n = 1; n <= 4; ++n) {
            int combinations = 1;
            for (int i = 0; i < n; ++i) combinations *= answers_possible;
            for (int c = 0; c < combinations; ++c) {
                std::vector<answer> answers;
                for (int i = 0, rest = c; i < n; ++i, rest /= answers_possible)
                    answers.push_back(static_cast<answer>(rest % answers_possible));
                for (int a = 0; a < actions_possible; ++a) {
                    for (const transaction_rules& rules : all_rules()) {
                        // The rule for the withdrawn must make no difference here: half of them will do.
                        if (n == 4 && rules.withdrawn == withdrawn_participant::silent) continue;
                        CAPTURE(n);
                        CAPTURE(c);
                        CAPTURE(a);
                        check(in, {answers, static_cast<act>(a), rules}, (c + a) % 2 == 1);
                    }
                }
            }
        }
    });
}

TEST_CASE("G5 a transaction leaves no trace for the next one") {
    in_each_domain([](const assent::domain& in) {
        for (const transaction_rules& rules : all_rules()) {
            dispatcher<change> d(in);
            recorder log;
            int refuser = -1;
            std::vector<registration> r;
            for (int i = 0; i < 3; ++i)
                r.push_back(d.on(told{&log, std::to_string(i), [&, i](phase p) {
                                          return p == phase::prepare && refuser == i ? -1 : 0;
                                      }}));
            for (const int first : {0, 1, 2}) {
                refuser = first;
                CHECK(!d.transact({}, [] {}, {.rules = rules}));
                log.take();
                refuser = 0; // the others must be as if nothing had been
                CHECK(!d.transact({}, [] {}));
                CHECK(log.take() == "p0");
                refuser = -1;
                CHECK(d.transact({}, [] {}));
                CHECK(log.take() == "p0 p1 p2 c0 c1 c2");
            }
        }
    });
}

TEST_CASE("G5 a participant withdrawn while prepared hears its abort before unregister returns, or nothing") {
    in_each_domain([](const assent::domain& in) {
        // Who withdraws participant 1, and when: in a later prepare, in the action, from another thread in it.
        for (const int where : {0, 1, 2}) {
            for (const auto rule : {withdrawn_participant::aborted, withdrawn_participant::silent}) {
                for (const bool fails : {false, true}) {
                    for (const bool many : {false, true}) {
                        CAPTURE(where);
                        CAPTURE(fails);
                        dispatcher<change> d(in);
                        recorder log;
                        registration victim;
                        const auto withdraw = [&] {
                            std::vector<registration> filler; // the block the transaction walks is replaced
                            if (many)
                                for (int i = 0; i < 60; ++i) filler.push_back(d.on(told{&log, "new"}));
                            CHECK(victim.unregister() == unregister_result::done);
                            log.say("gone");
                        };
                        const auto a = d.on(told{&log, "0"});
                        victim = d.on(told{&log, "1"});
                        const auto b = d.on(told{&log, "2", [&](phase p) {
                                                     if (p == phase::prepare && where == 0) withdraw();
                                                     return 0;
                                                 }});
                        const auto result = d.transact({},
                                                       [&]() -> int {
                                                           if (where == 1) withdraw();
                                                           if (where == 2) runner(withdraw).join();
                                                           return fails ? -1 : 0;
                                                       },
                                                       {.rules = transaction_rules{.withdrawn = rule}});
                        CHECK(bool(result) == !fails);
                        const std::string told_it =
                            rule == withdrawn_participant::aborted ? "a1:withdrawn gone" : "gone";
                        CHECK(log.take() ==
                              "p0 p1 p2 " + told_it + (fails ? " a2:failed-1 a0:failed-1" : " c0 c2"));
                    }
                }
            }
        }
    });
}

TEST_CASE("G5 a participant that withdraws itself while it prepares is told once and not called again") {
    in_each_domain([](const assent::domain& in) {
        for (const bool agrees : {true, false}) {
            dispatcher<change> d(in);
            recorder log;
            census callables;
            registration r;
            const auto a = d.on(told{&log, "0"});
            r = d.on(told{&log, "1", [&, agrees, m = census::member(callables)](phase p) {
                              if (p == phase::prepare)
                                  CHECK(r.unregister() == unregister_result::inside_callback);
                              return agrees ? 0 : -5;
                          }});
            const auto result = d.transact({}, [&] { log.say("act"); });
            CHECK(bool(result) == agrees);
            CHECK(log.take() == (agrees ? "p0 p1 a1:withdrawn act c0" : "p0 p1 a0:refused-5"));
            CHECK(callables.alive() == 0);
            static_cast<void>(d.transact({}, [] {}));
            CHECK(log.take() == "p0 c0");
        }
    });
}

TEST_CASE("G5 a participant that unregisters itself in its commit or abort is told nothing more") {
    in_each_domain([](const assent::domain& in) {
        for (const bool fails : {false, true}) {
            dispatcher<change> d(in);
            recorder log;
            census callables;
            registration r;
            r = d.on(told{&log, "0", [&, m = census::member(callables)](phase p) {
                              if (p != phase::prepare) static_cast<void>(r.unregister());
                              return 0;
                          }});
            const auto result = d.transact({}, [&]() -> int { return fails ? -1 : 0; });
            CHECK(bool(result) == !fails);
            CHECK(log.take() == (fails ? "p0 a0:failed-1" : "p0 c0"));
            CHECK(callables.alive() == 0);
        }
    });
}

TEST_CASE(
    "G5 a participant withdrawn from another thread while it prepares is told before unregister returns") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 20; ++round) {
            dispatcher<change> d(in);
            recorder log;
            stop inside;
            std::atomic<bool> gone{false};
            registration r = d.on(told{&log, "0", [&](phase p) {
                                           if (p == phase::prepare) inside.here();
                                           return 0;
                                       }});
            runner transacting([&] {
                CHECK(d.transact({}, [&] {
                    eventually([&] { return gone.load(); }, "the unregistration of a prepared participant");
                }));
            });
            inside.entered.wait();
            std::atomic<bool> returned{false};
            runner unregistering([&] {
                CHECK(r.unregister() == unregister_result::done);
                log.say("gone");
                gone = true;
                returned = true;
            });
            if (round < 3) CHECK(stays_false([&] { return returned.load(); }));
            inside.leave.open();
            transacting.join();
            unregistering.join();
            const std::string said = log.take();
            // Unless it was withdrawn only after the commit pass began, which the action rules out.
            CHECK(said == "p0 a0:withdrawn gone");
        }
    });
}

TEST_CASE("G5 an event outlives the aborts that withdrawing threads tell") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        stop telling;
        std::atomic<int> value{0};
        struct slow {
            stop* telling;
            std::atomic<int>* value;
            int prepare(const event&) { return 0; }
            void commit(const event&) noexcept {}
            void abort(const event& e) noexcept {
                telling->here();
                *value = e.value;
            }
        };
        registration r = d.on(slow{&telling, &value});
        std::atomic<bool> returned{false};
        std::unique_ptr<runner> unregistering;
        runner transacting([&] {
            auto e = std::make_unique<event>(event{77});
            CHECK(d.transact(*e, [&] {
                unregistering =
                    std::make_unique<runner>([&] { CHECK(r.unregister() == unregister_result::done); });
                telling.entered.wait();
            }));
            e->value = 0;
            e.reset();
            returned = true;
        });
        telling.entered.wait();
        CHECK(stays_false([&] { return returned.load(); }));
        // The dispatcher itself is free meanwhile.
        CHECK(d.transact({1}, [] {}));
        telling.leave.open();
        transacting.join();
        unregistering->join();
        CHECK(value.load() == 77);
    });
}

TEST_CASE("G5 withdrawn without waiting while it prepares, a participant is told when its prepare is over") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        stop inside;
        census callables;
        registration r = d.on(told{&log, "0", [&, m = census::member(callables)](phase p) {
                                       if (p == phase::prepare) inside.here();
                                       return 0;
                                   }});
        runner transacting([&] { CHECK(d.transact({}, [&] { log.say("act"); })); });
        inside.entered.wait();
        CHECK(r.unregister(assent::no_wait) == unregister_result::still_running);
        inside.leave.open();
        transacting.join();
        CHECK(log.take() == "p0 a0:withdrawn act");
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G5 a participant registered in between sees nothing of the transaction") {
    in_each_domain([](const assent::domain& in) {
        for (const int where : {0, 1, 2}) {
            for (const int priority : {10, 0, -10}) {
                for (const bool fails : {false, true}) {
                    dispatcher<change> d(in);
                    recorder log;
                    std::vector<registration> r;
                    const auto join = [&] {
                        for (int i = 0; i < 30; ++i)
                            r.push_back(d.on({.priority = priority}, told{&log, "new"}));
                    };
                    const auto a = d.on(told{&log, "0", [&](phase p) {
                                                 if (p == phase::prepare && where == 0) join();
                                                 if (p != phase::prepare && where == 2) join();
                                                 return 0;
                                             }});
                    const auto b = d.on(told{&log, "1"});
                    const auto result =
                        d.transact({},
                                   [&]() -> int {
                                       if (where == 1) join();
                                       return fails ? -1 : 0;
                                   },
                                   {.rules = transaction_rules{.audience = abort_audience::everyone}});
                    CHECK(bool(result) == !fails);
                    CHECK(log.take() == (fails ? "p0 p1 a1:failed-1 a0:failed-1" : "p0 p1 c0 c1"));
                }
            }
        }
    });
}

TEST_CASE("G5 a participant started in between sees nothing of the transaction either") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        registration late = d.on({.deferred = true}, told{&log, "late"});
        const auto a = d.on(told{&log, "0", [&](phase p) {
                                     if (p == phase::prepare) CHECK(late.start());
                                     return 0;
                                 }});
        CHECK(!d.transact({}, [] { return false; },
                          {.rules = transaction_rules{.audience = abort_audience::everyone}}));
        CHECK(log.take() == "p0 a0:failed");
    });
}

TEST_CASE("the prepare phase keeps to its budget") {
    using namespace std::chrono_literals;
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        const auto a = d.on(told{&log, "0", [&](phase p) {
                                     if (p == phase::prepare) {
                                         const auto until = std::chrono::steady_clock::now() + 3ms;
                                         while (std::chrono::steady_clock::now() < until) {
                                         }
                                     }
                                     return 0;
                                 }});
        const auto b = d.on(told{&log, "1"});
        const auto late = d.transact({}, [&] { log.say("act"); }, {.budget = 1ms});
        CHECK(late.result() == verdict::timed_out);
        CHECK(!late.status().has_value());
        CHECK(log.take() == "p0 a0:late");
        CHECK(d.transact({}, [&] { log.say("act"); }, {.budget = 1h}));
        CHECK(log.take() == "p0 p1 act c0 c1");
    });
}

TEST_CASE("the last prepare counts towards the budget") {
    using namespace std::chrono_literals;
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        const auto a = d.on(told{&log, "0"});
        const auto b = d.on(told{&log, "1", [&](phase p) {
                                     const auto until = std::chrono::steady_clock::now() + 3ms;
                                     while (p == phase::prepare && std::chrono::steady_clock::now() < until) {
                                     }
                                     return 0;
                                 }});
        CHECK(d.transact({}, [&] { log.say("act"); }, {.budget = 1ms}).result() == verdict::timed_out);
        CHECK(log.take() == "p0 p1 a1:late a0:late");
    });
}

TEST_CASE("announce commits without asking") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        const auto a = d.on(told{&log, "0", [](phase p) { return p == phase::prepare ? -1 : 0; }});
        const auto b = d.on({.priority = 1}, told{&log, "1"});
        d.announce({});
        CHECK(log.take() == "c1 c0");
    });
}

TEST_CASE("an announcement from inside a callback follows when the transaction is over") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        bool once = true;
        const auto a = d.on(told{&log, "0", [&](phase p) {
                                     if (p == phase::prepare && std::exchange(once, false)) d.announce({});
                                     return 0;
                                 }});
        const auto b = d.on(told{&log, "1"});
        CHECK(d.transact({}, [] {}));
        CHECK(log.take() == "p0 p1 c0 c1 c0 c1");
    });
}

TEST_CASE("a participant may be three callables or one that receives the phase") {
    dispatcher<change> d;
    recorder log;
    const auto three =
        d.on([&](const event&) { return log.say("p3"), 0; }, [&](const event&) noexcept { log.say("c3"); },
             [&](const event&, const reason& why) noexcept { log.say("a3:" + word(why)); });
    const auto plain = d.on([&](const event&) { return log.say("p4"), 0; },
                            assent::no_throw([&](const event&) { log.say("c4"); }),
                            [&](const event&) noexcept { log.say("a4"); });
    const auto one = d.on([&](const assent::phase_notice<int>& n, const event&) noexcept {
        log.say(n.which == phase::prepare ? "p1" : n.which == phase::commit ? "c1" : "a1:" + word(*n.reason));
        return 0;
    });
    told object{&log, "2"};
    const auto by_reference = d.on(std::ref(object));
    CHECK(d.transact({}, [] {}));
    CHECK(log.take() == "p3 p4 p1 p2 c3 c4 c1 c2");
    CHECK(!d.transact({}, [] { return false; }));
    CHECK(log.take() == "p3 p4 p1 p2 a2:failed a1:failed a4 a3:failed");
}

TEST_CASE("a participant may be interested in some phases only") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        int answer = 0;
        using none = assent::uninterested;
        const auto asked = d.on([&](const event&) { return log.say("p"), answer; }, none{}, none{});
        const auto committed = d.on(
            none{}, [&](const event&) noexcept { log.say("c"); }, none{});
        const auto aborted = d.on(
            none{}, none{}, [&](const event&, const reason& why) noexcept { log.say("a:" + word(why)); });
        const auto nothing = d.on({.name = "nothing"}, none{}, none{}, none{});
        CHECK(d.transact({}, [&] { log.say("act"); }));
        CHECK(log.take() == "p act c");
        CHECK(!d.transact({}, [&] { return false; }));
        CHECK(log.take() == "p a:failed");
        answer = -3;
        CHECK(d.transact({}, [&] {}).status() == -3);
        CHECK(log.take() == "p");
    });
}

TEST_CASE("G5 who has not started when a change begins hears no abort of it, whoever else does") {
    in_each_domain([](const assent::domain& in) {
        for (const bool asked : {false, true}) {
            dispatcher<change> d(in);
            recorder log;
            stop starting;
            registration newcomer;
            const auto first = d.on(told{&log, "0", [&](phase p) {
                                             if (p != phase::prepare) return 0;
                                             // The newcomer is in the list, but not started; now it starts.
                                             if (!asked) starting.leave.open();
                                             if (!asked) eventually([&] { return starting.left.load(); });
                                             return asked ? 0 : -1;
                                         }});
            runner registering([&] {
                static_cast<void>(d.on_into(
                    [&](registration&& r) {
                        newcomer = std::move(r);
                        starting.entered.open();
                        starting.leave.wait();
                    },
                    {}, told{&log, "late"}));
                starting.left = true;
            });
            starting.entered.wait();
            const auto o = d.transact({},
                                      [&] {
                                          starting.leave.open();
                                          eventually([&] { return starting.left.load(); });
                                          return false;
                                      },
                                      {.rules = transaction_rules{.audience = abort_audience::everyone}});
            CHECK(!o);
            CHECK(log.take() == (asked ? "p0 a0:failed" : "p0 a0:refused-1"));
            registering.join();
            // From the next change on it takes part.
            const auto more = d.transact({}, [] { return false; });
            CHECK(log.take() == (asked ? "p0 plate alate:failed a0:failed" : "p0"));
            static_cast<void>(more);
        }
    });
}

TEST_CASE("G5 who has not started when everybody is asked is told nothing of the change, though it starts "
          "during it") {
    in_each_domain([](const assent::domain& in) {
        for (const bool happens : {true, false}) {
            dispatcher<change> d(in);
            recorder log;
            stop starting;
            registration newcomer;
            runner registering([&] {
                static_cast<void>(d.on_into(
                    [&](registration&& r) {
                        newcomer = std::move(r);
                        starting.entered.open();
                        starting.leave.wait();
                    },
                    {}, told{&log, "late"}));
                starting.left = true;
            });
            starting.entered.wait();
            const auto other = d.on(told{&log, "0"});
            const auto o = d.transact({}, [&] {
                starting.leave.open();
                eventually([&] { return starting.left.load(); });
                return happens;
            });
            CHECK(static_cast<bool>(o) == happens);
            CHECK(log.take() == (happens ? "p0 c0" : "p0 a0:failed"));
            registering.join();
            CHECK(d.transact({}, [] {}));
            CHECK(log.take() == "plate p0 clate c0");
        }
    });
}

TEST_CASE("participants of every shape hear one change together, by priority and then in turn") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        told object{&log, "o"};
        const auto one = [&](const char* name) {
            return [&log, name](const assent::phase_notice<int>& n, const event&) noexcept {
                log.say(std::string(n.which == phase::prepare  ? "p"
                                    : n.which == phase::commit ? "c"
                                                               : "a") +
                        name);
                return 0;
            };
        };
        const auto a = d.on(one("1"));
        const auto b = d.on({.priority = 1}, std::ref(object));
        const auto c = d.on([&](const event&) { return log.say("p3"), 0; },
                            [&](const event&) noexcept { log.say("c3"); }, assent::uninterested{});
        const auto e = d.on({.priority = -1}, told{&log, "v"});
        CHECK(d.transact({}, [] {}));
        CHECK(log.take() == "po p1 p3 pv co c1 c3 cv");
        CHECK(!d.transact({}, [] { return -4; }));
        CHECK(log.take() == "po p1 p3 pv av:failed-4 a1 ao:failed-4");
    });
}

TEST_CASE("G10 a transaction on the same dispatcher from inside any phase or the action is refused at once") {
    in_each_domain([](const assent::domain& in) {
        for (const bool fails : {false, true}) {
            dispatcher<change> d(in);
            recorder log;
            bool acted = false;
            int refused = 0;
            const auto nested = [&] {
                const auto o = d.transact({}, [&] { acted = true; });
                refused += o.result() == verdict::would_deadlock;
            };
            const auto a = d.on(told{&log, "0", [&](phase) {
                                         nested();
                                         return 0;
                                     }});
            const auto o = d.transact({}, [&] {
                nested();
                return !fails;
            });
            CHECK(bool(o) == !fails);
            CHECK(refused == 3);
            CHECK(!acted);
            CHECK(log.take() == (fails ? "p0 a0:failed" : "p0 c0"));
            d.announce({});
            CHECK(refused == 4);
        }
    });
}

TEST_CASE("G10 a transaction on another dispatcher from inside a callback is allowed") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> outer(in);
        dispatcher<change> inner(in);
        recorder log;
        const auto b = inner.on(told{&log, "i"});
        const auto a = outer.on(told{&log, "o", [&](phase) {
                                         CHECK(inner.transact({}, [] {}));
                                         CHECK(!inner.inside_callback());
                                         CHECK(outer.inside_callback());
                                         return 0;
                                     }});
        CHECK(outer.transact({}, [&] { CHECK(inner.transact({}, [] {})); }));
        CHECK(log.take() == "po pi ci pi ci co pi ci");
        CHECK(!outer.inside_callback());
    });
}

TEST_CASE("transactions of several threads pass one after the other, nobody is left out") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        std::atomic<int> inside{0};
        std::atomic<bool> overlapped{false};
        int prepared = 0; // guarded by the transactions themselves
        int finished = 0;
        const auto a = d.on(
            [&](const event&) {
                if (++inside != 1) overlapped = true;
                ++prepared;
                return 0;
            },
            [&](const event&) noexcept {
                ++finished;
                --inside;
            },
            [&](const event&) noexcept {
                ++finished;
                --inside;
            });
        {
            std::vector<std::unique_ptr<runner>> threads;
            for (int t = 0; t < 4; ++t)
                threads.push_back(std::make_unique<runner>([&, t] {
                    for (int i = 0; i < 200; ++i)
                        CHECK(bool(d.transact({}, [&] { return (i + t) % 3 != 0; })) == ((i + t) % 3 != 0));
                }));
        }
        CHECK(!overlapped.load());
        CHECK(prepared == 800);
        CHECK(finished == 800);
    });
}

// Destroying a dispatcher that another thread still shows ends the program, with debug checks.
TEST_CASE(
    "a thread whose transaction is over shows nothing of the dispatcher any more, however many priorities") {
    in_each_domain([](const assent::domain& in) {
        recorder log;
        test_support::gate over{"transaction over"};
        test_support::gate gone{"dispatcher gone"};
        auto d = std::make_unique<dispatcher<change>>(in);
        std::vector<registration> r;
        for (int priority = 1; priority <= 3; ++priority)
            r.push_back(d->on({.priority = priority}, told{&log, std::to_string(priority)}));
        const runner other([&] {
            CHECK(d->transact({}, [] {}));
            over.open();
            gone.wait();
        });
        over.wait();
        CHECK(log.take() == "p3 p2 p1 c3 c2 c1");
        d.reset();
        gone.open();
    });
}

TEST_CASE("waiting transactions are served in the order of their arrival") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        std::vector<int> order;
        stop inside;
        const auto a = d.on(
            [&](const event& e) {
                order.push_back(e.value);
                if (e.value == 0) inside.here();
                return 0;
            },
            [](const event&) noexcept {}, [](const event&) noexcept {});
        runner first([&] { static_cast<void>(d.transact({0}, [] {})); });
        inside.entered.wait();
        std::vector<std::unique_ptr<runner>> threads;
        for (int i = 1; i <= 4; ++i) {
            std::atomic<bool> begins{false};
            threads.push_back(std::make_unique<runner>([&, i] {
                begins = true;
                static_cast<void>(d.transact({i}, [] {}));
            }));
            eventually([&] { return begins.load(); });
            // There is no way to see that a thread stands in the queue; give it the time to get there.
            static_cast<void>(stays_false([] { return false; }));
        }
        inside.leave.open();
        threads.clear();
        CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
    });
}

namespace {
struct keyed_change {
    struct event_type {
        int unit = 0;
    };
    using status_type = int;
    using key_type = int;
    static inline bool throws = false;
    static int key(const event_type& e) {
        if (throws) raise(13);
        return e.unit;
    }
};
struct keyed_told {
    recorder* log;
    std::string name;
    int prepare(const keyed_change::event_type&) { return log->say("p" + name), 0; }
    void commit(const keyed_change::event_type&) noexcept { log->say("c" + name); }
    void abort(const keyed_change::event_type&) noexcept { log->say("a" + name); }
};
} // namespace

TEST_CASE("a keyed transaction asks the receivers of its key; with none it just acts") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<keyed_change> d(in);
        recorder log;
        const auto a = d.on(1, keyed_told{&log, "1"});
        const auto b = d.on(2, keyed_told{&log, "2"});
        CHECK(d.transact({2}, [&] { log.say("act"); }));
        CHECK(d.transact({3}, [&] { log.say("act"); }));
        CHECK(!d.transact({1}, [&] { return false; }));
        CHECK(log.take() == "p2 act c2 act p1 a1");
    });
}

#if defined(__cpp_exceptions)

TEST_CASE("G8 a key that cannot be computed fails the transaction and keeps the dispatcher usable") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<keyed_change> d(in);
        recorder log;
        const auto a = d.on(1, keyed_told{&log, "1"});
        keyed_change::throws = true;
        CHECK_THROWS_AS(static_cast<void>(d.transact({1}, [] {})), int);
        keyed_change::throws = false;
        CHECK(!d.inside_callback());
        CHECK(d.transact({1}, [] {}));
        CHECK(log.take() == "p1 c1");
    });
}

namespace {
struct fragile_status {
    static inline bool copies_throw = false;
    int value = 0;
    fragile_status() = default;
    explicit fragile_status(int v) : value(v) {}
    fragile_status(const fragile_status& o) : value(o.value) {
        if (copies_throw) throw 17;
    }
    fragile_status(fragile_status&&) = default;
    fragile_status& operator=(const fragile_status&) = default;
    fragile_status& operator=(fragile_status&&) = default;
};
struct fragile {
    struct event_type {};
    using status_type = fragile_status;
};
} // namespace

template <> struct assent::status_traits<fragile_status> {
    static bool agrees(const fragile_status& s) noexcept { return s.value >= 0; }
    static fragile_status agreed() { return fragile_status(0); }
};

TEST_CASE("G5 those prepared are told of an abort although the refusing status cannot be copied") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<fragile> d(in);
        recorder log;
        const auto a =
            d.on([&](const auto&) { return log.say("p0"), fragile_status(0); },
                 [&](const auto&) noexcept { log.say("c0"); }, [&](const auto&) noexcept { log.say("a0"); });
        const auto b =
            d.on([&](const auto&) { return log.say("p1"), fragile_status(-1); },
                 [&](const auto&) noexcept { log.say("c1"); }, [&](const auto&) noexcept { log.say("a1"); });
        fragile_status::copies_throw = true;
        try {
            static_cast<void>(d.transact({}, [&] { log.say("act"); }));
        } catch (const int) {
            log.say("thrown");
        }
        fragile_status::copies_throw = false;
        const std::string said = log.take();
        CHECK((said == "p0 p1 a0" || said == "p0 p1 a0 thrown"));
        CHECK(!d.transact({}, [] {}));
    });
}

TEST_CASE("G8 what prepare throws arrives after every abort has run") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        recorder log;
        const auto a = d.on(told{&log, "0"});
        const auto b = d.on(told{&log, "1", [](phase p) -> int {
                                     if (p == phase::prepare) throw std::string("no");
                                     return 0;
                                 }});
        try {
            static_cast<void>(d.transact({}, [&] { log.say("act"); }));
        } catch (const std::string& s) {
            log.say("caught " + s);
        }
        CHECK(log.take() == "p0 p1 a0:threw caught no");
    });
}

#endif
