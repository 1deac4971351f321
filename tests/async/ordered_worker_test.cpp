// SPDX-License-Identifier: BSL-1.0
#include <assent/async/ordered_worker.hpp>

#include <assent/async/executor.hpp>
#include <assent/dispatch/dispatcher.hpp>

#include "meeting.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using assent::drain_result;
using assent::ordered_worker;
using assent::shutdown;
using assent::submission;
using assent::task;
using assent::when_full;
using test_async::gate;
using test_async::until_waited_for_by;

// It is what its thread refers to.
static_assert(!std::is_move_constructible_v<ordered_worker>);

task running(auto f) {
    return task::make(std::move(f), [] {});
}

/// Notes "+n" when task n is run, "-n" when it is discarded. Only the worker writes.
task noting(std::string& notes, int n) {
    return task::make([&notes, n] { notes += "+" + std::to_string(n) + " "; },
                      [&notes, n] { notes += "-" + std::to_string(n) + " "; });
}

/// Occupies a worker, from the constructor's return on, until the gate opens.
struct occupied {
    gate begun;
    gate end;
    explicit occupied(ordered_worker& w) {
        CHECK(w.execute(running([this] {
            begun.open();
            end.pass();
        })) == submission::accepted);
        begun.pass();
    }
};

} // namespace

TEST_CASE("a worker runs tasks on its own thread in the order in which they were accepted") {
    ordered_worker w;
    std::vector<int> order;
    std::vector<std::thread::id> threads;
    for (int i = 0; i < 200; ++i) {
        CHECK(w.execute(running([&, i] {
            order.push_back(i);
            threads.push_back(std::this_thread::get_id());
            CHECK(w.runs_here());
        })) == submission::accepted);
    }
    CHECK(w.drain() == drain_result::done);
    REQUIRE(order.size() == 200);
    for (int i = 0; i < 200; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
    for (const auto id : threads) CHECK(id == threads[0]);
    CHECK(threads[0] != std::this_thread::get_id());
    CHECK_FALSE(w.runs_here());
}

TEST_CASE("tasks of many threads run once each, those of one thread in order, whatever the queue's size") {
    constexpr int threads = 3;
    constexpr int each = 400;
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, std::size_t{7}}) {
        std::vector<int> next(threads, 0);
        int wrong = 0;
        std::atomic<int> refused{0};
        {
            ordered_worker w({.capacity = capacity});
            std::vector<std::thread> all;
            for (int t = 0; t < threads; ++t) {
                all.emplace_back([&, t] {
                    for (int i = 0; i < each; ++i) {
                        const auto answer = w.execute(running([&, t, i] {
                            if (next[static_cast<std::size_t>(t)]++ != i) ++wrong;
                        }));
                        if (answer != submission::accepted) ++refused;
                    }
                });
            }
            for (auto& t : all) t.join();
        }
        CHECK(refused == 0);
        CHECK(wrong == 0);
        for (const int n : next) CHECK(n == each);
    }
}

TEST_CASE("a full queue that refuses leaves the task with its owner") {
    std::string notes;
    ordered_worker w({.capacity = 2, .full = when_full::refuse});
    occupied busy(w);
    CHECK(w.execute(noting(notes, 1)) == submission::accepted);
    CHECK(w.execute(noting(notes, 2)) == submission::accepted);
    task third = noting(notes, 3);
    CHECK(w.execute(std::move(third)) == submission::full);
    CHECK(third);
    busy.end.open();
    CHECK(w.drain() == drain_result::done);
    CHECK(notes == "+1 +2 ");
    CHECK(w.execute(std::move(third)) == submission::accepted);
    CHECK(w.drain() == drain_result::done);
    CHECK(notes == "+1 +2 +3 ");
}

TEST_CASE("a full queue that waits takes those who wait in the order they came") {
    std::string notes;
    ordered_worker w({.capacity = 1});
    std::thread second;
    std::thread third;
    gate begun;
    gate first_waits;
    gate both_known;
    CHECK(w.execute(running([&] {
        begun.open();
        both_known.pass();
        until_waited_for_by(second.get_id());
        first_waits.open();
        until_waited_for_by(third.get_id());
    })) == submission::accepted);
    begun.pass();
    CHECK(w.execute(noting(notes, 1)) == submission::accepted);
    second = std::thread([&] { CHECK(w.execute(noting(notes, 2)) == submission::accepted); });
    third = std::thread([&] {
        first_waits.pass();
        CHECK(w.execute(noting(notes, 3)) == submission::accepted);
    });
    both_known.open();
    second.join();
    third.join();
    CHECK(w.drain() == drain_result::done);
    CHECK(notes == "+1 +2 +3 ");
}

