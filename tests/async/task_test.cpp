// SPDX-License-Identifier: BSL-1.0
#include <assent/async/task.hpp>

#include "meeting.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace {

using assent::task;

// Copying would run it twice.
static_assert(!std::is_copy_constructible_v<task> && !std::is_copy_assignable_v<task>);
static_assert(!assent::runnable_work<int>,
              "there is nothing to run, and nobody to tell that it was discarded");
// Queues move tasks without being able to fail.
static_assert(std::is_nothrow_move_constructible_v<task> && std::is_nothrow_move_assignable_v<task>);

struct told {
    int runs = 0;
    int discards = 0;
    int destroyed = 0;
};

struct work {
    explicit work(told& t) : of(&t) {}
    work(work&& other) noexcept : of(std::exchange(other.of, nullptr)) {}
    ~work() {
        if (of != nullptr) ++of->destroyed;
    }
    void run() { ++of->runs; }
    void discard() { ++of->discards; }
    told* of;
};

void check(const told& t, int runs, int discards) {
    CHECK(t.runs == runs);
    CHECK(t.discards == discards);
    CHECK(t.destroyed == 1);
}

} // namespace

TEST_CASE("a task is run once and then empty") {
    told t;
    task a = task::of(work(t));
    REQUIRE(a);
    CHECK(t.destroyed == 0);
    a.run();
    CHECK_FALSE(a);
    a.run();
    a.discard();
    check(t, 1, 0);
}

TEST_CASE("a task that is not run is discarded, at the latest by its destructor") {
    told by_call;
    told by_destructor;
    told by_assignment;
    {
        task a = task::of(work(by_call));
        a.discard();
        a.discard();
        a.run();
        task b = task::of(work(by_destructor));
        task c = task::of(work(by_assignment));
        c = task();
        check(by_assignment, 0, 1);
    }
    check(by_call, 0, 1);
    check(by_destructor, 0, 1);
}

TEST_CASE("a task that moved away is empty, and nothing happens twice") {
    told t;
    {
        task a = task::of(work(t));
        task b = std::move(a);
        CHECK_FALSE(a); // NOLINT(bugprone-use-after-move)
        task c;
        c = std::move(b);
        task& same = c;
        c = std::move(same);
        CHECK(c);
        c.run();
    }
    check(t, 1, 0);
}

TEST_CASE("a forgotten task is neither run nor discarded") {
    told t;
    task a = task::of(work(t));
    a.forget();
    CHECK_FALSE(a);
    check(t, 0, 0);
}

TEST_CASE("a task made of two callables calls the one or the other; they may be move-only") {
    int runs = 0;
    int discards = 0;
    const auto make = [&] {
        return task::make([&, p = std::make_unique<int>(1)] { runs += *p; },
                          [&, p = std::make_unique<int>(1)] { discards += *p; });
    };
    make().run();
    CHECK(runs == 1);
    CHECK(discards == 0);
    static_cast<void>(make());
    CHECK(runs == 1);
    CHECK(discards == 1);
}

#if defined(__cpp_exceptions)
TEST_CASE("a task that throws has been run: it is destroyed and not discarded") {
    told t;
    struct thrower : work {
        using work::work;
        void run() {
            work::run();
            throw std::runtime_error("in a task");
        }
    };
    task a = task::of(thrower(t));
    CHECK(test_async::throws<std::runtime_error>([&] { a.run(); }));
    CHECK_FALSE(a);
    check(t, 1, 0);
}
#endif
