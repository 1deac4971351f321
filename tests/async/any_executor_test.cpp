// SPDX-License-Identifier: BSL-1.0
#include <assent/async/any_executor.hpp>

#include <assent/async/inline_executor.hpp>
#include <assent/async/manual_executor.hpp>
#include <assent/async/ordered_worker.hpp>

#include "meeting.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <type_traits>
#include <utility>

namespace {

using assent::any_executor;
using assent::drain_result;
using assent::submission;
using assent::task;

static_assert(assent::drainable_executor<any_executor>);
static_assert(assent::drainable_executor<assent::inline_executor>);
static_assert(assent::drainable_executor<assent::ordered_worker>);
// It does not own: a temporary would be gone at the end of the line.
static_assert(!std::is_constructible_v<any_executor, assent::inline_executor&&>);
static_assert(!std::is_constructible_v<any_executor, const assent::inline_executor&>);
// Something else is no executor.
static_assert(!std::is_constructible_v<any_executor, int&>);
// Copies refer to the same executor, not to the copied reference.
static_assert(std::is_trivially_copyable_v<any_executor>);

/// Keeps nothing to wait for.
struct refusing_executor {
    submission execute(task&&) { return submission::full; }
};
static_assert(assent::executor<refusing_executor> && !assent::drainable_executor<refusing_executor>);
static_assert(!assent::executor<int>, "it takes no task");

} // namespace

TEST_CASE("an inline executor runs a task at once") {
    assent::inline_executor e;
    int runs = 0;
    task t = task::make([&] { ++runs; }, [] {});
    CHECK(e.execute(std::move(t)) == submission::accepted);
    CHECK(runs == 1);
    CHECK_FALSE(t);
}

#if defined(__cpp_exceptions)
TEST_CASE("what a task throws leaves an inline executor") {
    assent::inline_executor e;
    CHECK(test_async::throws<std::runtime_error>([&] {
        static_cast<void>(e.execute(task::make([] { throw std::runtime_error("in a task"); }, [] {})));
    }));
}
#endif

TEST_CASE("an executor is chosen at run time") {
    assent::inline_executor at_once;
    assent::manual_executor manual;
    assent::ordered_worker worker;
    for (any_executor e : {any_executor(at_once), any_executor(manual), any_executor(worker)}) {
        int runs = 0;
        const any_executor copy = e;
        CHECK(copy == e);
        CHECK(copy.execute(task::make([&] { ++runs; }, [] {})) == submission::accepted);
        CHECK(e.drain() == drain_result::done);
        CHECK(runs == 1);
    }
    CHECK_FALSE(any_executor(manual) == any_executor(worker));
}

TEST_CASE("what the executor refuses stays with the caller; one that cannot be waited for says so") {
    refusing_executor refuses;
    const any_executor e(refuses);
    int discards = 0;
    task t = task::make([] {}, [&] { ++discards; });
    CHECK(e.execute(std::move(t)) == submission::full);
    CHECK(t);
    CHECK(discards == 0);
    CHECK(e.drain() == drain_result::unsupported);
}