TEST_CASE("G3: a task that queues into its own full queue is refused, not hung") {
    std::string notes;
    ordered_worker w({.capacity = 1});
    gate begun;
    gate queued;
    std::optional<submission> answer;
    CHECK(w.execute(running([&] {
        begun.open();
        queued.pass();
        task own = noting(notes, 2);
        answer = w.execute(std::move(own));
        CHECK(own);
        own.forget();
    })) == submission::accepted);
    begun.pass();
    CHECK(w.execute(noting(notes, 1)) == submission::accepted);
    queued.open();
    CHECK(w.drain() == drain_result::done);
    CHECK(answer == submission::would_deadlock);
    CHECK(notes == "+1 ");
}

TEST_CASE("a task that queues into its own queue while there is room is not refused") {
    std::string notes;
    ordered_worker w({.capacity = 1});
    CHECK(w.execute(running([&] { CHECK(w.execute(noting(notes, 1)) == submission::accepted); })) ==
          submission::accepted);
    CHECK(w.drain() == drain_result::done);
    CHECK(w.drain() == drain_result::done);
    CHECK(w.close(shutdown::deliver) == drain_result::done);
    CHECK(notes == "+1 ");
}

TEST_CASE("G3: of two workers that queue into each other's full queue one is refused and the other goes on") {
    std::string notes;
    ordered_worker a({.capacity = 1});
    ordered_worker b({.capacity = 1});
    std::thread::id thread_of_a;
    gate a_begun;
    gate b_begun;
    gate queued;
    std::optional<submission> answer_a;
    std::optional<submission> answer_b;
    CHECK(a.execute(running([&] {
        thread_of_a = std::this_thread::get_id();
        a_begun.open();
        queued.pass();
        answer_a = b.execute(running([] {}));
    })) == submission::accepted);
    a_begun.pass();
    CHECK(b.execute(running([&] {
        b_begun.open();
        queued.pass();
        until_waited_for_by(thread_of_a);
        answer_b = a.execute(running([] {}));
    })) == submission::accepted);
    b_begun.pass();
    CHECK(a.execute(running([] {})) == submission::accepted);
    CHECK(b.execute(running([] {})) == submission::accepted);
    queued.open();
    CHECK(a.drain() == drain_result::done);
    CHECK(b.drain() == drain_result::done);
    CHECK(answer_a == submission::accepted);
    CHECK(answer_b == submission::would_deadlock);
}

TEST_CASE("two workers that feed each other without order never hang") {
    for (int round = 0; round < 50; ++round) {
        std::atomic<int> run{0};
        std::atomic<int> accepted{0};
        ordered_worker a({.capacity = 1});
        ordered_worker b({.capacity = 1});
        const auto feed = [&](ordered_worker& to) {
            for (int i = 0; i < 20; ++i) {
                const auto answer = to.execute(running([&run] { ++run; }));
                if (answer == submission::accepted) ++accepted;
            }
        };
        CHECK(a.execute(running([&] { feed(b); })) == submission::accepted);
        CHECK(b.execute(running([&] { feed(a); })) == submission::accepted);
        // What the first waits for may come while the second is still feeding it: twice.
        for (int i = 0; i < 2; ++i) {
            CHECK(a.drain() == drain_result::done);
            CHECK(b.drain() == drain_result::done);
        }
        CHECK(run == accepted);
        CHECK(accepted > 0);
    }
}

TEST_CASE("drain waits for what was accepted before, and from inside a task it is refused") {
    ordered_worker w;
    std::optional<drain_result> inside;
    int done = 0;
    CHECK(w.drain() == drain_result::done);
    CHECK(w.execute(running([&] { inside = w.drain(); })) == submission::accepted);
    for (int i = 0; i < 20; ++i) CHECK(w.execute(running([&] { ++done; })) == submission::accepted);
    CHECK(w.drain() == drain_result::done);
    CHECK(done == 20);
    CHECK(inside == drain_result::would_deadlock);
    CHECK(w.drain() == drain_result::done);
}

