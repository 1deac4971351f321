// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/joint_transaction.hpp>

#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

using namespace test_support;
using assent::abort_audience;
using assent::abort_cause;
using assent::abort_order;
using assent::abort_reason;
using assent::after_refusal;
using assent::commit_order;
using assent::dispatcher;
using assent::phase;
using assent::registration;
using assent::transaction_rules;
using assent::unregister_result;
using assent::verdict;
using assent::withdrawn_participant;

namespace {

struct processors {
    struct event_type {
        int count = 0;
    };
    using status_type = int;
};
struct memory {
    struct event_type {
        int module = 0;
        bool comes = true;
    };
    using status_type = std::error_code;
    using instance_type = int;
    static event_type arrival(int i) { return {i, true}; }
    static event_type removal(int i) { return {i, false}; }
};
struct slots {
    struct event_type {
        int slot = 0;
    };
    using status_type = bool;
    using key_type = int;
    static int key(const event_type& e) noexcept { return e.slot; }
};

std::string refusal_of(int s) { return std::to_string(s); }
std::string refusal_of(bool) { return "no"; }
std::string refusal_of(const std::error_code& s) { return "e" + std::to_string(s.value()); }

/// Says what it is told; does what the test wants, which may be to refuse.
template <class C> struct told {
    using event = typename C::event_type;
    using status = typename C::status_type;
    recorder* log;
    std::string name;
    std::function<status(phase)> does = [](phase) { return assent::status_traits<status>::agreed(); };

    status prepare(const event&) {
        log->say("p" + name);
        return does(phase::prepare);
    }
    void commit(const event&) noexcept {
        log->say("c" + name);
        static_cast<void>(does(phase::commit));
    }
    void abort(const event&, const abort_reason<status>& why) noexcept {
        static const char* const causes[] = {"refused", "failed", "threw", "late", "withdrawn"};
        log->say("a" + name + ":" + causes[static_cast<int>(why.cause)] +
                 (why.status != nullptr ? refusal_of(*why.status) : ""));
        static_cast<void>(does(phase::abort));
    }
};

/// Three dispatchers of different kinds with two participants each.
struct machine {
    explicit machine(const assent::domain& in) : cpus(in), dimms(in), bays(in) {
        for (const char* name : {"1", "2"}) {
            kept.push_back(cpus.on({.name = name},
                                   told<processors>{&log, std::string("P") + name, [this, name](phase p) {
                                                        return step(p, "P", name) ? 0 : -5;
                                                    }}));
            kept.push_back(
                dimms.on({.name = name}, told<memory>{&log, std::string("M") + name, [this, name](phase p) {
                                                          return step(p, "M", name)
                                                                     ? std::error_code()
                                                                     : std::make_error_code(std::errc(12));
                                                      }}));
            kept.push_back(bays.on(4, {.name = name},
                                   told<slots>{&log, std::string("S") + name,
                                               [this, name](phase p) { return step(p, "S", name); }}));
        }
    }
    bool step(phase p, const std::string& kind, const std::string& name) {
        if (p == phase::prepare && kind + name == except) raise();
        return p != phase::prepare || kind + name != refuser;
    }
    static void raise() {
#if defined(__cpp_exceptions)
        throw 13;
#endif
    }
    auto change(std::function<int()> action, const transaction_rules& p = {}, const transaction_rules& m = {},
                const transaction_rules& s = {}) {
        return assent::transact([&, action] { return log.say("act"), action(); }, assent::part(cpus, {2}, p),
                                assent::arrival(dimms, 7, m), assent::part(bays, {4}, s));
    }

    recorder log;
    std::string refuser;
    std::string except;
    dispatcher<processors> cpus;
    dispatcher<memory> dimms;
    dispatcher<slots> bays;
    std::vector<registration> kept;
};

int fine() { return 0; }
int fails() { return -9; }

} // namespace

TEST_CASE("G5 a change of several dispatchers asks all, acts once, commits all in the order of the parts") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        const auto done = m.change(fine);
        CHECK(done);
        CHECK(done.result() == verdict::committed);
        CHECK(done.refusing_part() == done.parts);
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 pS1 pS2 act cP1 cP2 cM1 cM2 cS1 cS2");
        // The module belongs to what exists now.
        const auto late = m.dimms.on({.replay = true}, told<memory>{&m.log, "late"});
        CHECK(m.log.take() == "plate clate");
        CHECK(assent::transact([] {}, assent::removal(m.dimms, 7), assent::part(m.cpus, {0})));
        m.log.take();
        const auto later = m.dimms.on({.replay = true}, told<memory>{&m.log, "later"});
        CHECK(m.log.take().empty());
    });
}

