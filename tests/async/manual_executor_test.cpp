// SPDX-License-Identifier: BSL-1.0
#include <assent/async/manual_executor.hpp>

#include <assent/async/executor.hpp>

#include "meeting.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using assent::drain_result;
using assent::manual_executor;
using assent::shutdown;
using assent::submission;
using assent::task;

static_assert(assent::drainable_executor<manual_executor>);

/// Notes "+n" when task n is run, "-n" when it is discarded.
task noting(std::string& notes, int n) {
    return task::make([&notes, n] { notes += "+" + std::to_string(n) + " "; },
                      [&notes, n] { notes += "-" + std::to_string(n) + " "; });
}

task running(auto f) {
    return task::make(std::move(f), [] {});
}

} // namespace

TEST_CASE("nothing runs until it is told to, and then in order") {
    std::string notes;
    manual_executor e;
    for (int i = 0; i < 4; ++i) CHECK(e.execute(noting(notes, i)) == submission::accepted);
    CHECK(notes.empty());
    CHECK(e.pending() == 4);
    CHECK(e.run_one());
    CHECK(notes == "+0 ");
    CHECK(e.run_all() == 3);
    CHECK(notes == "+0 +1 +2 +3 ");
    CHECK_FALSE(e.run_one());
    CHECK(e.run_all() == 0);
    CHECK(e.pending() == 0);
}

TEST_CASE("run_all runs what tasks queue, after what was queued before") {
    std::string notes;
    manual_executor e;
    const auto first = [&] {
        notes += "first ";
        CHECK(e.execute(noting(notes, 2)) == submission::accepted);
    };
    CHECK(e.execute(running(first)) == submission::accepted);
    CHECK(e.execute(noting(notes, 1)) == submission::accepted);
    CHECK(e.run_all() == 3);
    CHECK(notes == "first +1 +2 ");
}

TEST_CASE("from inside a task nothing is run: tasks do not nest") {
    std::string notes;
    manual_executor e;
    const auto nested = [&] {
        CHECK_FALSE(e.run_one());
        CHECK(e.run_all() == 0);
        CHECK(e.drain() == drain_result::would_deadlock);
        notes += "end ";
    };
    CHECK(e.execute(running(nested)) == submission::accepted);
    CHECK(e.execute(noting(notes, 1)) == submission::accepted);
    CHECK(e.drain() == drain_result::done);
    CHECK(notes == "end +1 ");
}

TEST_CASE("a full manual executor refuses and leaves the task with its owner") {
    std::string notes;
    manual_executor e(2);
    CHECK(e.execute(noting(notes, 0)) == submission::accepted);
    CHECK(e.execute(noting(notes, 1)) == submission::accepted);
    task third = noting(notes, 2);
    CHECK(e.execute(std::move(third)) == submission::full);
    CHECK(third);
    CHECK(notes.empty());
    CHECK(e.run_one());
    CHECK(e.execute(std::move(third)) == submission::accepted);
    CHECK_FALSE(third);
    CHECK(e.run_all() == 2);
    CHECK(notes == "+0 +1 +2 ");
}

TEST_CASE("closing a manual executor delivers, or discards, in order; the destructor discards") {
    std::string notes;
    {
        manual_executor delivers;
        manual_executor discards;
        manual_executor destroyed;
        CHECK(delivers.execute(noting(notes, 1)) == submission::accepted);
        CHECK(delivers.execute(noting(notes, 2)) == submission::accepted);
        CHECK(discards.execute(noting(notes, 3)) == submission::accepted);
        CHECK(discards.execute(noting(notes, 4)) == submission::accepted);
        CHECK(destroyed.execute(noting(notes, 5)) == submission::accepted);
        CHECK(delivers.close(shutdown::deliver) == drain_result::done);
        CHECK(discards.close(shutdown::discard) == drain_result::done);
        CHECK(notes == "+1 +2 -3 -4 ");
        task late = noting(notes, 6);
        CHECK(delivers.execute(std::move(late)) == submission::closed);
        CHECK(discards.execute(std::move(late)) == submission::closed);
        CHECK(late);
        late.forget();
    }
    CHECK(notes == "+1 +2 -3 -4 -5 ");
}

TEST_CASE("a task closes its executor: what is discarded goes when it has returned") {
    std::string notes;
    manual_executor e;
    const auto closing = [&] {
        CHECK(e.close(shutdown::discard) == drain_result::would_deadlock);
        CHECK(e.execute(running([] {})) == submission::closed);
        notes += "closed ";
    };
    CHECK(e.execute(running(closing)) == submission::accepted);
    CHECK(e.execute(noting(notes, 1)) == submission::accepted);
    CHECK(e.execute(noting(notes, 2)) == submission::accepted);
    CHECK(e.run_one());
    CHECK(notes == "closed -1 -2 ");
}

TEST_CASE("tasks run by several threads do not overlap, and each runs once") {
    constexpr int tasks = 300;
    manual_executor e;
    std::atomic<int> inside{0};
    std::atomic<int> overlaps{0};
    std::vector<int> order; // unprotected on purpose: the executor's turn must do
    for (int i = 0; i < tasks; ++i) {
        CHECK(e.execute(running([&, i] {
            if (++inside != 1) ++overlaps;
            order.push_back(i);
            --inside;
        })) == submission::accepted);
    }
    std::vector<std::thread> all;
    for (int t = 0; t < 3; ++t) {
        all.emplace_back([&] {
            while (e.run_one()) continue;
        });
    }
    for (auto& t : all) t.join();
    CHECK(overlaps == 0);
    REQUIRE(order.size() == tasks);
    for (int i = 0; i < tasks; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a thread that waits for its turn is an edge: the task that would wait for it back is refused") {
    manual_executor e;
    test_async::gate started;
    std::optional<bool> closed_cycle;
    std::thread other;
    const auto first = [&] {
        started.open();
        test_async::until_waited_for_by(other.get_id());
        const test_async::thread_target back(other.get_id(), false);
        closed_cycle =
            assent::detail::wait_scope(assent::domain::by_default().core().waits, back).closes_cycle();
    };
    CHECK(e.execute(running(first)) == submission::accepted);
    other = std::thread([&] {
        started.pass();
        CHECK_FALSE(e.run_one()); // its turn comes, and nothing is left
    });
    CHECK(e.run_one());
    other.join();
    CHECK(closed_cycle == true);
}

#if defined(__cpp_exceptions)
TEST_CASE("what a task throws leaves run_all; the rest stays queued and runs later") {
    std::string notes;
    manual_executor e;
    CHECK(e.execute(running([] { throw std::runtime_error("in a task"); })) == submission::accepted);
    CHECK(e.execute(noting(notes, 1)) == submission::accepted);
    CHECK(test_async::throws<std::runtime_error>([&] { e.run_all(); }));
    CHECK(notes.empty());
    CHECK(e.run_all() == 1);
    CHECK(notes == "+1 ");
}
#endif
