// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_POST_HPP
#define ASSENT_ASYNC_POST_HPP

#include <assent/config.hpp>
#include <assent/async/delivery_result.hpp>
#include <assent/async/executor.hpp>
#include <assent/async/submission.hpp>
#include <assent/async/task.hpp>
#include <assent/core/category.hpp>
#include <assent/dispatch/dispatcher.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

namespace detail {

/// Work, and whom to tell about it.
template <class Work, class Completion> struct posted {
    Work work;
    Completion completion;

    void run() {
        if constexpr (std::same_as<Completion, no_completion>) {
            std::invoke(work);
        } else {
            std::exception_ptr thrown;
            ASSENT_TRY { std::invoke(work); }
            ASSENT_CATCH_ALL {
                thrown = std::current_exception();
                if (thrown == nullptr) ASSENT_RETHROW; // the thread is being cancelled
            }
            const auto result = thrown == nullptr ? delivery_result::delivered : delivery_result::failed;
            tell(result, std::move(thrown));
        }
    }

    void discard() noexcept {
        if constexpr (!std::same_as<Completion, no_completion>) tell(delivery_result::discarded, nullptr);
    }

private:
    void tell(delivery_result result, [[maybe_unused]] std::exception_ptr thrown) {
        if constexpr (std::invocable<Completion&, delivery_result, std::exception_ptr>) {
            std::invoke(completion, result, std::move(thrown));
        } else {
            std::invoke(completion, result);
        }
    }
};

} // namespace detail

/// Calls `work` on an executor and then `completion` with what became of it: what the functions below are
/// made of, for whoever delivers in another way.
///
/// The completion runs where the work ran, or where it was discarded; it must not throw when told
/// `discarded`. It is not called when the result of this function is not `accepted`.
/// Errors   full, closed, would_deadlock, no_memory: nothing will happen. What copying the arguments throws
///          passes through.
/// Threads  as Executor::execute: an inline executor does everything before this returns; a worker whose
///          queue is full may wait for room.
template <executor_reference Executor, std::invocable Work, delivery_completion Completion = no_completion>
submission post_call(Executor&& on, Work work, Completion completion = {}) {
    using posted = detail::posted<Work, Completion>;
    task t = task::of(posted{std::move(work), std::move(completion)});
    if (!t) return submission::no_memory;
    const submission answer = on.execute(std::move(t));
    if (answer != submission::accepted) t.forget(); // NOLINT(bugprone-use-after-move): it was not taken
    return answer;
}

/// Notifies a copy of the event on an executor, and calls `completion` after the last receiver, also when
/// there is none. A dispatcher that is fed by one ordered executor only tells its receivers of the events in
/// the order in which they were accepted.
///
///   assent::ordered_worker worker;
///   if (assent::post(worker, changes, {7}) != assent::submission::accepted) …
///
/// The dispatcher must live until the event is delivered or discarded: declare it before the executor.
/// In replaying and two-phase categories a delivery may find itself inside a callback of the same dispatcher,
/// or waited for by one; the event is then queued in the dispatcher, and the completion comes before it.
/// Errors   as post_call(). A receiver that throws: the completion is told `failed`; without a completion the
///          exception leaves the executor, which on a worker's thread ends the program.
template <executor_reference Executor, one_phase Category, class Policy,
          delivery_completion Completion = no_completion>
submission post(Executor&& on, dispatcher<Category, Policy>& to,
                std::type_identity_t<event_type_of<Category>> event, Completion completion = {}) {
    return post_call(
        on, [&to, event = std::move(event)] { to.notify(event); }, std::move(completion));
}

/// post() for an instance that has come to exist: remembered for replays when it is delivered.
template <executor_reference Executor, one_phase Category, class Policy,
          delivery_completion Completion = no_completion>
    requires(replaying<Category>)
submission post_arrival(Executor&& on, dispatcher<Category, Policy>& to,
                        std::type_identity_t<typename Category::instance_type> instance,
                        Completion completion = {}) {
    return post_call(
        on, [&to, instance = std::move(instance)] { to.notify_arrival(instance); }, std::move(completion));
}

/// post() for an instance that is gone.
template <executor_reference Executor, one_phase Category, class Policy,
          delivery_completion Completion = no_completion>
    requires(replaying<Category>)
submission post_removal(Executor&& on, dispatcher<Category, Policy>& to,
                        std::type_identity_t<typename Category::instance_type> instance,
                        Completion completion = {}) {
    return post_call(
        on, [&to, instance = std::move(instance)] { to.notify_removal(instance); }, std::move(completion));
}

/// post() in a category with phases: a change that could not be asked about, told to everybody as a commit.
template <executor_reference Executor, two_phase Category, class Policy,
          delivery_completion Completion = no_completion>
submission post_announcement(Executor&& on, dispatcher<Category, Policy>& to,
                             std::type_identity_t<event_type_of<Category>> event,
                             Completion completion = {}) {
    return post_call(
        on, [&to, event = std::move(event)] { to.announce(event); }, std::move(completion));
}

} // namespace assent::inline ASSENT_ABI

#endif