TEST_CASE("G5 a refusal in one part calls the change off in all, aborts run in reverse across the parts") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        m.refuser = "M2";
        const auto refused = m.change(fine);
        CHECK(refused.result() == verdict::refused);
        CHECK(refused.refusing_part() == 1);
        CHECK(refused.refuser() == "2");
        CHECK(refused.part<1>().status()->value() == 12);
        CHECK(refused.part<0>().result() == verdict::refused);
        CHECK(!refused.part<0>().status());
        CHECK(refused.part<0>().refuser().empty());
        CHECK(!refused.part<2>().status());
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 aM1:refusede12 aP2:refused aP1:refused");
        m.refuser = "S1";
        CHECK(m.change(fine).refusing_part() == 2);
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 pS1 aM2:refused aM1:refused aP2:refused aP1:refused");
        // What did not happen does not exist, and nobody is left prepared.
        m.refuser.clear();
        const auto late = m.dimms.on({.replay = true}, told<memory>{&m.log, "late"});
        CHECK(m.log.take().empty());
        CHECK(m.change(fine));
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 plate pS1 pS2 act cP1 cP2 cM1 cM2 clate cS1 cS2");
    });
}

TEST_CASE(
    "G5 inside a part its own rules decide who hears an abort, in which order, and who is still asked") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        m.refuser = "M1";
        CHECK(!m.change(fine, {.order = abort_order::forward}, {.audience = abort_audience::with_refuser},
                        {.audience = abort_audience::everyone}));
        CHECK(m.log.take() == "pP1 pP2 pM1 aS2:refused aS1:refused aM1:refusede12 aP1:refused aP2:refused");
        CHECK(!m.change(fine, {}, {.refusal = after_refusal::ask_rest}));
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 aM2:refusede12 aP2:refused aP1:refused");
        m.refuser.clear();
        CHECK(m.change(fine, {.commits = commit_order::reverse}));
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 pS1 pS2 act cP2 cP1 cM1 cM2 cS1 cS2");
    });
}

TEST_CASE("G5 an action that fails aborts every part; the status reaches the parts that share its type") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        const auto failed = m.change(fails);
        CHECK(failed.result() == verdict::failed);
        CHECK(failed.refusing_part() == failed.parts);
        CHECK(failed.part<0>().status() == -9);
        CHECK(!failed.part<1>().status());
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 pS1 pS2 act aS2:failed aS1:failed aM2:failed aM1:failed "
                              "aP2:failed-9 aP1:failed-9");
    });
}

TEST_CASE("the prepare phase of all parts keeps to one budget") {
    using namespace std::chrono_literals;
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        const auto slow = m.bays.on(
            5, told<slots>{&m.log, "slow", [](phase p) {
                               const auto until = std::chrono::steady_clock::now() + 3ms;
                               while (p == phase::prepare && std::chrono::steady_clock::now() < until) {
                               }
                               return true;
                           }});
        const auto late = assent::transact([&] { m.log.say("act"); }, {.budget = 1ms},
                                           assent::part(m.bays, {5}), assent::part(m.cpus, {2}));
        CHECK(late.result() == verdict::timed_out);
        CHECK(m.log.take() == "pslow aslow:late");
        CHECK(assent::transact([&] { m.log.say("act"); }, {.budget = 1h}, assent::part(m.cpus, {2})));
        CHECK(m.log.take() == "pP1 pP2 act cP1 cP2");
    });
}

TEST_CASE("a part without participants, and one of several keys") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        const auto fifth = m.bays.on(5, told<slots>{&m.log, "S5"});
        CHECK(assent::transact([&] { m.log.say("act"); }, assent::part(m.bays, {9}),
                               assent::part(m.cpus, {1})));
        CHECK(m.log.take() == "pP1 pP2 act cP1 cP2");
        const std::vector<int> keys{5, 4, 9};
        CHECK(assent::transact([&] { m.log.say("act"); }, assent::part(m.cpus, {1}),
                               assent::part_keys(m.bays, keys, {5})));
        CHECK(m.log.take() == "pP1 pP2 pS5 pS1 pS2 act cP1 cP2 cS5 cS1 cS2");
    });
}

