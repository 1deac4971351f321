// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_EXECUTOR_HPP
#define ASSENT_ASYNC_EXECUTOR_HPP

#include <assent/config.hpp>
#include <assent/async/shutdown.hpp>
#include <assent/async/submission.hpp>
#include <assent/async/task.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// Something that takes tasks. execute() moves the task out of its argument when it accepts it, and leaves
/// it there when it does not. Every task that was accepted is run or discarded, exactly once; an ordered
/// executor does so in the order in which it accepted them, one after the other.
template <class E>
concept executor = requires(E& e, task&& t) {
    { e.execute(std::move(t)) } -> std::same_as<submission>;
};

/// An executor whose accepted tasks can be waited for.
template <class E>
concept drainable_executor = executor<E> && requires(E& e) {
    { e.drain() } -> std::same_as<drain_result>;
};

/// What a function deduces that takes an executor by forwarding reference.
template <class E>
concept executor_reference = executor<std::remove_reference_t<E>>;

} // namespace assent::inline ASSENT_ABI

#endif