TEST_CASE("drain does not wait for what is accepted later") {
    gate drained;
    ordered_worker w;
    const auto main = std::this_thread::get_id();
    CHECK(w.execute(running([&] {
        until_waited_for_by(main);
        CHECK(w.execute(running([&] { drained.pass(); })) == submission::accepted);
    })) == submission::accepted);
    CHECK(w.drain() == drain_result::done);
    drained.open();
}

TEST_CASE("G3: draining inside a callback that a task unregisters closes a cycle, and the task goes on") {
    struct event {};
    ordered_worker w;
    assent::dispatcher<event> d;
    const auto main = std::this_thread::get_id();
    std::optional<assent::unregister_result> unregistered;
    std::optional<drain_result> drained;
    assent::registration r = d.on([&](const event&) { drained = w.drain(); });
    CHECK(w.execute(running([&] {
        until_waited_for_by(main);
        unregistered = r.unregister();
    })) == submission::accepted);
    d.notify({});
    CHECK(drained == drain_result::done);
    CHECK(unregistered == assent::unregister_result::cycle_broken);
}

TEST_CASE("G3: a wait that somebody else has to break ends, for a drain and for room") {
    gate released;
    gate begun;
    gate again;
    ordered_worker w({.capacity = 1});
    const auto main = std::this_thread::get_id();
    // As a transaction does that waits for those who withdraw from it: it cannot return early.
    const auto breaks = [&] {
        until_waited_for_by(main);
        const test_async::thread_target target(main, false);
        const assent::detail::wait_scope must(assent::domain::by_default().core().waits, target, true);
        CHECK_FALSE(must.closes_cycle());
    };
    CHECK(w.execute(running([&] {
        breaks();
        released.pass();
    })) == submission::accepted);
    CHECK(w.drain() == drain_result::would_deadlock);
    released.open();
    CHECK(w.drain() == drain_result::done);

    CHECK(w.execute(running([&] {
        begun.open();
        breaks();
        again.pass();
    })) == submission::accepted);
    begun.pass();
    CHECK(w.execute(running([] {})) == submission::accepted);
    task waits = running([] {});
    CHECK(w.execute(std::move(waits)) == submission::would_deadlock);
    CHECK(waits);
    again.open();
}

TEST_CASE("close delivers what was accepted and accepts nothing more") {
    std::string notes;
    ordered_worker w;
    auto busy = std::make_unique<occupied>(w);
    for (int i = 0; i < 3; ++i) CHECK(w.execute(noting(notes, i)) == submission::accepted);
    busy->end.open();
    CHECK(w.close(shutdown::deliver) == drain_result::done);
    CHECK(notes == "+0 +1 +2 ");
    task late = noting(notes, 3);
    CHECK(w.execute(std::move(late)) == submission::closed);
    CHECK(late);
    late.forget();
    CHECK(w.close(shutdown::discard) == drain_result::done);
    CHECK(w.drain() == drain_result::done);
    CHECK(notes == "+0 +1 +2 ");
}

TEST_CASE("close discards what was not begun, in order, and each task is told") {
    std::string notes;
    ordered_worker w;
    const auto main = std::this_thread::get_id();
    gate begun;
    CHECK(w.execute(running([&] {
        begun.open();
        until_waited_for_by(main); // it closes
        notes += "ran ";
    })) == submission::accepted);
    begun.pass();
    for (int i = 0; i < 3; ++i) CHECK(w.execute(noting(notes, i)) == submission::accepted);
    CHECK(w.close(shutdown::discard) == drain_result::done);
    CHECK(notes == "ran -0 -1 -2 ");
}

TEST_CASE("a shutdown that delivers can be turned into one that discards") {
    std::string notes;
    ordered_worker w;
    const auto main = std::this_thread::get_id();
    gate queued;
    CHECK(w.execute(running([&] {
        queued.pass();
        until_waited_for_by(main);
        CHECK(w.close(shutdown::discard) == drain_result::would_deadlock); // the rest goes on by itself
    })) == submission::accepted);
    for (int i = 0; i < 3; ++i) CHECK(w.execute(noting(notes, i)) == submission::accepted);
    queued.open();
    CHECK(w.close(shutdown::deliver) == drain_result::done);
    CHECK(notes == "-0 -1 -2 ");
}