TEST_CASE("G5 a participant withdrawn in one part while all are prepared hears its abort, the others go on") {
    in_each_domain([](const assent::domain& in) {
        for (const bool other_thread : {false, true}) {
            machine m(in);
            const auto withdraw = [&] {
                for (const std::size_t which : {0U, 1U})
                    CHECK(m.kept[which].unregister() == unregister_result::done);
                m.log.say("gone");
            };
            CHECK(m.change([&] {
                if (other_thread) {
                    runner(withdraw).join();
                } else {
                    withdraw();
                }
                return 0;
            }));
            CHECK(m.log.take() == "pP1 pP2 pM1 pM2 pS1 pS2 act aP1:withdrawn aM1:withdrawn gone "
                                  "cP2 cM2 cS1 cS2");
        }
    });
}

TEST_CASE("G5 who registers during a joint change takes no part in it, and is owed what it asked to replay") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        std::vector<registration> late;
        CHECK(m.change([&] {
            late.push_back(m.cpus.on(told<processors>{&m.log, "Pl"}));
            late.push_back(m.dimms.on({.replay = true}, told<memory>{&m.log, "Ml"}));
            return 0;
        }));
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 pS1 pS2 act cP1 cP2 cM1 cM2 cS1 cS2 pMl cMl");
    });
}

TEST_CASE("G5 the first registration for a key during an arrival of that key is owed it too") {
    struct ports {
        struct event_type {
            int port = 0;
        };
        using status_type = int;
        using key_type = int;
        using instance_type = int;
        static int key(const event_type& e) { return e.port; }
        static event_type arrival(int i) { return {i}; }
        static event_type removal(int i) { return {i}; }
    };
    in_each_domain([](const assent::domain& in) {
        dispatcher<ports> d(in);
        recorder log;
        registration late;
        CHECK(d.transact_arrival(3, [&] { late = d.on(3, {.replay = true}, told<ports>{&log, "l"}); }));
        CHECK(log.take() == "pl cl");
    });
}

TEST_CASE("G10 a joint change from inside a callback of one of its dispatchers is refused, nobody is asked") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        dispatcher<processors> other(in);
        int refused = 0;
        const auto nested = [&] {
            bool acted = false;
            const auto o =
                assent::transact([&] { acted = true; }, assent::part(other, {1}), assent::part(m.bays, {4}));
            CHECK(!acted);
            refused += o.result() == verdict::would_deadlock;
            CHECK(o.part<0>().result() == verdict::would_deadlock);
            CHECK(o.refusing_part() == 2);
        };
        const auto a = other.on(told<processors>{&m.log, "other"});
        const auto b = m.bays.on(6, told<slots>{&m.log, "S6", [&](phase) {
                                                    nested();
                                                    return true;
                                                }});
        CHECK(m.bays.transact({6}, nested));
        CHECK(refused == 3);
        CHECK(assent::transact(nested, assent::part(m.cpus, {1}), assent::part(m.bays, {9})));
        CHECK(refused == 4);
        CHECK(m.log.take() == "pS6 cS6 pP1 pP2 cP1 cP2");
        // Its tickets are free again.
        CHECK(other.transact({1}, [] {}));
        CHECK(m.log.take() == "pother cother");
    });
}

TEST_CASE("G10 from inside a callback of another dispatcher a joint change is allowed") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        dispatcher<processors> other(in);
        CHECK(other.transact({1}, [&] { CHECK(m.change(fine)); }));
        CHECK(m.change([&] { return other.transact({1}, [] {}) ? 0 : -1; }));
    });
}

TEST_CASE("a dispatcher named twice, and dispatchers of different domains, are refused") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        bool acted = false;
        const auto act = [&] { acted = true; };
        CHECK(assent::transact(act, assent::part(m.cpus, {1}), assent::part(m.bays, {4}),
                               assent::part(m.cpus, {2}))
                  .result() == verdict::would_deadlock);
        const assent::domain elsewhere = assent::domain::make();
        dispatcher<processors> far(elsewhere);
        CHECK(assent::transact(act, assent::part(m.cpus, {1}), assent::part(far, {2})).result() ==
              verdict::would_deadlock);
        CHECK(!acted);
        CHECK(m.log.take().empty());
        CHECK(!m.cpus.inside_callback());
        CHECK(m.change(fine));
    });
}

TEST_CASE("what callbacks announce at a part's dispatcher follows when the joint change is over") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        CHECK(m.change([&] {
            m.bays.announce({4});
            m.dimms.announce_removal(7);
            return 0;
        }));
        const std::string all = "pP1 pP2 pM1 pM2 pS1 pS2 act cP1 cP2 cM1 cM2 cS1 cS2";
        CHECK(m.log.take() == all + " cM1 cM2 cS1 cS2");
    });
}

TEST_CASE("a part's dispatcher may be destroyed inside the change: those prepared are told of its end") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        auto doomed = std::make_unique<dispatcher<processors>>(in);
        const auto a = doomed->on(told<processors>{&m.log, "D"});
        CHECK(
            assent::transact([&] { doomed.reset(); }, assent::part(*doomed, {1}), assent::part(m.bays, {4})));
        CHECK(m.log.take() == "pD pS1 pS2 cD cS1 cS2");
        CHECK(!a.active());
    });
}

TEST_CASE("a part's dispatcher destroyed while an earlier part is asked calls the change off") {
    in_each_domain([](const assent::domain& in) {
        recorder log;
        dispatcher<slots> bays(in);
        auto doomed = std::make_unique<dispatcher<processors>>(in);
        const auto a = bays.on(4, told<slots>{&log, "S", [&](phase p) {
                                                  if (p == phase::prepare) doomed.reset();
                                                  return true;
                                              }});
        const auto b = doomed->on(told<processors>{&log, "D1"});
        const auto c = doomed->on(told<processors>{&log, "D2"});
        const auto o =
            assent::transact([&] { log.say("act"); }, assent::part(bays, {4}), assent::part(*doomed, {1}));
        CHECK(o.result() == verdict::refused);
        CHECK(log.take() == "pS pD1 aD1:withdrawn aS:withdrawn");
    });
}

TEST_CASE(
    "G3 joint changes over the same dispatchers in any order pass one after the other, none is refused") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processors> a(in);
        dispatcher<processors> b(in);
        dispatcher<processors> c(in);
        std::atomic<int> inside{0};
        std::atomic<bool> overlapped{false};
        const auto r = b.on([&](const auto&) { return ++inside == 1 ? 0 : (overlapped = true, 0); },
                            [&](const auto&) noexcept { --inside; }, [&](const auto&) noexcept { --inside; });
        std::atomic<int> committed{0};
        std::atomic<int> failed{0};
        std::atomic<int> refused{0};
        const auto count = [&](const auto& o) {
            if (o.result() == verdict::committed) ++committed;
            if (o.result() == verdict::failed) ++failed;
            if (o.result() == verdict::would_deadlock) ++refused;
        };
        constexpr int rounds = 200;
        {
            std::vector<std::unique_ptr<runner>> threads;
            for (int t = 0; t < 4; ++t)
                threads.push_back(std::make_unique<runner>([&, t] {
                    for (int i = 0; i < rounds; ++i) {
                        const auto act = [&] { return i % 4 != 0; };
                        switch (t) {
                        case 0:
                            count(assent::transact(act, assent::part(a, {i}), assent::part(b, {i})));
                            break;
                        case 1:
                            count(assent::transact(act, assent::part(b, {i}), assent::part(a, {i})));
                            break;
                        case 2:
                            count(assent::transact(act, assent::part(c, {i}), assent::part(b, {i}),
                                                   assent::part(a, {i})));
                            break;
                        default:
                            count(b.transact({i}, act));
                        }
                    }
                }));
        }
        CHECK(refused == 0);
        CHECK(!overlapped);
        CHECK(inside == 0);
        CHECK(committed + failed == 4 * rounds);
        CHECK(failed == rounds);
    });
}

TEST_CASE(
    "G3 two joint changes that come while both their dispatchers are busy both happen, named in any order") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processors> a(in);
        dispatcher<processors> b(in);
        stop busy;
        std::atomic<int> done{0};
        const auto change = [&](auto& first, auto& second) {
            if (assent::transact([] {}, assent::part(first, {1}), assent::part(second, {1}))) ++done;
        };
        {
            const runner holds([&] {
                CHECK(assent::transact([&] { busy.here(); }, assent::part(a, {1}), assent::part(b, {1})));
            });
            busy.entered.wait();
            const runner one([&] { change(a, b); });
            const runner other([&] { change(b, a); });
            // There is no way to see that a thread stands in a queue; give them the time to get there.
            CHECK(stays_false([&] { return done.load() != 0; }));
            busy.leave.open();
        }
        CHECK(done == 2);
    });
}