TEST_CASE("those who wait for room when the worker closes are refused, and what was queued is delivered") {
    std::string notes;
    ordered_worker w({.capacity = 1});
    gate begun;
    gate known;
    std::thread waiting;
    CHECK(w.execute(running([&] {
        begun.open();
        known.pass();
        until_waited_for_by(waiting.get_id());
        CHECK(w.close(shutdown::deliver) == drain_result::would_deadlock);
    })) == submission::accepted);
    begun.pass();
    CHECK(w.execute(noting(notes, 1)) == submission::accepted);
    waiting = std::thread([&] {
        task t = noting(notes, 2);
        CHECK(w.execute(std::move(t)) == submission::closed);
        CHECK(t);
        t.forget();
    });
    known.open();
    waiting.join();
    CHECK(w.close(shutdown::deliver) == drain_result::done);
    CHECK(notes == "+1 ");
}

TEST_CASE("the destructor delivers") {
    std::string notes;
    {
        ordered_worker w;
        for (int i = 0; i < 3; ++i) CHECK(w.execute(noting(notes, i)) == submission::accepted);
    }
    CHECK(notes == "+0 +1 +2 ");
}

TEST_CASE("a worker destroyed inside its own task does not hang, and the rest is delivered") {
    std::string notes;
    gate queued;
    gate last;
    auto w = std::make_unique<ordered_worker>();
    CHECK(w->execute(running([&] {
        queued.pass();
        w.reset();
        notes += "destroyed ";
    })) == submission::accepted);
    CHECK(w->execute(noting(notes, 1)) == submission::accepted);
    CHECK(w->execute(running([&] { last.open(); })) == submission::accepted);
    queued.open();
    last.pass();
    CHECK(notes == "destroyed +1 ");
}

TEST_CASE("a task that holds the last reference to its worker may be the last to go") {
    gate gone;
    struct opens {
        gate* g;
        ~opens() { g->open(); }
    };
    {
        struct owner {
            explicit owner(gate* g) : last{g} {}
            opens last; // destroyed after the worker
            ordered_worker w{};
        };
        auto shared = std::make_shared<owner>(&gone);
        gate queued;
        gate begun;
        CHECK(shared->w.execute(running([&begun, &queued, shared] {
            begun.open();
            queued.pass();
        })) == submission::accepted);
        begun.pass();
        shared.reset();
        queued.open();
        gone.pass();
    }
}

TEST_CASE(
    "G3: a worker destroyed where waiting would close a cycle lets its thread go and delivers the rest") {
    struct event {};
    assent::dispatcher<event> d;
    std::string notes;
    gate registered;
    gate last;
    std::optional<assent::unregister_result> unregistered;
    auto w = std::make_unique<ordered_worker>();
    std::thread::id worker;
    gate known;
    assent::registration r = d.on([&](const event&) {
        registered.open();
        until_waited_for_by(worker);
        w.reset(); // its task waits for us
        notes += "destroyed ";
    });
    CHECK(w->execute(running([&] {
        worker = std::this_thread::get_id();
        known.open();
        registered.pass();
        unregistered = r.unregister();
    })) == submission::accepted);
    CHECK(w->execute(noting(notes, 1)) == submission::accepted);
    CHECK(w->execute(running([&] { last.open(); })) == submission::accepted);
    known.pass();
    d.notify({});
    last.pass();
    CHECK(unregistered == assent::unregister_result::done);
    CHECK(notes == "destroyed +1 ");
}

TEST_CASE("waits of different domains do not see each other") {
    const assent::domain own = assent::domain::make();
    ordered_worker w({}, own);
    const auto main = std::this_thread::get_id();
    bool seen_in_own = false;
    bool seen_elsewhere = true;
    CHECK(w.execute(running([&] {
        until_waited_for_by(main, own);
        seen_in_own = true;
        seen_elsewhere = test_async::waits_for_this_thread(main);
    })) == submission::accepted);
    CHECK(w.drain() == drain_result::done);
    CHECK(seen_in_own);
    CHECK_FALSE(seen_elsewhere);
}