TEST_CASE("G3 a joint change that would close a cycle of waits is refused, its tickets are let go") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processors> one(in);
        dispatcher<processors> two(in);
        recorder log;
        const auto a = one.on(told<processors>{&log, "1"});
        const auto b = two.on(told<processors>{&log, "2"});
        // A thread inside each of them asks for both: whoever comes second must not wait.
        gate in_one{"inside the first"};
        gate in_two{"inside the second"};
        dispatcher<processors> outer_one(in);
        dispatcher<processors> outer_two(in);
        std::atomic<int> refused{0};
        std::atomic<int> done{0};
        const auto both = [&](auto& mine, auto& other, gate& here, gate& there) {
            static_cast<void>(mine.transact({1}, [&] {
                here.open();
                there.wait();
                const auto o = assent::transact([] {}, assent::part(one, {1}), assent::part(other, {1}),
                                                assent::part(two, {1}));
                if (o.result() == verdict::would_deadlock) ++refused;
                if (o) ++done;
            }));
        };
        {
            const runner x([&] { both(outer_one, outer_two, in_one, in_two); });
            const runner y([&] { both(outer_two, outer_one, in_two, in_one); });
        }
        CHECK(refused == 1);
        CHECK(done == 1);
        CHECK(log.take() == "p1 p2 c1 c2");
        CHECK(assent::transact([] {}, assent::part(two, {1}), assent::part(one, {1})));
    });
}

TEST_CASE("G1 unregistering on other threads while joint changes run leaves nobody half told") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<processors> a(in);
        dispatcher<memory> b(in);
        std::atomic<int> open{0};
        std::atomic<bool> stop{false};
        const auto take_part = [&](auto& d, auto agreed) {
            return d.on(
                [&, agreed](const auto&) {
                    ++open;
                    return agreed;
                },
                [&](const auto&) noexcept { --open; }, [&](const auto&) noexcept { --open; });
        };
        {
            const runner churning([&] {
                for (int i = 0; i < 300; ++i) {
                    auto r = take_part(a, 0);
                    auto s = take_part(b, std::error_code());
                    if (i % 3 == 0) std::this_thread::yield();
                }
                stop = true;
            });
            for (int i = 0; !stop.load(); ++i) {
                const auto act = [&] { return i % 2 == 0; };
                if (i % 4 < 2) {
                    static_cast<void>(assent::transact(act, assent::part(a, {i}), assent::part(b, {i})));
                } else {
                    static_cast<void>(assent::transact(act, assent::removal(b, 1), assent::part(a, {i})));
                }
            }
        }
        CHECK(open == 0);
    });
}

#if defined(__cpp_exceptions)

TEST_CASE("G8 what a prepare in any part throws arrives after every abort in all parts") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        m.except = "M2";
        try {
            static_cast<void>(m.change(fine));
        } catch (const int thrown) {
            m.log.say("caught " + std::to_string(thrown));
        }
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 aM1:threw aP2:threw aP1:threw caught 13");
        m.except.clear();
        CHECK(m.change(fine));
    });
}

TEST_CASE("G8 what the action throws arrives after every abort in all parts") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        try {
            static_cast<void>(m.change([]() -> int { throw 17; }));
        } catch (const int thrown) {
            m.log.say("caught " + std::to_string(thrown));
        }
        CHECK(m.log.take() == "pP1 pP2 pM1 pM2 pS1 pS2 act aS2:threw aS1:threw aM2:threw aM1:threw aP2:threw "
                              "aP1:threw caught 17");
        const auto late = m.dimms.on({.replay = true}, told<memory>{&m.log, "late"});
        CHECK(m.log.take().empty());
    });
}

TEST_CASE("G8 an instance that cannot be made fails a joint change before anybody was asked") {
    in_each_domain([](const assent::domain& in) {
        machine m(in);
        const auto make = []() -> int { throw 19; };
        CHECK_THROWS_AS(static_cast<void>(assent::transact([] {}, assent::part(m.cpus, {1}),
                                                           assent::arrival(m.dimms, make))),
                        int);
        CHECK(m.log.take().empty());
        CHECK(!m.cpus.inside_callback());
        CHECK(!m.dimms.inside_callback());
        CHECK(m.change(fine));
    });
}

#endif
